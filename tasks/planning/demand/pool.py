"""The pooled forecaster's fit for a history: made once for its content and cutoff, and kept."""

import hashlib
from datetime import date, timedelta
from typing import Protocol

import numpy as np
import pandas as pd

from tasks.planning.demand.forecasters import POOLED
from tasks.planning.demand.forecasters.pooled import Panel, PooledFit
from tasks.planning.demand.repair import fill_gaps
from tasks.planning.weeks import DAYS, is_weekly, to_weeks

VERSION = "1"  # of what is kept: another one is fitted anew
COLUMNS = ["category", "date", "quantity_sold"]


class KeptFits(Protocol):
    """Where fits are kept, by a key that tells their content and cutoff."""

    def get(self, key: str) -> PooledFit | None:
        """The fit that was kept under `key`."""

    def put(self, key: str, fit: PooledFit) -> None:
        """Keep it."""


class KeptInMemory:
    """Kept as long as this lives: for many plans in one process."""

    def __init__(self) -> None:
        self._fits: dict[str, PooledFit] = {}

    def get(self, key: str) -> PooledFit | None:
        """The fit that was kept under `key`."""
        return self._fits.get(key)

    def put(self, key: str, fit: PooledFit) -> None:
        """Keep it."""
        self._fits[key] = fit


def fit_pool(totals: pd.DataFrame, *, before: date, country: str, seed: int, kept: KeptFits) -> PooledFit:
    """The fit of all that was sold before a day, from `kept` where it has been made already.

    Args:
        totals: every category's units by date: category, date, quantity_sold.
    """
    seen = totals[totals["date"] < pd.Timestamp(before)]
    daily = seen.groupby(COLUMNS[:2], observed=True)["quantity_sold"].sum().round(3).reset_index()
    if daily.empty:
        return PooledFit(())
    key = _key(daily, country, seed)
    fit = kept.get(key)
    if fit is None:
        fit = POOLED.fit(as_panel(daily), country=country, seed=seed)
        kept.put(key, fit)
    return fit


def as_panel(totals: pd.DataFrame) -> Panel:
    """Weekly units of every category, in whole weeks that end with the last day."""
    days = DAYS if is_weekly(totals["date"]) else 1
    end = totals["date"].max().date() + timedelta(days=days)
    rows = totals.rename(columns={"category": "store_id"}).assign(
        quantity_sold=totals["quantity_sold"].clip(lower=0)
    )
    grid = to_weeks(rows, season_start=end, as_of=end)
    known = ~np.isnan(grid.units)
    born = np.where(known.any(axis=0), known.argmax(axis=0), len(known))
    units = np.zeros(grid.units.T.shape)
    for series, first in enumerate(born):
        if first < len(known):
            units[series, first:] = fill_gaps(grid.units[first:, series])
    return Panel(units, born, end + timedelta(weeks=int(grid.weeks[0])) if len(grid.weeks) else end)


def _key(daily: pd.DataFrame, country: str, seed: int) -> str:
    content = daily.assign(category=daily["category"].astype(str)).sort_values(COLUMNS[:2])
    text = content.to_csv(index=False, date_format="%Y-%m-%d", float_format="%.3f")
    return hashlib.sha256(f"{VERSION} {country} {seed}\n{text}".encode()).hexdigest()[:32]
