"""The pricing stages: the markdown planned before the season, and recommended at its checkpoint."""

from datetime import datetime
from typing import Any

import pandas as pd

from models.approvals import MARKDOWN, find_approval
from models.base import make_id
from models.plans import (
    Forecast,
    Markdown,
    find_allocation,
    find_markdown,
    find_markdown_of,
    require_forecast_of,
)
from models.sales import load_history
from models.workflows import get_workflow, load_season_parameters
from schemas.economics import ECONOMICS_DEFAULTS
from schemas.errors import NotFoundError
from schemas.parameters import DEFAULT_MARKDOWN_THRESHOLD
from schemas.stages import ANALYZE_MARKDOWN, PLAN_MARKDOWN, SETTLE_MARKDOWN
from tasks.artifacts import publish_note, publish_table
from tasks.planning.paths import DemandPaths, DemandRecipe
from tasks.planning.pricing.checkpoint import MarkdownPlan
from tasks.planning.pricing.checkpoint import plan_markdown as plan
from tasks.planning.pricing.elasticity import ElasticityEstimate, elasticity_of
from tasks.planning.pricing.ladder import MarkdownRecommendation, recommend_markdown
from tasks.runtime import StageRun, Summary, stage_task
from tasks.seasons import SeasonInProgress, load_season

TIMEOUT_SECONDS = 120
DECIDED = (
    "recommended_markdown_pct",
    "elasticity_coefficient",
    "gap_pct",
    "expected_demand_lift_pct",
    "reasoning",
)


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
    estimate = elasticity_of(sales, forecast.category_id)
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


def weigh_markdown(
    season: SeasonInProgress,
    sales: pd.DataFrame,
    *,
    elasticity: float | None = None,
    target: float | None = None,
) -> MarkdownRecommendation:
    """The recommendation at a season's checkpoint.

    Args:
        sales: the category's history, which the elasticity is estimated from where none is given.
        elasticity: a planner's own, 1.0 to 3.0.
        target: sell-through that was asked for; the season's own by default.
    """
    estimate = elasticity_of(sales, season.root.category_id)
    source = "estimated" if estimate.usable is not None else "default"
    threshold = season.parameters.markdown_threshold
    return recommend_markdown(
        DemandPaths(season.remaining().recipe),
        stock=season.stock.made - int(season.stock.sold.sum()),
        made=season.stock.made,
        sold=int(season.stock.sold.sum()),
        economics=season.order.economics,
        target_sell_through=(DEFAULT_MARKDOWN_THRESHOLD if threshold is None else threshold)
        if target is None
        else target,
        elasticity=elasticity or estimate.usable or ECONOMICS_DEFAULTS.elasticity,
        elasticity_source="planner" if elasticity else source,
    )


@stage_task(ANALYZE_MARKDOWN, timeout_seconds=TIMEOUT_SECONDS)
def analyze_markdown(run: StageRun) -> Summary:
    """Recommend a markdown at the checkpoint, beside every other depth and beside doing nothing."""
    with run.database.read() as session:
        request = get_workflow(session, run.workflow_id).request
        season = load_season(session, request["forecast_id"], request["week"])
        sales = load_history(session, season.root.category_id, before=season.root.season_start_date)
        planned = find_markdown(session, season.root.forecast_id)
    run.report(0.3, "weighing every depth of the ladder over the weeks left")
    weighed = weigh_markdown(season, sales)
    row = recommended_row(
        run.workflow_id,
        season,
        weighed,
        revision=2 if planned is None else planned.revision + (planned.status == "planned"),
        status="proposed",
        at=run.started_at,
    )
    publish_table(
        "markdown", season.root.category_id, weighed.reasoning, [each.model_dump() for each in weighed.ladder]
    )
    with run.database.write() as session:
        session.merge(row)
        return run.finish(session, {"markdown_id": row.markdown_id, **asked_data(row)})


@stage_task(SETTLE_MARKDOWN, timeout_seconds=TIMEOUT_SECONDS)
def settle_markdown(run: StageRun) -> Summary:
    """Make the decided markdown final, or note that it was rejected."""
    with run.database.write() as session:
        approval = find_approval(session, run.workflow_id, MARKDOWN)
        row = find_markdown_of(session, run.workflow_id)
        if approval is None or approval.decision is None or row is None:
            raise NotFoundError(f"workflow {run.workflow_id} has no decided markdown")
        decided = approval.after or approval.data
        row.status = "approved" if approval.decision == "accept" else "rejected"
        for name in DECIDED:
            setattr(row, name, decided[name])
        return run.finish(session, {"markdown_id": row.markdown_id, "status": row.status, **asked_data(row)})


def recommended_row(
    workflow_id: str,
    season: SeasonInProgress,
    weighed: MarkdownRecommendation,
    *,
    revision: int,
    status: str,
    at: datetime,
) -> Markdown:
    """A recommendation as it is stored."""
    return Markdown(
        markdown_id=make_id("md", season.root.forecast_id, revision),
        forecast_id=season.root.forecast_id,
        workflow_id=workflow_id,
        revision=revision,
        week_number=season.done,
        sell_through_pct=weighed.sell_through_pct,
        target_sell_through_pct=weighed.target_sell_through_pct,
        gap_pct=weighed.gap_pct,
        recommended_markdown_pct=weighed.recommended_markdown_pct,
        elasticity_coefficient=weighed.elasticity_coefficient,
        expected_demand_lift_pct=weighed.expected_demand_lift_pct,
        details=weighed.model_dump(mode="json"),
        status=status,
        reasoning=weighed.reasoning,
        created_at=at,
    )


def asked_data(row: Markdown) -> dict[str, Any]:
    """What a person is shown to decide on."""
    shown = (*DECIDED, "week_number", "sell_through_pct", "target_sell_through_pct", "details")
    return {name: getattr(row, name) for name in shown}
