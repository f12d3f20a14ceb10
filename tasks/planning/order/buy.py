"""How much to make: the familiar percentage read off the distribution, and the economic quantity beside
it."""

import math

import numpy as np

from schemas.defaults import SAFETY_STOCK
from schemas.economics import Economics
from schemas.orders import ManufacturingOrder, MoneyRow, manufacturing_quantity, split_order
from schemas.parameters import SeasonParameters
from tasks.planning.calendar import SeasonCalendar
from tasks.planning.order.clearance import Clearance
from tasks.planning.order.defaults import DEFAULTS
from tasks.planning.order.holdback import recommend_holdback
from tasks.planning.order.money import SeasonMoney
from tasks.planning.paths import DemandPaths


def recommend_buy(
    paths: DemandPaths, *, economics: Economics, parameters: SeasonParameters
) -> ManufacturingOrder:
    """Recommend a safety stock within what can be approved, priced beside the newsvendor quantity and the
    trade's usual percentage.

    Demand is covered as often as earns most: at the critical ratio, or more often where the season has a
    checkpoint at which leftovers can still be marked down.
    """
    money = season_money(paths, economics, parameters)
    total = round(float(paths.mean.sum()))
    asked = best_quantity(money)
    level = float((paths.totals <= asked).mean())
    unbounded = asked / total - 1 if total else 0.0
    trust = _trust(paths)
    pct = _approvable(unbounded, trust)
    newsvendor = covering_quantity(money, economics.critical_ratio)
    rows = _Rows(money, total)
    recommended = rows.at(pct)
    initial, holdback = split_order(recommended.quantity, money.holdback_pct)
    return ManufacturingOrder(
        manufacturing_qty=recommended.quantity,
        initial_allocation=initial,
        holdback=holdback,
        safety_stock_pct=pct,
        forecast_total=total,
        holdback_pct=money.holdback_pct,
        service_level=level,
        economics=economics,
        chosen=recommended,
        recommended=recommended,
        newsvendor=money.row(newsvendor, newsvendor / total - 1 if total else 0.0),
        planners=rows.at(SAFETY_STOCK.habitual),
        curve=rows.curve(),
        reasoning=_reason(pct, unbounded, level, trust, money, recommended, newsvendor),
        warnings=_warnings(recommended, economics),
        holdback_advice=recommend_holdback(
            paths,
            recommended.quantity,
            economics=economics,
            calendar=SeasonCalendar.of(parameters),
            planners_pct=parameters.dc_holdback_percentage,
        ),
    )


def season_money(paths: DemandPaths, economics: Economics, parameters: SeasonParameters) -> SeasonMoney:
    """What quantities of this season bring, with the planner's holdback and checkpoint."""
    calendar = SeasonCalendar.of(parameters)
    return SeasonMoney(
        paths,
        economics,
        holdback_pct=parameters.dc_holdback_percentage,
        replenished=calendar.every is not None,
        clearance=Clearance.planned(paths, calendar.checkpoint, economics.elasticity),
    )


def best_quantity(money: SeasonMoney) -> int:
    """The quantity that is expected to earn most.

    Without a checkpoint that is the newsvendor's. With one, more is worth making, as what is left over can
        still
    be marked down: the best of a grid around the forecast, never below the newsvendor's.
    """
    newsvendor = covering_quantity(money, money.economics.critical_ratio)
    if money.clearance is None:
        return newsvendor
    total = float(money.paths.mean.sum())
    steps = np.arange(1 - DEFAULTS.buy_reach, 1 + DEFAULTS.buy_reach + 1e-9, DEFAULTS.buy_step)
    grid = np.unique(np.ceil(steps * total - 1e-9).astype(np.int64))
    profits = [float(money.outcome(int(quantity)).profit.mean()) for quantity in grid]
    return max(int(grid[int(np.argmax(profits))]), newsvendor)


