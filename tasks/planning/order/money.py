"""What a quantity is expected to bring over a season, by the sampled futures.

Two stages: the first shipment goes to the stores by their expected shares; what stays at the distribution
centre serves, in every future, the stores that run out. Without replenishment there is no second stage.
Timing inside the season is left out here; the holdback's simulation has it.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from schemas.economics import Economics
from schemas.orders import MoneyRow, split_order, within_limits
from tasks.planning.order.clearance import Clearance
from tasks.planning.order.defaults import DEFAULTS
from tasks.planning.order.value import demand_samples
from tasks.planning.paths import DemandPaths
from tasks.planning.units import Floats


@dataclass(frozen=True)
class SampledOutcome:
    """A quantity's sampled outcomes, each of shape (paths,)."""

    quantity: int
    profit: Floats
    lost: Floats
    leftover: Floats
    sold: Floats


class SeasonMoney:
    """Prices quantities of one category's season, all on the same sampled futures."""

    def __init__(
        self,
        paths: DemandPaths,
        economics: Economics,
        *,
        holdback_pct: float,
        replenished: bool,
        clearance: Clearance | None = None,
    ) -> None:
        self.paths = paths
        self.economics = economics
        self.holdback_pct = holdback_pct if replenished else 0.0
        self.replenished = replenished
        self.clearance = clearance

    @cached_property
    def demand(self) -> Floats:
        """Demand of the whole season, shape (paths, stores); fewer paths for a large chain."""
        samples = demand_samples(self.paths, 1, self.paths.weeks)
        keep = max(DEFAULTS.min_paths, DEFAULTS.max_samples // samples.shape[1])
        return samples[:keep]

    def outcome(self, quantity: int) -> SampledOutcome:
        """What happens in every future when `quantity` is made."""
        initial, holdback = split_order(quantity, self.holdback_pct)
        first = initial * np.asarray(self.paths.recipe.store_shares)
        from_stores = np.minimum(first, self.demand).sum(axis=1)
        wanted = self.demand.sum(axis=1)
        sold = from_stores + np.minimum(holdback, wanted - from_stores)
        money = self.economics
        profit = money.price * sold + money.salvage_value * (quantity - sold) - money.unit_cost * quantity
        lost = wanted - sold
        if self.clearance is not None:
            gain, units = (values[: len(sold)] for values in self.clearance.gain(quantity, money))
            profit = profit + gain
            sold = np.minimum(sold + units, quantity)
        return SampledOutcome(quantity, profit, lost, quantity - sold, sold)

    def row(self, wanted: int, safety_stock_pct: float) -> MoneyRow:
        """The money of a wanted quantity, after minimum order quantity and budget."""
        quantity, limit = within_limits(wanted, self.economics)
        result = self.outcome(quantity)
        cost = 0.0
        if quantity != wanted:
            cost = float(self.outcome(wanted).profit.mean() - result.profit.mean())
        through = result.sold / quantity if quantity else np.ones_like(result.sold)
        return MoneyRow(
            safety_stock_pct=round(safety_stock_pct, 6),
            quantity=quantity,
            wanted_quantity=wanted,
            expected_profit=_mean(result.profit),
            expected_profit_se=_error(result.profit),
            expected_lost_sales=_mean(result.lost),
            expected_lost_sales_se=_error(result.lost),
            expected_leftover=_mean(result.leftover),
            expected_leftover_se=_error(result.leftover),
            sell_through=round(float(through.mean()), 4),
            sell_through_se=round(_error(through, 6), 6),
            limited_by=limit if quantity != wanted else None,
            limit_cost=round(cost, 2),
        )


def _mean(values: Floats) -> float:
    return round(float(values.mean()), 2)


def _error(values: Floats, digits: int = 2) -> float:
    if len(values) < 2:
        return 0.0
    return round(float(values.std(ddof=1) / np.sqrt(len(values))), digits)
