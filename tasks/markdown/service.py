"""The price: its checkpoint planned before the season, a depth recommended there, and what was decided."""

from datetime import datetime

import numpy as np

from models.approvals import MARKDOWN, ApprovalRecord, find_approval
from models.base import make_id
from models.plans import Markdown, find_allocation, find_markdown, find_markdown_of, require_forecast_of
from models.session import Database
from models.workflows import get_workflow, load_season_parameters
from schemas.debugging import PricingInput
from schemas.decisions import MarkdownDecision
from schemas.errors import InvalidInputError, NotFoundError, WrongStateError
from schemas.forecasts import DemandRecipe
from schemas.markdowns import MarkdownProposal, MarkdownRecommendation, PlannedMarkdown
from tasks.allocation.service import settled_economics
from tasks.planning.in_season.state import SeasonState
from tasks.planning.paths import DemandPaths
from tasks.planning.planner import SeasonBrief, plan_checkpoint, weigh_markdown
from tasks.planning.pricing.ladder import recommend_markdown
from tasks.seasons.service import load_season
from tasks.stage import StageRun, Summary

SELL_THROUGH_TOLERANCE = 0.005
DRAWS, QUANTILES = 10_000, 101
DECIDED = (
    "recommended_markdown_pct",
    "elasticity_coefficient",
    "gap_pct",
    "expected_demand_lift_pct",
    "reasoning",
)


def plan(run: StageRun) -> Summary:
    """Plan the markdown's checkpoint; skipped, in words, where the season has none."""
    with run.database.read() as session:
        forecast = require_forecast_of(session, run.workflow_id)
        allocation = find_allocation(session, forecast.forecast_id)
        if allocation is None:
            raise NotFoundError(f"forecast {forecast.forecast_id} has no allocation to plan a markdown for")
        order = allocation.order_data
        brief = SeasonBrief(
            DemandPaths(forecast.recipe),
            load_season_parameters(session, run.workflow_id),
            settled_economics(session, forecast, order.economics),
        )
    planned = plan_checkpoint(brief, made=allocation.manufacturing_qty)
    if planned is None:
        with run.database.write() as session:
            return run.finish(session, {"skipped": True, "reasoning": "This season plans no markdowns."})
    reasoning = f"{planned.reasoning} {brief.economics.elasticity_reasoning}".strip()
    row = Markdown(
        markdown_id=make_id("md", forecast.forecast_id, 1),
        forecast_id=forecast.forecast_id,
        workflow_id=run.workflow_id,
        revision=1,
        week_number=planned.checkpoint_week,
        target_sell_through_pct=planned.threshold,
        elasticity_coefficient=planned.elasticity_coefficient,
        details=PlannedMarkdown(plan=planned),
        status="planned",
        reasoning=reasoning,
        created_at=run.started_at,
    )
    run.operator.note("markdown", forecast.category_id, reasoning)
    summary: Summary = {
        "markdown_id": row.markdown_id,
        "week_number": row.week_number,
        "chance_needed": planned.chance_needed,
        "expected_sell_through": planned.expected_sell_through,
        "reasoning": reasoning,
    }
    with run.database.write() as session:
        session.merge(row)
        return run.finish(session, summary)


def analyse(run: StageRun) -> Summary:
    """Recommend a markdown at the checkpoint, beside every other depth and beside doing nothing."""
    with run.database.read() as session:
        request = get_workflow(session, run.workflow_id).request
        season = load_season(session, request["forecast_id"])
        planned = find_markdown(session, season.root.forecast_id)
    state = season.state.after(request["week"])
    run.report(0.3, "weighing every depth of the ladder over the weeks left")
    money = state.economics
    weighed = weigh_markdown(
        state, target=_threshold(state), elasticity=money.elasticity, source=money.elasticity_source
    )
    row = _recommended_row(
        run.workflow_id,
        season.root.forecast_id,
        state.done,
        weighed,
        revision=2 if planned is None else planned.revision + (planned.status == "planned"),
        at=run.started_at,
    )
    run.operator.table(
        "markdown", season.root.category_id, weighed.reasoning, [each.model_dump() for each in weighed.ladder]
    )
    with run.database.write() as session:
        session.merge(row)
        return run.finish(session, proposal_of(row).model_dump(mode="json"))


