"""A sales file as weekly series, and the cutoffs to forecast from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import pandas as pd

from schemas.errors import InvalidInputError
from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.demand.problem import clean
from tasks.planning.units import Floats
from tasks.planning.weeks import is_weekly, to_weeks

Level = Literal["category", "store"]
STEP_WEEKS = 4
SPARSE = 0.2  # share of missing weeks above which a series sells now and then


@dataclass(frozen=True)
class BacktestPlan:
    """What is to be forecast from where.

    Attributes:
        weeks: weeks of a season.
        gap: weeks between the last known week and the season.
        cutoffs: first days of the last known weeks, ascending.
    """

    level: Level
    weeks: int
    gap: int
    cutoffs: tuple[date, ...]
    country: str = "US"
    seed: int = 0

    def season_start(self, cutoff: date) -> date:
        """First day of the season that is forecast from `cutoff`."""
        return cutoff + timedelta(weeks=self.gap + 1)


@dataclass(frozen=True)
class WeeklySeries:
    """Weekly units of every series, shape (weeks, series); NaN where there is no row."""

    ids: tuple[str, ...]
    starts: pd.DatetimeIndex
    units: Floats

    def actual(self, unique_id: str, starts: list[pd.Timestamp]) -> Floats:
        """What was sold in the weeks at `starts`: NaN where a regular series has no row."""
        column = self.units[:, self.ids.index(unique_id)]
        rows = self.starts.get_indexer(pd.DatetimeIndex(starts))
        return np.where(rows >= 0, recorded_weeks(column)[rows], np.nan)


def recorded_weeks(units: Floats) -> Floats:
    """A series whose missing weeks are zeros where it has many of them, as one that sells now and then."""
    known = ~np.isnan(units)
    active = units[np.flatnonzero(known)[0] :] if known.any() else units
    return np.nan_to_num(units) if np.isnan(active).mean() > SPARSE else units


def plan_backtest(
    sales: pd.DataFrame,
    *,
    level: Level = "category",
    horizon: int = 12,
    gap: int = 0,
    origins: int | Sequence[date] = 4,
    step: int = STEP_WEEKS,
    country: str = "US",
    seed: int = 0,
) -> BacktestPlan:
    """Choose the cutoffs: the latest `origins` whose season is known to its end, or those of the
    seasons that start at the given dates (each moved to the next week of the file).

    Raises:
        InvalidInputError: no cutoff leaves enough history before it and a whole season after it.
    """
    anchor = last_week(sales)
    first = sales["date"].min().date()
    enough = timedelta(weeks=DEFAULTS.min_history)
    latest = anchor - timedelta(weeks=gap + horizon)
    if isinstance(origins, int):
        cutoffs = [latest - timedelta(weeks=step * back) for back in range(origins)]
    else:
        cutoffs = [anchor - timedelta(weeks=(anchor - day).days // 7 + gap + 1) for day in origins]
    usable = sorted({cutoff for cutoff in cutoffs if first + enough <= cutoff <= latest})
    if not usable:
        raise InvalidInputError(
            f"No season of {horizon} weeks, {gap} weeks after its history, fits the sales from {first} to "
            f"{sales['date'].max().date()}; ask for a shorter horizon or gap, or give a longer history."
        )
    return BacktestPlan(level, horizon, gap, tuple(usable), country, seed)


def last_week(sales: pd.DataFrame) -> date:
    """First day of the file's last whole week; daily files are cut so that the last day ends a week."""
    last: date = sales["date"].max().date()
    return last if is_weekly(sales["date"]) else last - timedelta(days=6)


def weekly_series(sales: pd.DataFrame, level: Level, *, before: date | None = None) -> WeeklySeries:
    """Every series of the file in whole weeks, seeing nothing on or after `before`.

    Negative sales are zero; sold-out rows are raised to likely demand only where `before` is given, so that
    history is demand and the outcome is what was sold.
    """
    end = last_week(sales) + timedelta(days=7)
    seen = sales if before is None else sales[sales["date"] < pd.Timestamp(before)]
    if before is not None:
        seen = pd.concat([clean(part)[0] for _, part in seen.groupby("category", observed=True)])
    names = seen["category"].astype(str)
    ids = names if level == "category" else names + "/" + seen["store_id"].astype(str)
    rows = pd.DataFrame(
        {"date": seen["date"], "store_id": ids, "quantity_sold": seen["quantity_sold"].clip(lower=0)}
    )
    grid = to_weeks(rows, season_start=end, as_of=before or end)
    starts = pd.DatetimeIndex([pd.Timestamp(end) + pd.Timedelta(weeks=int(week)) for week in grid.weeks])
    return WeeklySeries(grid.store_ids, starts, grid.units)
