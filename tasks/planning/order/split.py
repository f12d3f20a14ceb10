"""Units to stores: each next one where it is worth most, or by the simple historical mix."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from schemas.economics import Economics
from schemas.errors import InvalidInputError
from tasks.planning.order.defaults import DEFAULTS
from tasks.planning.order.value import NO_LIMIT, UnitValues, demand_samples, most_valuable, unit_values
from tasks.planning.paths import DemandPaths
from tasks.planning.units import Floats, Ints, largest_remainder


@dataclass(frozen=True)
class StoreLimits:
    """What each store must and may hold, in units; a missing store has no such limit."""

    display_minimum: Mapping[str, int] | int = 0
    capacity: Mapping[str, int] | int | None = None
    pack_size: int = 1


NO_STORE_LIMITS = StoreLimits()


class StoreUnits(BaseModel):
    """One store's units, what its last one was worth, and why it got that many."""

    model_config = ConfigDict(frozen=True)

    store_id: str
    units: int
    last_unit_worth: float
    sales_share: float
    reason: str


class StoreSplit(BaseModel):
    """Units to stores; they sum to `units`."""

    model_config = ConfigDict(frozen=True)

    units: int
    stores: tuple[StoreUnits, ...]

    @property
    def by_store(self) -> dict[str, int]:
        """Store id → units."""
        return {store.store_id: store.units for store in self.stores}


def allocate_to_stores(
    paths: DemandPaths,
    units: int,
    *,
    first_week: int,
    last_week: int,
    economics: Economics,
    next_delivery: int | None = None,
    total_stock: int | None = None,
    on_hand: Ints | None = None,
    limits: StoreLimits = NO_STORE_LIMITS,
) -> StoreSplit:
    """Give each next unit to the store where it is worth most.

    A unit that sells before the next delivery saves a sale that is otherwise lost; one that sells later saves
    the distribution centre a unit, which is worth what a unit is worth there.

    Args:
        units: how many are given, all of them.
        first_week, last_week: the weeks over which they may sell, 1-based, inclusive.
        next_delivery: the week at whose start more can arrive; None where nothing more comes.
        total_stock: units of the whole chain over the window, by which a unit at the centre is valued.
        on_hand: what stores already hold, shape (stores,).

    Raises:
        InvalidInputError: display minima, capacities or packs cannot be met with these units.
    """
    held = np.zeros(len(paths.store_ids), dtype=np.int64) if on_hand is None else on_hand
    stock = units + int(held.sum()) if total_stock is None else total_stock
    terms = value_terms(
        paths, economics, first_week, last_week, next_delivery=next_delivery, total_stock=stock, on_hand=held
    )
    lower, upper = pack_bounds(paths.store_ids, units, held, limits)
    values = unit_values(*terms, pack_size=limits.pack_size)
    shares = np.asarray(paths.recipe.store_shares)
    given = most_valuable(
        values, units // limits.pack_size, weights=shares, lower=lower, upper=upper, least=-1.0
    )
    return _told(paths, given, values, limits.pack_size, economics, lower, upper)


def value_terms(
    paths: DemandPaths,
    economics: Economics,
    first_week: int,
    last_week: int,
    *,
    next_delivery: int | None,
    total_stock: int,
    on_hand: Ints,
) -> tuple[tuple[float, Floats], ...]:
    """What a unit earns above salvage in the weeks before the next delivery, and after it."""
    at_stake = economics.price - economics.salvage_value
    whole = np.maximum(demand_samples(paths, first_week, last_week) - on_hand, 0)
    if next_delivery is None or next_delivery > last_week:
        return ((at_stake, whole),)
    scarcity = centre_value(paths, economics, first_week, last_week, total_stock)
    soon = np.maximum(demand_samples(paths, first_week, next_delivery - 1) - on_hand, 0)
    return (at_stake - scarcity, soon), (scarcity, whole)


def centre_value(
    paths: DemandPaths, economics: Economics, first_week: int, last_week: int, total_stock: int
) -> float:
    """What one more unit at the distribution centre is worth above salvage: how often stock will be short."""
    demand = paths.weekly[:, first_week - 1 : last_week].sum(axis=1)
    short = float((demand > total_stock).mean())
    return (economics.price - economics.salvage_value) * short * DEFAULTS.waiting_worth


