"""The decisions of a season, each composed once: what to make, what to send, how deep to cut.

The stages take them on a stored season, the replay on a past one, the comparison on plans: all by these
functions, so that what is graded is what runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from schemas.economics import Economics
from schemas.markdowns import MarkdownPlan, MarkdownRecommendation
from schemas.orders import ManufacturingOrder
from schemas.parameters import SeasonParameters
from tasks.planning.calendar import SeasonCalendar
from tasks.planning.in_season.curve import Reforecast, corrected_weeks
from tasks.planning.in_season.state import SeasonState
from tasks.planning.in_season.variance import VarianceCheck, check_variance
from tasks.planning.order.buy import recommend_buy
from tasks.planning.order.on_stores import AllocationResult, put_on_stores
from tasks.planning.order.replenish import ReplenishmentDecision, replenish_week
from tasks.planning.order.split import StoreSplit, allocate_to_stores
from tasks.planning.paths import DemandPaths
from tasks.planning.pricing.checkpoint import plan_markdown
from tasks.planning.pricing.ladder import recommend_markdown
from tasks.planning.stores.clusters import Clustering


@dataclass(frozen=True)
class SeasonBrief:
    """What is known before a season: its demand, what the planner asked for, its money."""

    paths: DemandPaths
    parameters: SeasonParameters
    economics: Economics

    @property
    def calendar(self) -> SeasonCalendar:
        """When something can be done."""
        return SeasonCalendar.of(self.parameters)


def propose_order(brief: SeasonBrief) -> ManufacturingOrder:
    """How much to make; the planner's own holdback holds, and what another would bring is told."""
    return recommend_buy(brief.paths, economics=brief.economics, parameters=brief.parameters)


def first_shipment(brief: SeasonBrief, *, quantity: int, initial: int) -> StoreSplit:
    """Where the first `initial` of `quantity` units go; the rest waits at the distribution centre.

    Raises:
        InvalidInputError: the stores' limits cannot be met.
    """
    return allocate_to_stores(
        brief.paths,
        initial,
        first_week=1,
        last_week=brief.paths.weeks,
        economics=brief.economics,
        next_delivery=brief.calendar.next_delivery(1) if initial < quantity else None,
        total_stock=quantity,
    )


def allocate(
    brief: SeasonBrief, order: ManufacturingOrder, clustering: Clustering, store_names: Mapping[str, str]
) -> AllocationResult:
    """The whole order on the stores: the first shipment, and what is held back for each.

    Raises:
        InvalidInputError: the stores' limits cannot be met.
    """
    first = first_shipment(brief, quantity=order.manufacturing_qty, initial=order.initial_allocation)
    return put_on_stores(brief.paths, order, first, clustering, store_names)


def plan_checkpoint(brief: SeasonBrief, *, made: int) -> MarkdownPlan | None:
    """What the season's checkpoint is expected to find; None where it has none."""
    checkpoint = brief.calendar.checkpoint
    if checkpoint is None:
        return None
    return plan_markdown(brief.paths, checkpoint, made=made, elasticity=brief.economics.elasticity)


def watch(state: SeasonState, *, threshold: float) -> VarianceCheck:
    """How far the season is off what was last published, and how likely that was by what it said."""
    return check_variance(
        state.published_paths,
        state.stock.sold.astype(float),
        first_week=state.published.first_week,
        forecast_curve=state.expected_curve,
        threshold=threshold,
    )


def calls_for_reforecast(state: SeasonState, check: VarianceCheck) -> bool:
    """Whether the weeks left are forecast again: too far off or improbable, and a week left to correct."""
    return (check.threshold_exceeded or check.improbable) and state.done < state.weeks


def reforecast(state: SeasonState) -> Reforecast:
    """The weeks left, corrected by what was sold: a further revision beside the first forecast.

    Raises:
        InvalidInputError: no week is sold yet, or none is left.
    """
    return corrected_weeks(state.remaining, state.stock.sold.sum(axis=1))


def replenish(state: SeasonState) -> ReplenishmentDecision | None:
    """What the centre sends for the week that comes; None where the plan ships nothing then."""
    week = state.done + 1
    if not state.calendar.delivers(week):
        return None
    following = state.calendar.next_delivery(week)
    return replenish_week(
        state.remaining_paths,
        on_hand=state.stock.on_hand.clip(min=0),
        centre_stock=state.stock.at_centre,
        economics=state.economics,
        next_delivery=None if following is None else following - state.done,
    )


def reallocate(state: SeasonState) -> StoreSplit:
    """Which stores the units at the centre are meant for, over the weeks left."""
    remaining = state.remaining.paths
    return allocate_to_stores(
        remaining,
        state.stock.at_centre,
        first_week=1,
        last_week=remaining.weeks,
        economics=state.economics,
        on_hand=state.stock.on_hand.clip(min=0),
    )


class MarkdownCall(StrEnum):
    """What a season's week asks of its price."""

    UNPLANNED = "this season plans no markdowns"
    NOT_YET = "the checkpoint has not come"
    OVER = "no week is left"
    ASKED = "asked already"
    ENOUGH_SOLD = "enough is sold"
    ASK = "a person is asked"


def markdown_call(state: SeasonState) -> MarkdownCall:
    """Whether a markdown is put to a person now: once, from the checkpoint on, where too little is sold."""
    checkpoint = state.calendar.checkpoint
    if checkpoint is None:
        return MarkdownCall.UNPLANNED
    if state.done < checkpoint.week:
        return MarkdownCall.NOT_YET
    if state.done >= state.weeks:
        return MarkdownCall.OVER
    if state.markdown_asked:
        return MarkdownCall.ASKED
    if state.stock.sell_through >= checkpoint.threshold:
        return MarkdownCall.ENOUGH_SOLD
    return MarkdownCall.ASK


def weigh_markdown(
    state: SeasonState, *, target: float, elasticity: float, source: str
) -> MarkdownRecommendation:
    """The depth that earns most from now on, known to be asked for once.

    Args:
        target: sell-through that was asked for.
        elasticity, source: how customers answer, and who says so.

    Raises:
        InvalidInputError: no week is sold yet, or none is left.
    """
    sold = int(state.stock.sold.sum())
    return recommend_markdown(
        state.remaining.paths,
        stock=state.stock.made - sold,
        made=state.stock.made,
        sold=sold,
        economics=state.economics,
        target_sell_through=target,
        elasticity=elasticity,
        elasticity_source=source,
        current_depth=state.depth,
        may_deepen=False,
    )
