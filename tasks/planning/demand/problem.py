"""One category's forecasting problem: its weekly history, the gap, the season, and what its like can tell."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from schemas.errors import InvalidInputError
from tasks.planning.demand.alignment import align
from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.demand.repair import repair_history, uncensor
from tasks.planning.demand.shares import StoreShares, trading
from tasks.planning.units import Floats
from tasks.planning.weeks import WeeklyPanel, to_weeks

MIN_SHOWN = 4  # weeks of a history in which a category must have sold to be of its age
REQUIRED = ("date", "store_id", "quantity_sold")


@dataclass(frozen=True)
class ForecastProblem:
    """What every forecaster is given.

    Attributes:
        panel: weekly units, shape (1 + others, history weeks); row 0 is the category itself, the rest are the
            categories whose errors are pooled with its own.
        season_start: first day of the season; the history's last week ends `gap` weeks before it.
        weeks: the season's weeks.
        origins: history lengths from which the season is backtested; `gap + weeks` known weeks follow each.
        stores: expected share of each store and how sure it is.
        warnings: what a planner must know about the data.
        spread_floor: least log spread of the season total for orders and shown intervals: a few years of one
            retailer have seen too few seasons.
        least_spread: least log spread that the season total has for all who read it, where nothing like this
            season could be backtested.
    """

    panel: Floats
    season_start: date
    weeks: int
    gap: int
    origins: tuple[int, ...]
    stores: StoreShares
    country: str
    seed: int
    warnings: tuple[str, ...]
    spread_floor: float = 0.0
    least_spread: float = 0.0

    @property
    def history(self) -> Floats:
        """The category's weekly units, shape (history weeks,)."""
        return np.asarray(self.panel[0])

    @property
    def horizon(self) -> int:
        """Weeks from the end of the history to the end of the season."""
        return self.gap + self.weeks

    def aligned(self, origin: int) -> Floats:
        """The panel's first `origin` weeks, moving holidays put where the weeks ahead have them."""
        return align(self.panel[:, :origin], self.week_start(0), self.horizon, self.country)

    def week_start(self, index: int) -> date:
        """First day of the week at `index` of the history; past its end it goes on into gap and season."""
        first = -self.gap - self.panel.shape[1]
        return self.season_start + timedelta(weeks=first + index)

    def week_starts(self, first: int, last: int) -> pd.DatetimeIndex:
        """First days of the weeks `first` … `last − 1`."""
        return pd.date_range(self.week_start(first), periods=last - first, freq="7D")


def prepare(
    sales: pd.DataFrame,
    *,
    season_start: date,
    weeks: int,
    as_of: date | None = None,
    country: str = "US",
    seed: int = 0,
    context: pd.DataFrame | None = None,
) -> ForecastProblem:
    """Turn one category's sales into a problem.

    Args:
        sales: date, store_id, quantity_sold and, where known, on_hand or stockout; daily or weekly.
        as_of: nothing on or after this day is seen; by default the season's first day.
        context: the other categories' totals (date, category, quantity_sold), whose errors are pooled.

    Raises:
        InvalidInputError: a column is missing, or too little history is left.
    """
    _refuse_missing_columns(sales)
    limit = min(as_of or season_start, season_start)
    seen = _seen_before(sales, limit)
    others = None if context is None else _seen_before(context, limit)
    last_seen = None if others is None or others.empty else others["date"].max()
    whole, notes = clean(seen)
    grid = to_weeks(whole, season_start=season_start, as_of=limit, last_seen=last_seen)
    _refuse_short_history(len(grid.weeks), limit)
    sold = trading(grid, season_start=season_start, weeks=weeks)
    first_week = season_start + timedelta(weeks=int(grid.weeks[0]))
    history, repairs = repair_history(_with_zeros(sold.totals, grid, others, season_start, limit), first_week)
    gap = -1 - int(grid.weeks[-1])
    return ForecastProblem(
        panel=np.vstack([history[None, :], _pool(others, grid, season_start, limit)]),
        season_start=season_start,
        weeks=weeks,
        gap=gap,
        origins=choose_origins(len(history), gap, gap + weeks),
        stores=sold.stores,
        country=country,
        seed=seed,
        warnings=(*notes, *grid.warnings, *sold.notes, *repairs, *_history_warnings(history, gap)),
    )