def pack_bounds(
    store_ids: Sequence[str], units: int, on_hand: Ints, limits: StoreLimits
) -> tuple[Ints, Ints]:
    """Fewest and most packs of each store.

    Raises:
        InvalidInputError: they cannot be met; the message says by how much.
    """
    size = limits.pack_size
    if size < 1 or units % size:
        raise InvalidInputError(
            f"{units} units are not whole packs of {size}; change the quantity or the pack."
        )
    least = _per_store(limits.display_minimum, store_ids, 0)
    most = _per_store(limits.capacity, store_ids, NO_LIMIT)
    lower = -(-np.maximum(least - on_hand, 0) // size)
    upper = np.maximum(most - on_hand, 0) // size
    for index in map(int, np.flatnonzero(lower > upper)):
        raise InvalidInputError(
            f"Store {store_ids[index]} must show {least[index]} units but holds at most {most[index]} (packs "
            f"of {size}); lower its display minimum or raise its capacity."
        )
    if int(lower.sum()) * size > units:
        raise InvalidInputError(
            f"Display minima need {int(lower.sum()) * size:,} units and only {units:,} are there; make more, "
            "hold back less, or lower the minima."
        )
    room = min(int(np.minimum(upper, NO_LIMIT // len(upper)).sum()) * size, NO_LIMIT)
    if room < units:
        raise InvalidInputError(
            f"The stores can hold {room:,} more units and {units:,} are to be shipped; hold back more or "
            "raise capacities."
        )
    return lower.astype(np.int64), upper.astype(np.int64)


def historical_mix(
    sales_shares: Floats,
    attributes: pd.DataFrame | None,
    units: int,
    *,
    sales_weight: float = DEFAULTS.sales_weight,
) -> Ints:
    """The simple rule: 70 % by sales share, 30 % by store attributes (each scaled to its mean, then
    averaged).

    Args:
        sales_shares: shape (stores,).
        attributes: one numeric row a store in the same order; None or empty leaves sales alone.
    """
    weights = sales_shares
    if attributes is not None and len(attributes.columns):
        table = attributes.apply(pd.to_numeric, errors="coerce").astype(float)
        table = table.fillna(table.median()).dropna(axis=1).clip(lower=0)
        table = table.loc[:, table.sum() > 0]
        if len(table.columns):
            score = (table / table.sum()).mean(axis=1).to_numpy()
            weights = sales_weight * sales_shares + (1 - sales_weight) * score
    return largest_remainder(weights, units)


def _per_store(limit: Mapping[str, int] | int | None, store_ids: Sequence[str], missing: int) -> Ints:
    if isinstance(limit, Mapping):
        return np.array([limit.get(store, missing) for store in store_ids], dtype=np.int64)
    return np.full(len(store_ids), missing if limit is None else limit, dtype=np.int64)


def _told(
    paths: DemandPaths,
    packs: Ints,
    values: UnitValues,
    size: int,
    economics: Economics,
    lower: Ints,
    upper: Ints,
) -> StoreSplit:
    worth = values.worth_of(packs) / size + economics.salvage_value
    shares = np.asarray(paths.recipe.store_shares)
    total = int(packs.sum())
    rows = []
    for index, store in enumerate(paths.store_ids):
        count = int(packs[index])
        reason = _why(
            count / total if total else 0.0, float(shares[index]), count, lower[index], upper[index]
        )
        last = round(float(worth[index]), 4) if count else 0.0
        rows.append(
            StoreUnits(
                store_id=store,
                units=count * size,
                last_unit_worth=last,
                sales_share=round(float(shares[index]), 6),
                reason=f"{reason} Its last unit is worth {last:,.2f}." if count else reason,
            )
        )
    return StoreSplit(units=total * size, stores=tuple(rows))


def _why(got: float, share: float, packs: int, lower: int, upper: int) -> str:
    if packs and packs == lower:
        return "Gets its display minimum."
    if packs == upper:
        return "Is filled to its capacity."
    relative = got / share - 1 if share else 0.0
    if abs(relative) < DEFAULTS.notable_deviation:
        return f"Gets {got:.2%} of the units, its share of sales."
    if relative > 0:
        return (
            f"Gets {got:.2%} of the units for {share:.2%} of sales: its demand is less sure, and a missed "
            "sale costs more than a unit left over."
        )
    return (
        f"Gets {got:.2%} of the units for {share:.2%} of sales: more of them would be likelier to stay there "
        "than elsewhere."
    )