def covering_quantity(money: SeasonMoney, service_level: float) -> int:
    """Units that cover demand at `service_level`.

    With replenishment the distribution centre pools the stores, so the season total's quantile is enough;
    without it each store must be covered for itself, and the sum of their quantiles is never less than that.
    """
    pooled = float(np.quantile(money.paths.totals, service_level))
    if money.replenished:
        return math.ceil(pooled - 1e-9)
    each = float(np.quantile(money.demand, service_level, axis=0).sum())
    return math.ceil(max(pooled, each) - 1e-9)


def _trust(paths: DemandPaths) -> float:
    """How much say the distribution has, 0 to 1: one that is very wide says little of where to lie in it."""
    spread = float(np.log(np.maximum(paths.totals, 1e-9)).std())
    return min(1.0, (DEFAULTS.telling_spread / spread) ** 2) if spread > 0 else 1.0


def _approvable(asked: float, trust: float) -> float:
    """The safety stock within what can be approved, in steps of half a per cent, leaning on the trade's usual
    one by what `trust` leaves."""
    low, high = SAFETY_STOCK.low, SAFETY_STOCK.high
    bounded = min(max(asked, low), high)
    leaning = trust * bounded + (1 - trust) * SAFETY_STOCK.habitual
    return round(min(math.ceil(leaning * 200 - 1e-9) / 200, high), 4)


class _Rows:
    """Money rows by safety stock."""

    def __init__(self, money: SeasonMoney, total: int) -> None:
        self.money, self.total = money, total

    def at(self, pct: float) -> MoneyRow:
        return self.money.row(manufacturing_quantity(self.total, pct), pct)

    def curve(self) -> tuple[MoneyRow, ...]:
        steps = round((SAFETY_STOCK.high - SAFETY_STOCK.low) / SAFETY_STOCK.step)
        levels = (round(SAFETY_STOCK.low + step * SAFETY_STOCK.step, 4) for step in range(steps + 1))
        return tuple(self.at(level) for level in levels)


def _reason(
    pct: float,
    unbounded: float,
    level: float,
    trust: float,
    money: SeasonMoney,
    row: MoneyRow,
    newsvendor: int,
) -> str:
    how = "the season total" if money.replenished else "each store for itself, as nothing is sent later,"
    text = f"Covering {how} in {level:.0%} of the sampled futures asks for {unbounded:+.1%} on the forecast"
    if trust < 1:
        usual = SAFETY_STOCK.habitual
        text += f"; they lie so far apart that the usual {usual:.0%} weighs in, and {pct:.1%} is recommended"
    elif unbounded < pct - 0.006:
        text += f", less than the lowest safety stock that can be approved, so {pct:.0%} is recommended"
    elif unbounded > pct + 0.006:
        text += f", more than the highest safety stock that can be approved, so {pct:.0%} is recommended"
    else:
        text += f", so {pct:.1%} is recommended"
    if money.clearance is not None:
        text += " (what is left over can still be marked down after the checkpoint)"
    return (
        f"{text}: {row.quantity:,} units. Expected profit {row.expected_profit:,.0f}, "
        f"{row.expected_lost_sales:,.0f} units missed, {row.expected_leftover:,.0f} left over. Price, cost "
        f"and salvage alone would make {newsvendor:,}."
    )


def _warnings(row: MoneyRow, economics: Economics) -> tuple[str, ...]:
    notes = []
    if row.limited_by:
        notes.append(
            f"The {row.limited_by} moves the order from {row.wanted_quantity:,} to {row.quantity:,} units "
            f"and costs {row.limit_cost:,.0f} of expected profit."
        )
    minimum = economics.minimum_order_quantity or 0
    if row.quantity < minimum:
        notes.append(
            f"The budget of {economics.budget:,.0f} does not reach the minimum order of {minimum:,} units; "
            "raise the budget or negotiate the minimum."
        )
    if economics.assumed:
        notes.append(f"Assumed, not given: {', '.join(economics.assumed)}.")
    return tuple(notes)
