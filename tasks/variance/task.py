"""The weekly review of a season: variance, re-forecast, replenishment, markdown."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from sqlalchemy.orm import Session

from models.seasons import Replenishment, VarianceRecord, active_seasons, lock_season, root_of
from models.session import Database
from models.workflows import NewWorkflow, create_workflow, get_workflow, save_stage_result
from schemas.settings import get_settings
from schemas.stages import REVIEW_SEASONS, WorkflowType
from tasks.artifacts import publish_table
from tasks.narration.facts import VarianceFacts
from tasks.narration.variance import variance_note
from tasks.planning.in_season.variance import VarianceCheck, check_variance
from tasks.planning.order.replenish import replenish_week
from tasks.runtime import open_database
from tasks.seasons import SeasonInProgress, load_season
from tasks.starting import record_followup, start_followup

SEASON_TIMEOUT_SECONDS = 300
SOLD_OUT_SHARE = 0.2  # of the stores, from which a week's sales understate demand


def record_variance(database: Database, forecast_id: str, week: int, *, threshold: float) -> VarianceRecord:
    """Check a season after `week` and store it; over the threshold its re-forecast is recorded, once a week.

    The re-forecast's run is not started here: `start_followup` does that after the commit.
    """
    with database.write() as session:
        lock_season(session, forecast_id)
        season = load_season(session, forecast_id, week)
        check = check_variance(
            season.expected_paths(),
            season.stock.sold.astype(float),
            forecast_curve=season.expected_curve(),
            threshold=threshold,
        )
        known = session.get(VarianceRecord, (forecast_id, week))
        if known is not None and known.actual_cumulative == check.actual_cumulative:
            return known  # looked at already, against the forecast that stood then
        follow = known.reforecast_workflow_id if known else None
        if follow is None and check.threshold_exceeded and week < season.weeks and week == season.newest_week:
            follow = record_followup(
                session, WorkflowType.REFORECAST, season.root.category_id, forecast_id, week
            ).workflow_id
        return session.merge(
            VarianceRecord(
                forecast_id=forecast_id,
                week_number=week,
                compared_id=season.current.forecast_id,
                forecasted_cumulative=check.forecasted_cumulative,
                actual_cumulative=check.actual_cumulative,
                variance_pct=check.variance_pct,
                threshold_exceeded=check.threshold_exceeded,
                likelihood=check.likelihood,
                by_store=[each.model_dump() for each in check.by_store],
                reasoning=_told(season, check, follow is not None),
                reforecast_workflow_id=follow,
                checked_at=datetime.now(UTC),
            )
        )


def _told(season: SeasonInProgress, check: VarianceCheck, reforecast: bool) -> str:
    """The check in a planner's words: how far off, why that may be, and what a re-forecast changes."""
    sold_out = season.stock.sold_out.mean(axis=1) > SOLD_OUT_SHARE
    note = variance_note(
        VarianceFacts(
            week=check.week_number,
            forecast=check.forecasted_cumulative,
            actual=check.actual_cumulative,
            variance=check.variance_pct,
            threshold=check.threshold,
            likelihood=check.likelihood,
            weekly=check.weekly_variance_pct,
            weeks_left=season.weeks - check.week_number,
            stock_out_weeks=tuple(week for week, out in enumerate(sold_out, start=1) if out),
            reforecast=reforecast,
        )
    )
    return " ".join((note.reasoning, *note.key_factors, *note.risks))


@task(name="open_review", cache_policy=NO_CACHE, persist_result=False)
def open_review(forecast_id: str | None, as_of: date | None, workflow_id: str | None) -> dict[str, Any]:
    """Put the review on record, where the API has not, and find the seasons to look at."""
    zone = ZoneInfo(get_settings().time_zone)
    day = as_of or datetime.now(zone).date()
    with open_database().write() as session:
        seasons = (
            active_seasons(session, day)
            if forecast_id is None
            else [root_of(session, forecast_id).forecast_id]
        )
        if workflow_id is None:
            workflow_id = _record_review(session, forecast_id, day)
    return {"workflow_id": workflow_id, "as_of": day, "seasons": seasons}


def _record_review(session: Session, forecast_id: str | None, day: date) -> str:
    """A review that was scheduled, or started by hand: it gets a workflow, once a flow run."""
    run_id = str(flow_run.id)
    key = f"{WorkflowType.VARIANCE}:{run_id}"
    new = NewWorkflow(
        workflow_type=WorkflowType.VARIANCE,
        category_id=None,
        request={"forecast_id": forecast_id, "as_of": day.isoformat()},
        created_at=datetime.now(UTC),
        unique=key,
        idempotency_key=key,
    )
    workflow, _ = create_workflow(session, new)
    workflow.flow_run_id = run_id
    return workflow.workflow_id


