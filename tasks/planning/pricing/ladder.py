"""How deep to mark down: the depth with the highest expected revenue and salvage from the stock that is left.

Dynamic programming over the weeks left, after Gallego and van Ryzin 1994 and Caro and Gallien 2012: a depth
is never undone, demand answers with constant elasticity, (1 − m)^(−ε). Weeks are taken as independent given
the forecast of now, stock as one pool.
"""

from dataclasses import dataclass

import numpy as np

from schemas.defaults import MARKDOWN_LADDER as LADDER
from schemas.economics import Economics
from schemas.markdowns import LadderRow, MarkdownRecommendation
from tasks.planning.paths import DemandPaths
from tasks.planning.units import Floats


@dataclass(frozen=True)
class LadderDefaults:
    """Resolution of the programme: stock levels, demand quantiles of a week, and the largest stock in
    multiples of the demand that the deepest markdown brings."""

    stock_levels: int = 240
    quantiles: int = 15
    stock_reach: float = 2.0


DEFAULTS = LadderDefaults()


def recommend_markdown(
    remaining: DemandPaths,
    *,
    stock: int,
    made: int,
    sold: int,
    economics: Economics,
    target_sell_through: float,
    elasticity: float,
    elasticity_source: str,
    current_depth: float,
    may_deepen: bool,
) -> MarkdownRecommendation:
    """Recommend a depth for the weeks left.

    Args:
        remaining: demand at full price over the weeks left.
        stock: unsold units, wherever they lie.
        made, sold: units of the season so far, for the sell-through.
        current_depth: the markdown that stands; it is never undone.
        may_deepen: whether later weeks may go deeper.
    """
    sell_through = sold / made if made else 1.0
    gap = max(target_sell_through - sell_through, 0.0)
    values = _programme(remaining, economics, elasticity, may_deepen=may_deepen)
    allowed = [depth for depth in LADDER if depth >= current_depth - 1e-9]
    triggered = gap > 0 and stock > 0
    depth = values.best_depth(stock, allowed) if triggered else current_depth
    nothing = values.staying(stock, current_depth)
    rows = tuple(
        LadderRow(
            markdown_pct=each,
            expected_value=round(values.at(stock, each), 2),
            gain=round(values.at(stock, each) - nothing, 2),
            demand_lift_pct=round(demand_lift(each, elasticity) - 1, 4),
        )
        for each in allowed
    )
    gain = round(values.at(stock, depth) - nothing, 2) if triggered else 0.0
    return MarkdownRecommendation(
        recommended_markdown_pct=depth,
        expected_demand_lift_pct=round(demand_lift(depth, elasticity) - 1, 4),
        elasticity_coefficient=elasticity,
        elasticity_source=elasticity_source,
        stock=stock,
        weeks_left=remaining.weeks,
        sell_through_pct=round(sell_through, 4),
        target_sell_through_pct=target_sell_through,
        gap_pct=round(gap, 4),
        triggered=triggered,
        do_nothing_value=round(nothing, 2),
        expected_gain=gain,
        ladder=rows,
        rule_markdown_pct=rule_depth(gap, elasticity),
        reasoning=_reason(
            depth, gain, sell_through, target_sell_through, triggered, elasticity, elasticity_source
        ),
    )


def demand_lift(depth: float, elasticity: float) -> float:
    """Demand at a markdown ÷ demand at full price, (1 − m)^(−ε)."""
    return float((1 - depth) ** -elasticity)


def rule_depth(gap: float, elasticity: float) -> float:
    """Gap × elasticity in steps of 5 %, at most 40 %: the simple rule, which cuts deeper where demand is more
    elastic."""
    return min(round(round(gap * elasticity / 0.05) * 0.05, 2), LADDER[-1])


@dataclass(frozen=True)
class _Programme:
    """First-week values by depth and stock level, shape (depths, levels); `constant` never goes deeper."""

    levels: Floats
    values: Floats
    constant: Floats
    salvage: float

    def at(self, stock: int, depth: float) -> float:
        return self._read(self.values, stock, depth)

    def staying(self, stock: int, depth: float) -> float:
        return self._read(self.constant, stock, depth)

    def best_depth(self, stock: int, allowed: list[float]) -> float:
        """The best depth at the nearest lower stock level, never below that of any smaller stock."""
        first = LADDER.index(allowed[0])
        table = self.values[first:]
        tolerance = 1e-9 * np.maximum(np.abs(table).max(axis=0), 1.0)
        best = np.argmax(table >= table.max(axis=0) - tolerance, axis=0)
        rising = np.maximum.accumulate(best)
        place = int(np.searchsorted(self.levels, stock, side="right")) - 1
        return allowed[int(rising[place])]

    def _read(self, table: Floats, stock: int, depth: float) -> float:
        beyond = max(stock - float(self.levels[-1]), 0.0) * self.salvage
        return float(np.interp(stock, self.levels, table[LADDER.index(depth)])) + beyond


def _programme(
    remaining: DemandPaths, economics: Economics, elasticity: float, *, may_deepen: bool
) -> _Programme:
    weeks, depths = remaining.weeks, np.array(LADDER)
    lifts = (1 - depths) ** -elasticity
    prices = economics.price * (1 - depths)
    grid = (np.arange(DEFAULTS.quantiles) + 0.5) / DEFAULTS.quantiles
    demand = np.quantile(remaining.weekly, grid, axis=0)
    reach = max(float(remaining.mean.sum()) * float(lifts[-1]) * DEFAULTS.stock_reach, 1.0)
    levels = np.linspace(0, reach, DEFAULTS.stock_levels)
    best = np.tile(economics.salvage_value * levels, (len(depths), 1))
    constant = best
    for week in reversed(range(weeks)):
        sold = np.minimum(levels[None, :, None], demand[None, None, :, week] * lifts[:, None, None])
        left = levels[None, :, None] - sold
        earned = prices[:, None] * sold.mean(axis=2)
        now = earned + _expected(best, left, levels)
        constant = earned + _expected(constant, left, levels)
        later = np.maximum.accumulate(now[::-1], axis=0)[::-1] if may_deepen else now
        best = later if week else now
    return _Programme(levels, best, constant, economics.salvage_value)


def _expected(following: Floats, left: Floats, levels: Floats) -> Floats:
    """Mean value of what is left, shape (depths, levels)."""
    return np.stack([np.interp(left[i], levels, following[i]).mean(axis=1) for i in range(len(following))])


def _reason(
    depth: float,
    gain: float,
    sell_through: float,
    target: float,
    triggered: bool,
    elasticity: float,
    source: str,
) -> str:
    if not triggered:
        return f"{sell_through:.0%} is sold and {target:.0%} was asked for, so nothing is marked down."
    text = f"{sell_through:.0%} is sold, {target:.0%} was asked for. With elasticity {elasticity:.1f} "
    text += f"({source}) "
    if depth <= 0:
        return text + "every markdown gives away more than it brings in, so the price stays."
    return text + f"{depth:.0%} brings {gain:,.0f} more than leaving the price."
