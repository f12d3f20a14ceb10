"""Notes on what a run made, read from the frozen results. They never stop or change a plan."""

import asyncio

from models.plans import (
    Allocation,
    Forecast,
    ForecastClusterShare,
    find_allocation,
    find_markdown_of,
    list_cluster_shares,
    require_forecast_of,
)
from models.seasons import revision_before, root_of
from models.workflows import get_workflow, load_season_parameters
from schemas.errors import NotFoundError
from schemas.markdowns import MarkdownRecommendation
from schemas.parameters import SeasonParameters
from tasks.llm.configured import language_model
from tasks.narration.facts import (
    BuyFacts,
    ClusterFacts,
    DemandFacts,
    MarkdownFacts,
    MemberFacts,
    MoneyFacts,
    RevisionFacts,
    SeasonFacts,
    StoreFacts,
    WeekFacts,
)
from tasks.narration.narrate import narrate
from tasks.narration.words import escaped
from tasks.planning.paths import DemandPaths
from tasks.planning.planner import SeasonBrief, plan_checkpoint
from tasks.seasons.service import load_season
from tasks.stage import StageRun, Summary

NOTABLE_STORES = 3


def narrate_plan(run: StageRun) -> Summary:
    """Explain the forecast and the order in a planner's words, by the agents or by rules."""
    with run.database.read() as session:
        parameters = load_season_parameters(session, run.workflow_id)
        forecast = require_forecast_of(session, run.workflow_id)
        allocation = find_allocation(session, forecast.forecast_id)
        shares = list_cluster_shares(session, forecast.forecast_id)
    return _tell(run, plan_facts(parameters, forecast, allocation, shares))


def narrate_revision(run: StageRun) -> Summary:
    """Explain what a re-forecast changed."""
    with run.database.read() as session:
        revised = require_forecast_of(session, run.workflow_id)
        week = get_workflow(session, run.workflow_id).request["week"]
        season = load_season(session, revised.forecast_id)
        before = revision_before(session, revised)
        parameters = load_season_parameters(session, season.root.workflow_id)
    state = season.state.after(week)
    interval, update = revised.season_total_interval, revised.level_update
    revision = RevisionFacts(
        observed_weeks=state.done,
        weeks_left=state.weeks - state.done,
        old_total=before.total_season_demand,
        new_total=revised.total_season_demand,
        lower=int(interval.lower),
        upper=int(interval.upper),
        level=update.level if update else 1.0,
        at_centre=state.stock.at_centre,
    )
    frame = _frame(revised.category_id, parameters)
    return _tell(run, frame.model_copy(update={"revision": revision}))


def narrate_markdown(run: StageRun) -> Summary:
    """Explain the markdown that a person is about to be asked for."""
    with run.database.read() as session:
        row = find_markdown_of(session, run.workflow_id)
        if row is None or not isinstance(row.details, MarkdownRecommendation):
            raise NotFoundError(f"workflow {run.workflow_id} has recommended no markdown")
        root = root_of(session, row.forecast_id)
        parameters = load_season_parameters(session, root.workflow_id)
    weighed = row.details
    markdown = MarkdownFacts(
        week=row.week_number,
        threshold=weighed.target_sell_through_pct,
        sell_through=weighed.sell_through_pct,
        depth=weighed.recommended_markdown_pct,
        gain=weighed.expected_gain,
        stock=weighed.stock,
        elasticity=weighed.elasticity_coefficient,
        elasticity_source=weighed.elasticity_source,
    )
    frame = _frame(root.category_id, parameters)
    return _tell(run, frame.model_copy(update={"markdown": markdown}))


def _tell(run: StageRun, facts: SeasonFacts) -> Summary:
    narration = asyncio.run(narrate(facts, model=language_model(run.settings), on_progress=run.report))
    told = [f"**{note.agent}** ({note.source}): {escaped(note.reasoning)}" for note in narration.notes]
    run.operator.note("notes", facts.category, "\n\n".join(told))
    with run.database.write() as session:
        return run.finish(
            session,
            {
                "notes": [note.model_dump(mode="json") for note in narration.notes],
                "usage": narration.usage.model_dump(mode="json"),
                "problem": narration.problem,
            },
        )