@task(name=REVIEW_SEASONS.name, cache_policy=NO_CACHE, persist_result=False)
def close_review(workflow_id: str, done: list[dict[str, Any]], failed: dict[str, str]) -> dict[str, Any]:
    """Keep what the review did, and show it to the operator."""
    now = datetime.now(UTC)
    summary = {"seasons": done, "failed": failed}
    publish_table("weekly-review", "seasons", f"{len(done)} seasons reviewed, {len(failed)} failed", done)
    with open_database().write() as session:
        save_stage_result(
            session,
            workflow_id,
            REVIEW_SEASONS.name,
            agent=REVIEW_SEASONS.agent,
            summary=summary,
            started_at=get_workflow(session, workflow_id).created_at,
            completed_at=now,
        )
    return summary


@task(
    name="review_season",
    task_run_name="review {forecast_id}",
    timeout_seconds=SEASON_TIMEOUT_SECONDS,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def review_season(forecast_id: str, as_of: date) -> dict[str, Any]:
    """Do what a season's week asks for, and say what was done; done again, nothing doubles."""
    database = open_database()
    with database.read() as session:
        season = load_season(session, forecast_id)
    report: dict[str, Any] = {
        "forecast_id": forecast_id,
        "category": season.root.category_id,
        "weeks_due": season.due(as_of),
        "weeks_reported": season.done,
        "missing_weeks": season.missing(as_of),
    }
    if report["missing_weeks"]:
        get_run_logger().warning("%s: no sales reported for weeks %s", forecast_id, report["missing_weeks"])
    if season.done:
        report |= _variance(database, season)
        report |= _replenish(database, forecast_id, as_of)
        report |= _markdown(database, season)
    return report


def _variance(database: Database, season: SeasonInProgress) -> dict[str, Any]:
    threshold = get_settings().variance_threshold
    record = record_variance(database, season.root.forecast_id, season.done, threshold=threshold)
    if record.reforecast_workflow_id:
        start_followup(database, record.reforecast_workflow_id)
    return {
        "variance_pct": record.variance_pct,
        "likelihood": record.likelihood,
        "note": record.reasoning,
        "reforecast": record.reforecast_workflow_id,
    }


def _replenish(database: Database, forecast_id: str, as_of: date) -> dict[str, Any]:
    """Ship for the week that begins, where the plan replenishes then and every week before is reported."""
    with database.write() as session:
        lock_season(session, forecast_id)
        season = load_season(session, forecast_id)
        week = season.done + 1
        every = season.parameters.replenishment_strategy.weeks_between
        if every is None or week > season.weeks or (week - 1) % every or season.missing(as_of):
            return {}
        known = session.get(Replenishment, (forecast_id, week))
        if known is None:
            known = _ship(session, season, week, every)
        return {"replenished_week": week, "shipped": known.shipped, "centre_left": known.centre_left}


def _ship(session: Session, season: SeasonInProgress, week: int, every: int) -> Replenishment:
    following = week + every
    decided = replenish_week(
        season.remaining_paths(),
        on_hand=season.stock.on_hand.clip(min=0),
        centre_stock=season.stock.at_centre,
        economics=season.order.economics,
        next_delivery=1 + every if following <= season.weeks else None,
    )
    row = Replenishment(
        forecast_id=season.root.forecast_id,
        week_number=week,
        shipped=decided.shipped,
        centre_left=decided.centre_left,
        shipments=decided.shipments,
        reasoning=decided.reasoning,
        created_at=datetime.now(UTC),
    )
    session.add(row)
    return row


def _markdown(database: Database, season: SeasonInProgress) -> dict[str, Any]:
    """At the checkpoint, with too little sold, ask for a markdown; once."""
    checkpoint, threshold = season.parameters.markdown_checkpoint_week, season.parameters.markdown_threshold
    if checkpoint is None:
        return {"markdown": "skipped: this season plans no markdowns"}
    if threshold is None or not checkpoint <= season.done < season.weeks:
        return {}
    if season.stock.sell_through >= threshold:
        return {"markdown": f"not needed: {season.stock.sell_through:.0%} sold, {threshold:.0%} asked for"}
    root_id = season.root.forecast_id
    with database.write() as session:
        follow = record_followup(session, WorkflowType.MARKDOWN, season.root.category_id, root_id, checkpoint)
    start_followup(database, follow.workflow_id)
    return {"markdown": follow.workflow_id}