def settle(run: StageRun) -> Summary:
    """Make the decided markdown final, or note that it was rejected."""
    with run.database.write() as session:
        approval = find_approval(session, run.workflow_id, MARKDOWN)
        row = find_markdown_of(session, run.workflow_id)
        if approval is None or approval.decision is None or row is None:
            raise NotFoundError(f"workflow {run.workflow_id} has no decided markdown")
        decided = approval.after or approval.data
        row.status = "approved" if approval.decision == "accept" else "rejected"
        for name in DECIDED:
            setattr(row, name, getattr(decided, name))
        return run.finish(session, {"status": row.status, **proposal_of(row).model_dump(mode="json")})


def decided_markdown(
    database: Database, approval: ApprovalRecord, asked: MarkdownDecision
) -> MarkdownProposal:
    """The markdown as recommended, or weighed again at the planner's elasticity or target.

    Raises:
        InvalidInputError: the sell-through that was sent is not the one that is stored.
    """
    proposed = approval.data
    assert isinstance(proposed, MarkdownProposal)  # noqa: S101  a markdown approval is about one
    sent, stored = asked.actual_sell_through_pct, proposed.sell_through_pct
    if sent is not None and abs(sent - stored) > SELL_THROUGH_TOLERANCE:
        raise InvalidInputError(
            f"actual_sell_through_pct is {stored:.4f} by the sales on record, not {sent:.4f}"
        )
    given = asked.model_dump(include={"elasticity_coefficient", "target_sell_through_pct"}, exclude_none=True)
    wanted = proposed.model_copy(update=given)
    if wanted == proposed:
        return proposed
    with database.read() as session:
        season = load_season(session, get_workflow(session, approval.workflow_id).request["forecast_id"])
    state = season.state.after(proposed.week_number)
    weighed = weigh_markdown(
        state,
        target=wanted.target_sell_through_pct,
        elasticity=wanted.elasticity_coefficient,
        source="planner",
    )
    figures = weighed.model_dump(include=set(MarkdownProposal.model_fields))
    return proposed.model_copy(update={**figures, "details": weighed})


def price_now(asked: PricingInput, *, seed: int) -> MarkdownRecommendation:
    """Recommend a markdown for given stock and demand."""
    normal = np.random.default_rng(seed).standard_normal(DRAWS)
    factors = np.sort(np.exp(asked.demand_uncertainty * normal - asked.demand_uncertainty**2 / 2))
    recipe = DemandRecipe(
        weekly_mean=tuple(asked.weekly_demand),
        total_factors=tuple(np.quantile(factors, (np.arange(QUANTILES) + 0.5) / QUANTILES)),
        week_sigma=(asked.demand_uncertainty / 2,) * len(asked.weekly_demand),
        store_ids=("all",),
        store_shares=(1.0,),
        seed=seed,
    )
    return recommend_markdown(
        DemandPaths(recipe),
        stock=asked.stock,
        made=asked.made,
        sold=asked.made - asked.stock,
        economics=asked.economics,
        target_sell_through=asked.target_sell_through_pct,
        elasticity=asked.elasticity_coefficient,
        elasticity_source="given",
        current_depth=0.0,
        may_deepen=False,
    )


def _threshold(state: SeasonState) -> float:
    checkpoint = state.parameters.checkpoint
    if checkpoint is None:
        raise WrongStateError("this season plans no markdowns, so there is none to weigh")
    return checkpoint.threshold


def _recommended_row(
    workflow_id: str, root_id: str, week: int, weighed: MarkdownRecommendation, *, revision: int, at: datetime
) -> Markdown:
    return Markdown(
        markdown_id=make_id("md", root_id, revision),
        forecast_id=root_id,
        workflow_id=workflow_id,
        revision=revision,
        week_number=week,
        sell_through_pct=weighed.sell_through_pct,
        target_sell_through_pct=weighed.target_sell_through_pct,
        gap_pct=weighed.gap_pct,
        recommended_markdown_pct=weighed.recommended_markdown_pct,
        elasticity_coefficient=weighed.elasticity_coefficient,
        expected_demand_lift_pct=weighed.expected_demand_lift_pct,
        details=weighed,
        status="proposed",
        reasoning=weighed.reasoning,
        created_at=at,
    )


def proposal_of(row: Markdown) -> MarkdownProposal:
    """What a person is shown to decide on."""
    shown = {name: getattr(row, name) for name in MarkdownProposal.model_fields}
    return MarkdownProposal.model_validate(shown)