def choose_origins(length: int, gap: int, horizon: int) -> tuple[int, ...]:
    """History lengths to forecast from in the backtest, ascending; none where history is short."""
    latest, year = length - horizon, DEFAULTS.season_weeks
    if latest < year <= length - gap - DEFAULTS.partial_weeks:
        latest, shortest = length - gap - DEFAULTS.partial_weeks, year
    else:
        shortest = year if latest >= year else max(2 * DEFAULTS.min_history, min(year, length // 2))
    spread = (latest - shortest) // (DEFAULTS.max_origins - 1)
    step = max(1, min(DEFAULTS.origin_step, spread))
    return tuple(sorted(range(latest, shortest - 1, -step)[: DEFAULTS.max_origins]))


def _refuse_missing_columns(sales: pd.DataFrame) -> None:
    missing = [name for name in REQUIRED if name not in sales.columns]
    if missing:
        raise InvalidInputError(f"The sales history has no column {', '.join(missing)}; add it.")


def _refuse_short_history(length: int, limit: date) -> None:
    if length < DEFAULTS.min_history:
        raise InvalidInputError(
            f"Only {length} whole weeks of sales lie before {limit}; a forecast needs at least "
            f"{DEFAULTS.min_history}. Upload more history or plan a later season."
        )


def _seen_before(frame: pd.DataFrame, limit: date) -> pd.DataFrame:
    dates = pd.to_datetime(frame["date"])
    return frame.assign(date=dates)[dates < pd.Timestamp(limit)]


def clean(sales: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Sales without returns and without sold-out shelves, and what was done in words."""
    notes = []
    if (sales["quantity_sold"] < 0).any():
        notes.append("Negative sales (returns) were taken as zero.")
        sales = sales.assign(quantity_sold=sales["quantity_sold"].clip(lower=0))
    repaired, note = uncensor(sales)
    return repaired, notes + ([note] if note else [])


def _with_zeros(
    totals: Floats, grid: WeeklyPanel, others: pd.DataFrame | None, season_start: date, limit: date
) -> Floats:
    """A week without a row is one without sales where other categories have rows; else it stays unknown."""
    if others is None or others.empty:
        return totals
    named = others.assign(store_id="others")[["date", "store_id", "quantity_sold"]]
    table = to_weeks(named, season_start=season_start, as_of=limit)
    recorded = np.isin(grid.weeks, table.weeks[~np.isnan(table.units).all(axis=1)])
    return np.where(np.isnan(totals) & recorded, 0.0, totals)


def _pool(others: pd.DataFrame | None, grid: WeeklyPanel, season_start: date, limit: date) -> Floats:
    """Totals of the other categories that sold over the whole of this one's history."""
    length = len(grid.weeks)
    if others is None or others.empty or "category" not in others.columns:
        return np.zeros((0, length))
    by_category = others.rename(columns={"category": "store_id"})[["date", "store_id", "quantity_sold"]]
    table = to_weeks(by_category, season_start=season_start, as_of=limit)
    position = {int(week): row for row, week in enumerate(table.weeks)}
    if int(grid.weeks[0]) not in position or int(grid.weeks[-1]) not in position:
        return np.zeros((0, length))
    block = table.units[position[int(grid.weeks[0])] : position[int(grid.weeks[-1])] + 1]
    recorded = ~np.isnan(block).all(axis=1, keepdims=True)
    block = np.clip(np.where(np.isnan(block) & recorded, 0.0, block), 0, None)
    sold = (np.nan_to_num(table.units[: position[int(grid.weeks[0])] + MIN_SHOWN]) > 0).any(axis=0)
    alive = sold & (np.nansum(block, axis=0) > 0)
    first_week = season_start + timedelta(weeks=int(grid.weeks[0]))
    rows = [
        repair_history(block[:, column], first_week)[0]
        for column in np.flatnonzero(alive)[: DEFAULTS.max_pool]
    ]
    return np.array(rows).reshape(-1, length)


def _history_warnings(history: Floats, gap: int) -> list[str]:
    notes, year = [], DEFAULTS.season_weeks
    if not history.any():
        notes.append("Nothing was ever sold in the history, so the forecast is zero.")
        return notes
    if len(history) < year:
        notes.append(
            f"Only {len(history)} weeks of history, less than one season: no yearly pattern can be seen, and "
            "the forecast follows the recent level."
        )
    elif len(history) < 2 * year:
        notes.append(
            f"Only {len(history)} weeks of history, less than two seasons: the yearly pattern was seen "
            "once, so weights lean on the sturdier forecasters."
        )
    if len(history) > 8 and not history[-8:].any():
        notes.append("Nothing was sold in the last 8 weeks: the category may have ended.")
    if gap > 0:
        notes.append(f"{gap} week{'s' if gap > 1 else ''} lie between the end of the history and the season.")
    return notes
