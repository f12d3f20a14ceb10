"""The pricing stage before the season: when a markdown is weighed, and how likely it is to be needed."""

from models.base import make_id
from models.plans import Forecast, Markdown, find_allocation, require_forecast_of
from models.sales import load_history
from models.workflows import load_season_parameters
from schemas.errors import NotFoundError
from schemas.stages import PLAN_MARKDOWN
from tasks.artifacts import publish_note
from tasks.demand.paths import DemandPaths, DemandRecipe
from tasks.markdown.elasticity import ElasticityEstimate, estimate_elasticity, price_panel
from tasks.markdown.plan import MarkdownPlan
from tasks.markdown.plan import plan_markdown as plan
from tasks.runtime import StageRun, Summary, stage_task

TIMEOUT_SECONDS = 120


@stage_task(PLAN_MARKDOWN, timeout_seconds=TIMEOUT_SECONDS)
def plan_markdown(run: StageRun) -> Summary:
    """Plan the markdown's checkpoint; skipped, in words, where the season has none."""
    with run.database.read() as session:
        parameters = load_season_parameters(session, run.workflow_id)
        forecast = require_forecast_of(session, run.workflow_id)
        allocation = find_allocation(session, forecast.forecast_id)
        sales = load_history(session, forecast.category_id, before=forecast.season_start_date)
    if allocation is None:
        raise NotFoundError(f"forecast {forecast.forecast_id} has no allocation to plan a markdown for")
    if parameters.markdown_checkpoint_week is None:
        with run.database.write() as session:
            return run.finish(session, {"skipped": True, "reasoning": "This season plans no markdowns."})
    run.report(0.3, "estimating the elasticity from past prices")
    estimate = estimate_elasticity(price_panel(sales.assign(category=forecast.category_id)))
    elasticity = {} if estimate.usable is None else {"elasticity": estimate.usable}
    planned = plan(
        DemandPaths(DemandRecipe.model_validate(forecast.recipe)),
        made=allocation.manufacturing_qty,
        parameters=parameters,
        **elasticity,
    )
    assert planned is not None  # noqa: S101  there is a checkpoint
    return _store(run, forecast, planned, estimate)


def _store(run: StageRun, forecast: Forecast, planned: MarkdownPlan, estimate: ElasticityEstimate) -> Summary:
    reasoning = f"{planned.reasoning} {estimate.reasoning}"
    row = Markdown(
        markdown_id=make_id("md", forecast.forecast_id, 1),
        forecast_id=forecast.forecast_id,
        workflow_id=run.workflow_id,
        revision=1,
        week_number=planned.checkpoint_week,
        target_sell_through_pct=planned.threshold,
        elasticity_coefficient=planned.elasticity_coefficient,
        details={"plan": planned.model_dump(mode="json"), "elasticity": estimate.model_dump(mode="json")},
        status="planned",
        reasoning=reasoning,
        created_at=run.started_at,
    )
    publish_note("markdown", forecast.category_id, reasoning)
    with run.database.write() as session:
        session.merge(row)
        return run.finish(
            session,
            {
                "markdown_id": row.markdown_id,
                "week_number": row.week_number,
                "chance_needed": planned.chance_needed,
                "expected_sell_through": planned.expected_sell_through,
                "reasoning": reasoning,
            },
        )
