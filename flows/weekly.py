"""What planners do every Monday: look at every season that runs."""

from datetime import date
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Failed

from tasks.variance.task import close_review, open_review, review_season


def _run_name() -> str:
    """What an operator finds a review by, the scheduled ones too."""
    asked = flow_run.parameters
    day = asked.get("as_of") or f"{flow_run.scheduled_start_time:%Y-%m-%d}"
    return f"weekly review of {asked.get('forecast_id') or 'all seasons'} on {day}"


@flow(name="weekly_variance", flow_run_name=_run_name, persist_result=True)
def weekly_variance(
    forecast_id: str | None = None, as_of: date | None = None, workflow_id: str | None = None
) -> dict[str, Any] | State[Any]:
    """Check the variance of every active season, or of one; start re-forecasts, replenish, ask for markdowns.

    Args:
        forecast_id: one season only; every active one by default.
        as_of: the day on which the review looks; today by default.
        workflow_id: the workflow on record, where the API started the review.
    """
    review = open_review(forecast_id, as_of, workflow_id)
    states = [
        (season, review_season(season, review["as_of"], return_state=True)) for season in review["seasons"]
    ]
    done = [state.result() for _, state in states if state.is_completed()]
    failed = {season: state.message or "failed" for season, state in states if not state.is_completed()}
    summary = close_review(review["workflow_id"], done, failed)
    if failed:
        return Failed(message=f"{len(failed)} of {len(states)} seasons failed: {summary['failed']}")
    return summary
