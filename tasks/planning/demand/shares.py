"""How a category's demand falls on its stores, and how sure that is: a store counts in the weeks that it
traded."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd

from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.demand.repair import EXPECTED_UNITS, improbable_runs, wild_weeks
from tasks.planning.units import Bools, Floats
from tasks.planning.weeks import WeeklyPanel

MAX_CONCENTRATION = 20_000.0
MIN_CONCENTRATION = 20.0
UNKNOWN_CONCENTRATION = 200.0
CLOSED_WEEKS = 8  # without a sale, at the history's end, after which a store is taken as closed
SWEEPS = 30
NAMED = 5
NEIGHBOURS = 5


@dataclass(frozen=True)
class StoreShares:
    """Expected share of each store, summing to 1, and the Dirichlet concentration of a season's shares."""

    store_ids: tuple[str, ...]
    shares: Floats
    concentration: float


@dataclass(frozen=True)
class Trading:
    """A category's weeks as the stores that trade today would have sold them.

    Attributes:
        totals: units of all of them, shape (weeks,); NaN where none has a row.
        stores: their shares; a closed store has none.
        notes: stores that came, went or paused, in words.
    """

    totals: Floats
    stores: StoreShares
    notes: tuple[str, ...] = field(default=())


def trading(grid: WeeklyPanel, *, season_start: date, weeks: int) -> Trading:
    """Tell when each store traded, and put the history on the stores that are open at its end.

    In weeks that a store did not trade it counts with its usual share of what the others sold.

    Args:
        season_start: the day that the grid's weeks count from.
        weeks: the season's, over which shares stray.
    """
    units = np.clip(grid.units, 0, None)
    slips = wild_weeks(units) if units.shape[1] > 1 else np.zeros(units.shape, dtype=bool)
    traded, closed = _traded(np.where(slips, np.nan, units))
    traded &= ~slips
    sold = np.where(traded, np.nan_to_num(units), 0.0)
    totals, _ = _levels(sold, traded, ~closed)
    empty = np.isnan(grid.units).all(axis=1)
    recent = slice(-DEFAULTS.share_weeks, None)
    _, shares = _levels(sold[recent], traded[recent], ~closed)
    return Trading(
        np.where(empty, np.nan, totals),
        StoreShares(grid.store_ids, shares, _concentration(sold, traded, ~closed, weeks)),
        tuple(_notes(grid, season_start, traded, closed, slips)),
    )


@dataclass(frozen=True)
class NewStores:
    """What stores that never sold anything change.

    Attributes:
        stores: the shares with theirs.
        growth: the category's demand with them ÷ without.
        notes: which they are, in words.
    """

    stores: StoreShares
    growth: float = 1.0
    notes: tuple[str, ...] = ()


def with_new_stores(known: StoreShares, stores: pd.DataFrame | None) -> NewStores:
    """Add stores that never sold anything: each sells what its nearest neighbours by attributes do, the
    nearer the more, and that on top of what the others sell.

    Args:
        stores: `store_id`, `is_new` and numeric attributes; None where nothing is known of stores.
    """
    if stores is None or not stores["is_new"].any():
        return NewStores(known)
    table = stores.set_index(stores["store_id"].astype(str)).drop(columns="store_id")
    new = [name for name in table.index[table["is_new"].astype(bool)] if name not in known.store_ids]
    if not new:
        return NewStores(known)
    old = [name for name, share in zip(known.store_ids, known.shares, strict=True) if share > 0]
    told = table.drop(columns="is_new").astype(float).reindex([*old, *new]).dropna(axis=1)
    told = told.loc[:, told.std() > 0]
    if not len(told.columns):
        note = f"No sales and no attributes to tell a share from, so planned with 0 units: {_listed(new)}."
        return NewStores(known, notes=(note,))
    values = ((told - told.mean()) / told.std()).to_numpy()
    given = _like(values[: len(old)], known.shares[known.shares > 0], values[len(old) :])
    joined = np.concatenate([known.shares, given])
    growth = float(joined.sum())
    note = (
        "New, without any sales, and given what like stores by their attributes sell, which raises the total "
        f"by {growth - 1:.1%}: {_listed(new)}."
    )
    shares = StoreShares((*known.store_ids, *new), joined / growth, known.concentration)
    return NewStores(shares, growth, (note,))


def _like(old: Floats, shares: Floats, new: Floats) -> Floats:
    """Mean share of the nearest `old` stores, (stores, features), of each `new` one, weighted by nearness."""
    distance = np.linalg.norm(new[:, None] - old[None], axis=2)
    nearest = np.argsort(distance, axis=1, kind="stable")[:, :NEIGHBOURS]
    weights = 1 / (np.take_along_axis(distance, nearest, axis=1) + 0.1)
    return np.asarray((shares[nearest] * weights).sum(axis=1) / weights.sum(axis=1))


