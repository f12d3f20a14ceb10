"""What the till could not see: missing weeks, closed weeks, sold-out stores, and what it cannot have seen."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.units import Bools, Floats

YEAR = DEFAULTS.season_weeks
AROUND = 4  # weeks on each side that a week is compared with
WILD_LOG = np.log(4.0)  # above its surroundings from which a week may be a slip
WILD_GAP = np.log(3.0)  # above the next wildest week that it must stand
WILD_SHARE = 0.015  # of all weeks that may be slips
CHANCE = 1e-6  # below which a run of weeks without sales is no chance
MIN_RUN = 3
NAMED = 4
SLIP = (
    "Sold beyond belief ({units}), and replaced by what the surroundings suggest; correct the file if it is "
    "a slip: {weeks}."
)
CLOSED = (
    "Nothing sold while the same weeks of other years did; taken as closed and filled in from them: {weeks}."
)
MISSING = (
    "{count} missing weeks, without any row, were filled in from other years or the weeks around; write 0 "
    "where nothing was sold: {weeks}."
)
EXPECTED_UNITS = 10.0  # that a run of weeks without sales must have cost


def repair_history(history: Floats, first_week: date) -> tuple[Floats, list[str]]:
    """A weekly history without what was not demand: gaps (NaN), weeks beyond belief, and zero weeks that the
    same weeks of other years did not have. Each is filled in from other years, else from its neighbours.

    Args:
        history: units, shape (weeks,), NaN where nothing was recorded.
        first_week: first day of the first week, to name weeks by.

    Returns:
        The history without NaN, and what was done in words.
    """
    known = history.copy()
    wild = wild_weeks(known[:, None])[:, 0]
    known[wild] = np.nan
    closed = closed_weeks(known)
    known[closed] = np.nan
    notes = [
        *_told(wild, first_week, SLIP, history),
        *_told(closed, first_week, CLOSED, history),
        *_told(np.isnan(history), first_week, MISSING, history),
    ]
    return fill_gaps(known), notes


def wild_weeks(units: Floats) -> Bools:
    """Which weeks of `units`, (weeks, series), stand so far above their surroundings, and above the next
    wildest, that they can only be a slip or a single order.

    A series in which such weeks are common, as promotions make them, has none.
    """
    wild = np.zeros(units.shape, dtype=bool)
    positive = np.where(units > 0, units, np.nan)
    for column in np.flatnonzero((~np.isnan(positive)).sum(axis=0) >= 2 * AROUND):
        usual = float(np.nanmedian(positive[:, column]))
        if np.nanmax(positive[:, column]) > 4 * usual:
            wild[:, column] = _wild(units[:, column], usual)
    return wild


def _wild(units: Floats, usual: float) -> Bools:
    base = np.fmax(_surroundings(units), 0.0)
    sparse = _surroundings((units > 0).astype(float)) < 1
    base = np.where(sparse | (base <= 0), np.maximum(base, usual), base)
    small = max(usual * 0.05, 1.0)
    height = np.nan_to_num(np.log((units + small) / (base + small)), nan=-np.inf)
    order = np.argsort(-height, kind="stable")
    most = max(1, int(WILD_SHARE * len(units)))
    steps = height[order[:most]] - height[order[1 : most + 1]]
    jumps = np.flatnonzero((steps > WILD_GAP) & (height[order[:most]] > WILD_LOG))
    found = np.zeros(len(units), dtype=bool)
    if len(jumps):
        found[order[: jumps[-1] + 1]] = True
    return found


def _surroundings(units: Floats) -> Floats:
    """The larger of the medians of the weeks around and of the same weeks of other years."""
    padded = np.pad(units, AROUND, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * AROUND + 1)
    near = _median(np.delete(windows, AROUND, axis=1))
    return np.fmax(near, _median(_other_years(units, around=1)))


def _other_years(units: Floats, around: int) -> Floats:
    """The same weeks of other years and those up to `around` weeks away, (weeks, found); NaN is unknown."""
    length, years = len(units), len(units) // YEAR + 1
    lags = [lag for year in range(1, years + 1) for lag in (year * YEAR, -year * YEAR)]
    places = np.arange(length)[:, None] + np.array(
        [lag + move for lag in lags for move in range(-around, around + 1)]
    )
    inside = (places >= 0) & (places < length)
    return np.where(inside, units[np.clip(places, 0, length - 1)], np.nan)


def _median(values: Floats) -> Floats:
    known = ~np.isnan(values).all(axis=1)
    found = np.full(len(values), np.nan)
    found[known] = np.nanmedian(values[known], axis=1)
    return found


def closed_weeks(history: Floats) -> Bools:
    """Runs of weeks without sales that neither chance nor another year explains; not the one at the end."""
    closed = np.zeros(len(history), dtype=bool)
    last_sale = np.flatnonzero(history > 0)[-1] if (history > 0).any() else -1
    others = _median(_other_years(history, around=1))
    for first, last in improbable_runs(history):
        expected = others[first : last + 1]
        if last < last_sale and np.nansum(expected) >= EXPECTED_UNITS and (np.nan_to_num(expected) > 0).all():
            closed[first : last + 1] = True
    return closed


def improbable_runs(units: Floats) -> list[tuple[int, int]]:
    """First and last week of runs without sales (0 or NaN) that are too long for chance, were weeks drawn by
    themselves; NaN weeks at the ends count."""
    sold = units > 0
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (~sold).astype(int), [0]])))
    runs = list(zip(edges[::2], edges[1::2] - 1, strict=True))
    found: list[tuple[int, int]] = []
    for first, last in sorted(runs, key=lambda run: run[0] - run[1]):
        length = last - first + 1
        rest = len(units) - length - sum(end - start + 1 for start, end in found)
        silent = 1 - (int(sold.sum()) + 1) / (rest + 2) if rest > 0 else 1.0
        if length < MIN_RUN or silent**length >= CHANCE:
            break
        found.append((int(first), int(last)))
    return sorted(found)


def fill_gaps(history: Floats) -> Floats:
    """NaN weeks from the same weeks of other years, brought to the level around the gap; from the weeks
    around where no other year is known. A history of NaN alone is one of zeros."""
    missing = np.isnan(history)
    if missing.all() or not missing.any():
        return np.nan_to_num(history)
    places = np.arange(len(history))
    straight = np.interp(places, places[~missing], history[~missing])
    level = _level(straight)
    ratios = _other_years(np.where(missing, np.nan, history / np.maximum(level, 1e-9)), around=0)
    seen = _median(_other_years(np.where(missing, np.nan, history), around=0))
    season = _median(ratios)
    usual = np.where(np.isnan(season), straight, level * np.nan_to_num(season))
    return np.where(missing, np.where(np.isnan(seen), straight, usual), history)


def _level(straight: Floats) -> Floats:
    """A year's moving mean, held at both ends; the mean of all where less than a year is known."""
    year = min(YEAR, len(straight))
    sums = np.concatenate([[0.0], np.cumsum(straight)])
    means = (sums[year:] - sums[:-year]) / year
    return np.asarray(means[np.clip(np.arange(len(straight)) - year // 2, 0, len(means) - 1)])


def _told(chosen: Bools, first_week: date, words: str, history: Floats) -> list[str]:
    index = np.flatnonzero(chosen)
    if not len(index):
        return []
    runs = np.split(index, np.flatnonzero(np.diff(index) > 1) + 1)
    more = f" and {len(runs) - NAMED} more" if len(runs) > NAMED else ""
    weeks = ", ".join(_named(run, first_week) for run in runs[:NAMED]) + more
    units = ", ".join(f"{history[week]:,.0f} units" for week in index[:NAMED])
    return [words.format(weeks=weeks, count=len(index), units=units)]


def _named(run: np.ndarray, first_week: date) -> str:
    first, last = (first_week + timedelta(weeks=int(week)) for week in (run[0], run[-1]))
    return f"{first}" if len(run) == 1 else f"{first} to {last}"


def uncensor(sales: pd.DataFrame) -> tuple[pd.DataFrame, str | None]:
    """Raise sold-out rows to the demand that their store's usual share of the others' sales suggests.

    Args:
        sales: date, store_id, quantity_sold and `stockout` (true) or `on_hand` (zero) where known.

    Returns:
        The same rows, none lower than before, and what was done in words.
    """
    if "stockout" in sales.columns and sales["stockout"].notna().any():
        out = sales["stockout"].eq(other=True)
    elif "on_hand" in sales.columns and sales["on_hand"].notna().any():
        out = sales["on_hand"].le(0)
    else:
        return sales, "Neither on_hand nor stockout is given: sales are taken as demand, even where sold out."
    if not out.any() or out.all():
        return sales, None
    clear = sales[~out]
    usual = clear.groupby("store_id", observed=True)["quantity_sold"].mean()
    weight = sales["store_id"].map(usual).astype(float).fillna(0.0)
    sums = pd.DataFrame({"date": clear["date"], "units": clear["quantity_sold"], "usual": weight[~out]})
    day = sums.groupby("date")[["units", "usual"]].sum()
    rate = (day["units"] / day["usual"].replace(0, np.nan)).reindex(sales["date"]).fillna(1.0).to_numpy()
    demand = np.where(out, np.maximum(sales["quantity_sold"], weight * rate), sales["quantity_sold"])
    share = float(demand.sum() / max(sales["quantity_sold"].sum(), 1)) - 1
    note = f"{int(out.sum())} sold-out rows were raised to likely demand (+{share:.1%} in all)."
    return sales.assign(quantity_sold=demand), note
