"""How much to keep at the distribution centre: the value of waiting, by simulation over the sampled
futures."""

from dataclasses import dataclass

import numpy as np

from schemas.economics import Economics
from schemas.orders import HoldbackAdvice
from tasks.planning.calendar import SeasonCalendar
from tasks.planning.order.defaults import DEFAULTS
from tasks.planning.paths import DemandPaths
from tasks.planning.units import Floats


@dataclass(frozen=True)
class _Season:
    """Sampled demand by path, week and store, and the order-up-to level of each week and store."""

    demand: Floats
    targets: Floats
    shares: Floats
    every: int


def recommend_holdback(
    paths: DemandPaths,
    quantity: int,
    *,
    economics: Economics,
    calendar: SeasonCalendar,
    planners_pct: float,
) -> HoldbackAdvice:
    """Compare holdback shares by playing every sampled season with the rhythm of replenishment.

    Args:
        quantity: units made.
        planners_pct: the share that the planner asked for.
    """
    if calendar.every is None:
        return _all_at_once(paths, quantity, economics, planners_pct)
    season = _sample(paths, calendar.every)
    grid = sorted({*DEFAULTS.holdback_grid, round(planners_pct, 4)})
    profits = {share: _profit(season, quantity, share, economics) for share in grid}
    best = max(grid, key=lambda share: (float(profits[share].mean()), -share))
    gain = profits[best] - profits[round(planners_pct, 4)]
    mean, error = round(float(gain.mean()), 2), _error(gain)
    return HoldbackAdvice(
        holdback_pct=best,
        planners_pct=planners_pct,
        gain=mean,
        gain_se=error,
        reasoning=_reason(best, planners_pct, mean, error, calendar.every),
    )


def _all_at_once(
    paths: DemandPaths, quantity: int, economics: Economics, planners_pct: float
) -> HoldbackAdvice:
    season = _sample(paths, paths.weeks + 1)
    profit = _profit(season, quantity, 0.0, economics)
    kept = _profit(season, quantity, planners_pct, economics)
    return HoldbackAdvice(
        holdback_pct=0.0,
        planners_pct=planners_pct,
        gain=round(float((profit - kept).mean()), 2),
        gain_se=_error(profit - kept),
        reasoning="Nothing is sent after the first shipment, so nothing is worth keeping back.",
    )


def _sample(paths: DemandPaths, every: int) -> _Season:
    recipe = paths.recipe
    count = max(DEFAULTS.min_paths, DEFAULTS.max_samples // (len(recipe.store_ids) * paths.weeks))
    rates = paths.weekly[:count, :, None] * paths.share_draws[:count, None, :]
    demand = np.random.default_rng([recipe.seed, 8]).poisson(rates).astype(float)
    windows = np.stack([demand[:, week : week + every].sum(axis=1) for week in range(paths.weeks)], axis=1)
    return _Season(demand, np.quantile(windows, 0.95, axis=0), np.asarray(recipe.store_shares), every)


def _profit(season: _Season, quantity: int, holdback: float, economics: Economics) -> Floats:
    """Profit of each path, shape (paths,): top up to what the weeks until the next delivery may ask for, then
    at the last delivery send all."""
    count, weeks, _ = season.demand.shape
    stock = np.tile(quantity * (1 - holdback) * season.shares, (count, 1))
    centre = np.full(count, quantity * holdback)
    sold = np.zeros(count)
    for week in range(weeks):
        if week and week % season.every == 0:
            target = season.targets[week]
            if week + season.every >= weeks:
                level = centre + stock.sum(axis=1)
                target = level[:, None] * season.shares
            need = np.maximum(target - stock, 0)
            asked = need.sum(axis=1)
            sent = (
                need
                * np.divide(np.minimum(asked, centre), asked, out=np.zeros(count), where=asked > 0)[:, None]
            )
            stock = stock + sent
            centre = centre - sent.sum(axis=1)
        sales = np.minimum(stock, season.demand[:, week])
        stock = stock - sales
        sold += sales.sum(axis=1)
    earned: Floats = economics.price * sold + economics.salvage_value * (quantity - sold)
    return earned - economics.unit_cost * quantity


def _error(values: Floats) -> float:
    return round(float(values.std(ddof=1) / np.sqrt(len(values))), 2) if len(values) > 1 else 0.0


def _reason(best: float, planners: float, gain: float, error: float, every: int) -> str:
    rhythm = "weekly" if every == 1 else f"{every}-weekly"
    if abs(best - planners) < 1e-9:
        return f"{best:.0%} at the distribution centre earns most under {rhythm} replenishment."
    sure = "" if gain > 2 * error else ", which is within the noise of the simulation"
    return (
        f"{best:.0%} at the distribution centre earns most under {rhythm} replenishment: "
        f"{gain:,.0f} (± {error:,.0f}) more than the planner's {planners:.0%}{sure}."
    )