def _traded(units: Floats) -> tuple[Bools, Bools]:
    """In which weeks each store traded, (weeks, stores), and which stores are closed at the end, (stores,).

    A store did not where it has no sales for longer than chance explains while the others' sales say that it
    should have had some.
    """
    traded = np.ones(units.shape, dtype=bool)
    closed = np.zeros(units.shape[1], dtype=bool)
    if units.shape[1] == 1:
        return traded, closed
    sold = np.nan_to_num(units)
    total, sums = sold.sum(axis=1), sold.sum(axis=0)
    for store in np.flatnonzero(sums > 0):
        active = sold[:, store] > 0
        rate = sums[store] / max(float((total - sold[:, store])[_span(active)].sum()), 1e-9)
        for first, last in improbable_runs(units[:, store]):
            expected = rate * float((total - sold[:, store])[first : last + 1].sum())
            at_end = last == len(units) - 1
            if expected < EXPECTED_UNITS:
                continue
            traded[first : last + 1, store] = False
            closed[store] |= at_end and last - first + 1 >= CLOSED_WEEKS
    return traded, closed


def _span(active: Bools) -> slice:
    index = np.flatnonzero(active)
    return slice(int(index[0]), int(index[-1]) + 1)


def _levels(sold: Floats, traded: Bools, is_open: Bools) -> tuple[Floats, Floats]:
    """Weekly units of the open stores, (weeks,), and each one's share of them, (stores,), as sales in the
    weeks that were traded say: units = week's level × store's share, the margins fitted in turn."""
    shares = _shares(sold, np.ones(len(is_open), dtype=bool))
    totals = sold.sum(axis=1)
    if traded.all():
        return totals, shares
    for _ in range(SWEEPS):
        there = (traded * shares).sum(axis=1)
        totals = np.divide(sold.sum(axis=1), there, out=np.full(len(sold), np.nan), where=there > 1e-9)
        known = (traded * np.nan_to_num(totals)[:, None]).sum(axis=0)
        shares = np.divide(sold.sum(axis=0), known, out=np.zeros(len(shares)), where=known > 0)
        shares = shares / max(float(shares.sum()), 1e-12)
    left = float(shares[is_open].sum())
    if left <= 0:
        return totals, _shares(sold, is_open)
    return totals * left, np.where(is_open, shares / left, 0.0)


def _shares(units: Floats, is_open: Bools) -> Floats:
    totals = units.sum(axis=0) * is_open
    if totals.sum() <= 0:
        return np.full(units.shape[1], 1 / units.shape[1])
    return np.asarray(totals / totals.sum())


def _concentration(sold: Floats, traded: Bools, is_open: Bools, weeks: int) -> float:
    """Method of moments on 1 − Σq² = (c + 1) · E Σ(p − q)², over windows as long as the season, of the stores
    that are open and traded in both."""
    if sold.shape[1] == 1:
        return MAX_CONCENTRATION
    ratios = []
    for end in range(len(sold) - weeks, weeks - 1, -weeks):
        past, season = slice(max(0, end - DEFAULTS.share_weeks), end), slice(end, end + weeks)
        steady = is_open & traded[past].all(axis=0) & traded[season].all(axis=0)
        before, after = sold[past][:, steady], sold[season][:, steady]
        if before.sum() > 0 and after.sum() > 0:
            q, p = _shares(before, np.ones(steady.sum(), bool)), _shares(after, np.ones(steady.sum(), bool))
            if q.max() < 1:
                ratios.append((1 - (q**2).sum()) / max(float(((p - q) ** 2).sum()), 1e-9))
    if not ratios:
        return UNKNOWN_CONCENTRATION
    return float(np.clip(1 / np.mean(1 / np.array(ratios)) - 1, MIN_CONCENTRATION, MAX_CONCENTRATION))


def _notes(grid: WeeklyPanel, season_start: date, traded: Bools, closed: Bools, slips: Bools) -> list[str]:
    ids = np.array(grid.store_ids)
    week_of = [f"{season_start + timedelta(weeks=int(week))}" for week in grid.weeks]
    notes = []
    if closed.any():
        last = {ids[store]: _span(traded[:, store]).stop - 1 for store in np.flatnonzero(closed)}
        told = [f"{name} (last sale in the week of {week_of[week]})" for name, week in last.items()]
        notes.append(
            f"Taken as closed, and planned with 0 units: {_listed(told)}; say so if a store opens again."
        )
    late = ~traded[0] & ~closed
    if late.any():
        told = [
            f"{ids[store]} (since {week_of[traded[:, store].argmax()]})" for store in np.flatnonzero(late)
        ]
        notes.append(f"Opened within the history, and counted at the rate since then: {_listed(told)}.")
    paused = [
        ids[store]
        for store in np.flatnonzero(~closed)
        if not traded[traded[:, store].argmax() :, store].all() and not slips[:, store].any()
    ]
    if paused:
        notes.append(
            f"Without sales for longer than chance explains, and counted as open: {_listed(paused)}."
        )
    if slips.any():
        told = [f"{ids[store]} in the week of {week_of[week]}" for week, store in np.argwhere(slips)]
        notes.append(f"Sold beyond belief, and left out; correct the file if it is a slip: {_listed(told)}.")
    return notes


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
