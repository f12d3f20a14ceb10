"""How a category's demand falls on its stores, and how sure that is."""

from dataclasses import dataclass

import numpy as np

from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.units import Floats
from tasks.planning.weeks import WeeklyPanel

MAX_CONCENTRATION = 20_000.0
MIN_CONCENTRATION = 20.0


@dataclass(frozen=True)
class StoreShares:
    """Expected share of each store, summing to 1, and the Dirichlet concentration of a season's shares."""

    store_ids: tuple[str, ...]
    shares: Floats
    concentration: float


def store_shares(grid: WeeklyPanel, weeks: int) -> StoreShares:
    """Shares of the trailing year, and from its windows how far a season's shares stray from them."""
    units = np.nan_to_num(np.clip(grid.units, 0, None))
    shares = _shares(units[-DEFAULTS.share_weeks :])
    return StoreShares(grid.store_ids, shares, _concentration(units, weeks))


def _shares(units: Floats) -> Floats:
    totals = units.sum(axis=0)
    if totals.sum() <= 0:
        return np.full(units.shape[1], 1 / units.shape[1])
    return np.asarray(totals / totals.sum())


def _concentration(units: Floats, weeks: int) -> float:
    """Method of moments on 1 − Σq² = (c + 1) · E Σ(p − q)², over windows as long as the season."""
    if units.shape[1] == 1:
        return MAX_CONCENTRATION
    ratios = []
    for end in range(len(units) - weeks, weeks - 1, -weeks):
        before, after = units[max(0, end - DEFAULTS.share_weeks) : end], units[end : end + weeks]
        q, p = _shares(before), _shares(after)
        if before.sum() > 0 and after.sum() > 0 and q.max() < 1:
            ratios.append((1 - (q**2).sum()) / max(float(((p - q) ** 2).sum()), 1e-9))
    if not ratios:
        return 200.0
    return float(np.clip(1 / np.mean(1 / np.array(ratios)) - 1, MIN_CONCENTRATION, MAX_CONCENTRATION))