def _frame(category: str, parameters: SeasonParameters) -> SeasonFacts:
    """What a season is, whatever may be said of it."""
    return SeasonFacts(
        category=category,
        start=parameters.season_start_date,
        end=parameters.season_end_date,
        weeks=parameters.forecast_horizon_weeks,
        replenishment=parameters.replenishment_strategy.value,
        holdback=parameters.dc_holdback_percentage,
    )


def plan_facts(
    parameters: SeasonParameters,
    forecast: Forecast,
    allocation: Allocation | None,
    shares: list[ForecastClusterShare],
) -> SeasonFacts:
    """What the notes may be about, before the season."""
    return _frame(forecast.category_id, parameters).model_copy(
        update={
            "demand": _demand_facts(forecast),
            "buy": _buy_facts(allocation, shares) if allocation else None,
            "markdown": _markdown_facts(parameters, forecast, allocation) if allocation else None,
        }
    )


def _markdown_facts(
    parameters: SeasonParameters, forecast: Forecast, allocation: Allocation
) -> MarkdownFacts | None:
    """What the checkpoint will ask; None where the season has none, and the pricing agent is not heard."""
    order = allocation.order_data
    paths = DemandPaths(forecast.recipe)
    planned = plan_checkpoint(SeasonBrief(paths, parameters, order.economics), made=order.manufacturing_qty)
    if planned is None:
        return None
    return MarkdownFacts(
        week=planned.checkpoint_week,
        threshold=planned.threshold,
        expected_sell_through=planned.expected_sell_through,
        chance_needed=planned.chance_needed,
    )


def _demand_facts(forecast: Forecast) -> DemandFacts:
    weeks = {
        week.week_number: WeekFacts(
            week=week.week_number, units=week.forecasted_units, start=week.week_start_date
        )
        for week in forecast.weekly_demand_curve
    }
    interval, backtest = forecast.season_total_interval, forecast.backtest
    return DemandFacts(
        total=forecast.total_season_demand,
        peak=weeks[forecast.peak_week],
        notable=tuple(
            weeks[each.week_number].model_copy(update={"why": each.why})
            for each in forecast.explanation.notable_weeks
        ),
        level=interval.level,
        lower=interval.lower,
        upper=interval.upper,
        wape=backtest.wape,
        naive_wape=backtest.naive_wape,
        origins=backtest.origins,
        members=tuple(
            MemberFacts(name=each.member, weight=each.weight) for each in forecast.explanation.members
        ),
        warnings=forecast.warnings,
    )


def _buy_facts(allocation: Allocation, shares: list[ForecastClusterShare]) -> BuyFacts:
    order = allocation.order_data
    named = {"recommended": order.recommended, "newsvendor": order.newsvendor, "planner's": order.planners}
    stores = sorted(_store_facts(allocation), key=lambda store: store.unit_share - store.sales_share)
    advice = order.holdback_advice
    return BuyFacts(
        quantity=order.manufacturing_qty,
        safety_stock=order.safety_stock_pct,
        initial=order.initial_allocation,
        holdback=order.holdback,
        rows=tuple(
            MoneyFacts(
                name=name,
                safety_stock=row.safety_stock_pct,
                quantity=row.quantity,
                profit=row.expected_profit,
                lost_sales=row.expected_lost_sales,
                leftovers=row.expected_leftover,
            )
            for name, row in named.items()
        ),
        clusters=tuple(
            ClusterFacts(
                name=share.cluster_name,
                stores=share.store_count,
                units=share.total_units,
                share=share.allocation_percentage,
            )
            for share in shares
        ),
        more_than_sales_share=tuple(reversed(stores[-NOTABLE_STORES:])),
        less_than_sales_share=tuple(stores[:NOTABLE_STORES]),
        better_holdback=advice.holdback_pct,
        better_holdback_gain=advice.gain,
    )


def _store_facts(allocation: Allocation) -> list[StoreFacts]:
    total = max(allocation.initial_allocation_total, 1)
    return [
        StoreFacts(
            store=row.store_id,
            units=row.initial_allocation,
            unit_share=row.initial_allocation / total,
            sales_share=row.sales_share,
            why=row.reason,
        )
        for row in allocation.store_allocations
    ]
