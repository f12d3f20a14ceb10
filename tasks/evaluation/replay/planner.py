"""A planner that takes each of the six decisions by the product's methods or by rule."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from schemas.economics import Economics
from schemas.orders import manufacturing_quantity, split_order, within_limits
from schemas.parameters import SeasonParameters
from tasks.evaluation.replay.choices import RULES_OF_THUMB, Choices
from tasks.evaluation.replay.past_season import Terms
from tasks.evaluation.replay.play import Order, View
from tasks.planning.in_season.update import update_forecast
from tasks.planning.order.buy import recommend_buy
from tasks.planning.order.holdback import recommend_holdback
from tasks.planning.order.replenish import replenish_week
from tasks.planning.order.split import allocate_to_stores, historical_mix
from tasks.planning.paths import DemandPaths, DemandRecipe
from tasks.planning.pricing.ladder import demand_lift, recommend_markdown, rule_depth
from tasks.planning.units import Ints

IN_SEASON_PATHS = 300


@dataclass(frozen=True)
class Brief:
    """All that a planner knows before the season.

    Attributes:
        recipe: the forecast, made from what was known when the order was placed.
        attributes: numeric store attributes in the order of `recipe.store_ids`.
        elasticity: what the planner believes, estimated from prices or assumed.
        quantity, holdback: an override of the planner's own; None leaves the decision to the choices.
    """

    recipe: DemandRecipe
    economics: Economics
    terms: Terms
    parameters: SeasonParameters
    attributes: pd.DataFrame
    elasticity: float
    quantity: int | None = None
    holdback: float | None = None


class ChoosingPlanner:
    """Plans a season by `choices`; satisfies `tasks.evaluation.replay.play.Planner`."""

    def __init__(self, brief: Brief, choices: Choices) -> None:
        self.brief, self.choices = brief, choices
        self.plan_churn = 0.0
        self._expected_rest: float | None = None
        self._updated: tuple[int, DemandRecipe] | None = None
        self._called_for = False

    @cached_property
    def paths(self) -> DemandPaths:
        """The season's distribution before it starts."""
        return DemandPaths(self.brief.recipe)

    def order(self) -> Order:
        """How much is made, and the first shipment."""
        quantity = self._quantity()
        first, _ = split_order(quantity, self._holdback(quantity))
        if not self.choices.allocation:
            return Order(quantity, self._mixed(first))
        every = self.brief.terms.strategy.weeks_between
        split = allocate_to_stores(
            self.paths,
            first,
            first_week=1,
            last_week=self.paths.weeks,
            economics=self.brief.economics,
            next_delivery=1 + every if every and first < quantity else None,
            total_stock=quantity,
        )
        return Order(quantity, np.array([store.units for store in split.stores], dtype=np.int64))

    def ship(self, view: View) -> Ints:
        """Units to each store at the start of a delivery week."""
        if view.centre == 0:
            return np.zeros(len(view.on_hand), dtype=np.int64)
        if not self.choices.replenishment:
            left = 1 + sum(self._delivers(week) for week in range(view.week + 1, self.brief.terms.weeks + 1))
            return self._mixed(view.centre // left)
        remaining = self._remaining(view)
        every = self.brief.terms.strategy.weeks_between
        sent = replenish_week(
            DemandPaths(_at_price(remaining, self._depth_so_far(view), self.brief.elasticity)),
            on_hand=view.on_hand,
            centre_stock=view.centre,
            economics=self.brief.economics,
            next_delivery=1 + every if every else None,
        )
        return np.array([sent.shipments.get(store, 0) for store in remaining.store_ids], dtype=np.int64)

    def depth(self, view: View) -> float:
        """The markdown of the week that starts: weighed after the checkpoint week, and again later where that
        was chosen."""
        so_far, checkpoint = self._depth_so_far(view), self.brief.terms.checkpoint_week
        if checkpoint is None or view.week <= checkpoint:
            return so_far
        if view.week == checkpoint + 1:
            return self._weigh_markdown(view, self.brief.terms.threshold)
        return self._weigh_markdown(view, 1.0) if self.choices.deepens and self._called_for else so_far

    def _weigh_markdown(self, view: View, threshold: float) -> float:
        sold = int(view.sold.sum())
        if not self.choices.markdown:
            through = sold / view.made if view.made else 1.0
            return rule_depth(max(threshold - through, 0.0), self.brief.elasticity)
        advice = recommend_markdown(
            DemandPaths(self._remaining(view)),
            stock=view.made - sold,
            made=view.made,
            sold=sold,
            economics=self.brief.economics,
            target_sell_through=threshold,
            elasticity=self.brief.elasticity,
            current_depth=self._depth_so_far(view),
            may_deepen=self.choices.deepens,
        )
        self._called_for = self._called_for or advice.triggered
        return advice.recommended_markdown_pct

    def _mixed(self, units: int) -> Ints:
        return historical_mix(np.asarray(self.brief.recipe.store_shares), self.brief.attributes, units)

    def _quantity(self) -> int:
        if self.brief.quantity is not None:
            return self.brief.quantity
        if self.choices.buy == "rule":
            wanted = manufacturing_quantity(float(self.paths.mean.sum()), RULES_OF_THUMB.safety_stock)
        else:
            parameters = self.brief.parameters
            advice = recommend_buy(
                self.paths,
                economics=self.brief.economics,
                parameters=parameters,
                elasticity=self.brief.elasticity,
            )
            band = self.choices.buy == "band"
            wanted = advice.order.recommended.wanted_quantity if band else advice.newsvendor_qty
        return within_limits(wanted, self.brief.economics)[0]

    def _holdback(self, quantity: int) -> float:
        if self.brief.terms.strategy.weeks_between is None:
            return 0.0
        if self.brief.holdback is not None:
            return self.brief.holdback
        if not self.choices.holdback:
            return RULES_OF_THUMB.holdback
        return recommend_holdback(
            self.paths,
            quantity,
            economics=self.brief.economics,
            strategy=self.brief.terms.strategy,
            planners_pct=RULES_OF_THUMB.holdback,
        ).holdback_pct

    def _remaining(self, view: View) -> DemandRecipe:
        """Demand of the weeks from `view.week` on at full price: corrected by what was sold, or as
        forecast."""
        if self._updated is not None and self._updated[0] == view.week:
            return self._updated[1]
        recipe = self.brief.recipe.model_copy(update={"n_paths": IN_SEASON_PATHS})
        rest = weeks_from(recipe, view.week)
        if self.choices.reforecast:
            lifts = np.array([demand_lift(float(depth), self.brief.elasticity) for depth in view.depths])
            update = update_forecast(recipe, view.sold.astype(float), sold_out=view.sold_out, lifts=lifts)
            rest = update.recipe
        self._note_churn(rest, view.week)
        self._updated = (view.week, rest)
        return rest

    def _note_churn(self, rest: DemandRecipe, week: int) -> None:
        total = float(self.paths.mean.sum())
        factors = np.asarray(rest.weekly_mean) / np.maximum(self.paths.mean[week - 1 :], 1e-9)
        level = float(np.mean(factors))
        before = 1.0 if self._expected_rest is None else self._expected_rest
        left = float(self.paths.mean[week - 1 :].sum())
        self.plan_churn += abs(level - before) * left / total if total > 0 else 0.0
        self._expected_rest = level

    def _delivers(self, week: int) -> bool:
        every = self.brief.terms.strategy.weeks_between
        return every is not None and (week - 1) % every == 0

    @staticmethod
    def _depth_so_far(view: View) -> float:
        return float(view.depths[-1]) if len(view.depths) else 0.0


def weeks_from(recipe: DemandRecipe, week: int) -> DemandRecipe:
    """The recipe of the weeks from `week` (1-based) on, as it was forecast."""
    return recipe.model_copy(
        update={"weekly_mean": recipe.weekly_mean[week - 1 :], "week_sigma": recipe.week_sigma[week - 1 :]}
    )


def _at_price(recipe: DemandRecipe, depth: float, elasticity: float) -> DemandRecipe:
    """The same demand at a markdown."""
    lift = demand_lift(depth, elasticity)
    return recipe.model_copy(update={"weekly_mean": tuple(mean * lift for mean in recipe.weekly_mean)})
