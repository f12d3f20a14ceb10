"""Plans a past season by the product's own decisions, or with some of them taken by rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from schemas.defaults import SEASON
from schemas.orders import ManufacturingOrder, manufacturing_quantity, split_order, within_limits
from tasks.evaluation.replay.choices import RULES_OF_THUMB, Choices
from tasks.evaluation.replay.play import Order, View
from tasks.planning.in_season.curve import Reforecast
from tasks.planning.in_season.state import PublishedForecast, SeasonState, StandingMarkdown
from tasks.planning.in_season.update import ForecastUpdate, as_forecast
from tasks.planning.order.split import historical_mix
from tasks.planning.planner import (
    MarkdownCall,
    SeasonBrief,
    calls_for_reforecast,
    first_shipment,
    markdown_call,
    propose_order,
    reforecast,
    replenish,
    watch,
    weigh_markdown,
)
from tasks.planning.pricing.ladder import recommend_markdown, rule_depth
from tasks.planning.units import Ints, round_to_sum


@dataclass(frozen=True)
class Brief:
    """All that a planner knows before a past season.

    Attributes:
        season: the forecast as it was when the order was placed, the parameters and the money.
        attributes: numeric store attributes in the order of the stores, for the rules' split.
        quantity, holdback: an override of the planner's own; None leaves the decision to the choices.
    """

    season: SeasonBrief
    attributes: pd.DataFrame
    quantity: int | None = None
    holdback: float | None = None

    @cached_property
    def proposed(self) -> ManufacturingOrder:
        """The order that the product proposes; the same for every planner of this season."""
        return propose_order(self.season)


class _AsForecast(SeasonState):
    """A season in which nobody learns from sales."""

    @cached_property
    def remaining(self) -> ForecastUpdate:
        return as_forecast(self.recipe, self.done)


class ChoosingPlanner:
    """Plans a season by `choices`; satisfies `tasks.evaluation.replay.play.ReplayPlanner`.

    Attributes:
        reforecasts: the revisions that were published, by the week after which each was.
        plan_churn: Σ |change of the expected remaining units| ÷ the season's forecast.
    """

    def __init__(self, brief: Brief, choices: Choices) -> None:
        self.brief, self.choices = brief, choices
        self.reforecasts: dict[int, Reforecast] = {}
        self.plan_churn = 0.0
        self._expected_rest = 1.0
        self._markdowns: tuple[StandingMarkdown, ...] = ()
        self._asked = False
        self._state: SeasonState | None = None
        paths = brief.season.paths
        self._published = PublishedForecast(1, round_to_sum(paths.mean), paths.recipe)

    def order(self) -> Order:
        """How much is made, and the first shipment."""
        quantity = self._quantity()
        first, _ = split_order(quantity, self._holdback())
        if not self.choices.allocation:
            return Order(quantity, self._mixed(first))
        split = first_shipment(self.brief.season, quantity=quantity, initial=first)
        return Order(quantity, np.array([store.units for store in split.stores], dtype=np.int64))

    def ship(self, view: View) -> Ints:
        """Units to each store at the start of a delivery week."""
        if not self.choices.replenishment:
            left = self.brief.season.calendar.deliveries_left(view.week)
            return self._mixed(view.stock.at_centre // left)
        state = self._season(view)
        sent = replenish(state)
        shipments = {} if sent is None else sent.shipments
        return np.array([shipments.get(store, 0) for store in state.recipe.store_ids], dtype=np.int64)

    def depth(self, view: View) -> float:
        """The markdown of the week that starts."""
        state = self._season(view)
        if state.done and self._weighs(state):
            depth = self._weighed(state)
            standing = StandingMarkdown(state.done, depth, self.brief.season.economics.elasticity)
            self._markdowns = (*self._markdowns, standing)
            self._asked = True
            return depth
        return state.depth

    def _weighs(self, state: SeasonState) -> bool:
        again = self.choices.deepens and self._asked and state.done < state.weeks
        return again or markdown_call(state) is MarkdownCall.ASK

    def _weighed(self, state: SeasonState) -> float:
        money, checkpoint = state.economics, state.calendar.checkpoint
        target = checkpoint.threshold if checkpoint and not self._asked else 1.0
        if not self.choices.markdown:
            return rule_depth(max(target - state.stock.sell_through, 0.0), money.elasticity)
        if self.choices.deepens:
            return self._deepened(state, target)
        return weigh_markdown(
            state, target=target, elasticity=money.elasticity, source=money.elasticity_source
        ).recommended_markdown_pct

    def _deepened(self, state: SeasonState, target: float) -> float:
        """The depth where the price is weighed again every week, and the ladder knows it."""
        sold = int(state.stock.sold.sum())
        return recommend_markdown(
            state.remaining.paths,
            stock=state.stock.made - sold,
            made=state.stock.made,
            sold=sold,
            economics=state.economics,
            target_sell_through=target,
            elasticity=state.economics.elasticity,
            elasticity_source=state.economics.elasticity_source,
            current_depth=state.depth,
            may_deepen=True,
        ).recommended_markdown_pct

    def _mixed(self, units: int) -> Ints:
        shares = np.asarray(self.brief.season.paths.recipe.store_shares)
        return historical_mix(shares, self.brief.attributes, units)

    def _quantity(self) -> int:
        if self.brief.quantity is not None:
            return self.brief.quantity
        if self.choices.buy == "band":
            return self.brief.proposed.manufacturing_qty
        if self.choices.buy == "economic":
            wanted = self.brief.proposed.newsvendor.wanted_quantity
        else:
            total = float(self.brief.season.paths.mean.sum())
            wanted = manufacturing_quantity(total, RULES_OF_THUMB.safety_stock)
        return within_limits(wanted, self.brief.season.economics)[0]

    def _holdback(self) -> float:
        if self.brief.season.calendar.every is None:
            return 0.0
        if self.brief.holdback is not None:
            return self.brief.holdback
        if self.choices.holdback == "advised":
            return self.brief.proposed.holdback_advice.holdback_pct
        if self.choices.holdback == "rule":
            return RULES_OF_THUMB.holdback
        return self.brief.season.parameters.dc_holdback_percentage

    def _season(self, view: View) -> SeasonState:
        """The season as it stands when the week starts; a new week's sales are looked at first."""
        if self._state is not None and self._state.done == view.week - 1:
            return self._state
        kind = SeasonState if self.choices.reforecast else _AsForecast
        state = kind(
            recipe=self.brief.season.paths.recipe,
            parameters=self.brief.season.parameters,
            economics=self.brief.season.economics,
            published=self._published,
            stock=view.stock,
            markdowns=self._markdowns,
            markdown_asked=self._asked,
        )
        if state.done and self.choices.reforecast:
            self._review(state)
        self._state = state
        return state

    def _review(self, state: SeasonState) -> None:
        """What the weekly review does about the forecast: published anew where sales are too far off."""
        if calls_for_reforecast(state, watch(state, threshold=SEASON.variance_threshold)):
            revised = reforecast(state)
            self.reforecasts[state.done] = revised
            self._published = PublishedForecast(state.done + 1, revised.units, revised.update.recipe)
        if state.done < state.weeks:
            self._note_churn(state.remaining.recipe.weekly_mean, state.done)

    def _note_churn(self, rest: Sequence[float], done: int) -> None:
        planned = self.brief.season.paths.mean
        level = float(np.mean(np.asarray(rest) / np.maximum(planned[done:], 1e-9)))
        total, left = float(planned.sum()), float(planned[done:].sum())
        self.plan_churn += abs(level - self._expected_rest) * left / total if total > 0 else 0.0
        self._expected_rest = level
