"""What the distribution centre sends in a week, and what stores had better pass on: the rule of the first
shipment over the weeks left."""

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from schemas.economics import Economics
from tasks.planning.order.split import NO_STORE_LIMITS, StoreLimits, centre_value, pack_bounds, value_terms
from tasks.planning.order.value import UnitValues, demand_samples, most_valuable, unit_values
from tasks.planning.paths import DemandPaths
from tasks.planning.units import Ints


class ReplenishmentDecision(BaseModel):
    """One week's shipments; `sum(shipments) + centre_left` is what the centre had."""

    model_config = ConfigDict(frozen=True)

    shipments: dict[str, int]
    shipped: int
    centre_left: int
    unit_worth_at_centre: float
    reasoning: str


class Transfer(BaseModel):
    """Units that are worth more elsewhere."""

    model_config = ConfigDict(frozen=True)

    from_store: str
    to_store: str
    units: int


def replenish_week(
    remaining: DemandPaths,
    *,
    on_hand: Ints,
    centre_stock: int,
    economics: Economics,
    next_delivery: int | None,
    limits: StoreLimits = NO_STORE_LIMITS,
) -> ReplenishmentDecision:
    """Ship what is worth more in a store than at the centre.

    Args:
        remaining: demand of the weeks left; its week 1 is the one that starts now.
        on_hand: units in each store, shape (stores,).
        centre_stock: units at the distribution centre.
        next_delivery: the remaining week at whose start the centre ships again; None where this is the last.
    """
    last = remaining.weeks
    is_last = next_delivery is None or next_delivery > last
    stock = centre_stock + int(on_hand.sum())
    kept = 0.0 if is_last else centre_value(remaining, economics, 1, last, stock)
    terms = value_terms(
        remaining, economics, 1, last, next_delivery=next_delivery, total_stock=stock, on_hand=on_hand
    )
    size = limits.pack_size
    usable = centre_stock // size * size
    _, upper = pack_bounds(remaining.store_ids, 0, on_hand, StoreLimits(0, limits.capacity, size))
    packs = most_valuable(
        unit_values(*terms, pack_size=size),
        usable // size,
        weights=np.asarray(remaining.recipe.store_shares),
        lower=np.zeros(len(on_hand), dtype=np.int64),
        upper=upper,
        least=kept * size,
    )
    units = packs * size
    shipped = int(units.sum())
    named = {store: int(count) for store, count in zip(remaining.store_ids, units, strict=True) if count}
    return ReplenishmentDecision(
        shipments=named,
        shipped=shipped,
        centre_left=centre_stock - shipped,
        unit_worth_at_centre=round(kept + economics.salvage_value, 4),
        reasoning=_reason(shipped, centre_stock, len(named), is_last),
    )


def recommend_transfers(
    remaining: DemandPaths, *, on_hand: Ints, economics: Economics, cost_per_unit: float
) -> tuple[Transfer, ...]:
    """Units to move between stores: those that are worth more elsewhere by more than the move costs."""
    values = unit_values(
        (economics.price - economics.salvage_value, demand_samples(remaining, 1, remaining.weeks))
    )
    low, high = 0.0, economics.price
    for _ in range(50):
        middle = (low + high) / 2
        wanted, spare = _gaps(values, on_hand, middle, cost_per_unit)
        if int(wanted.sum()) > int(spare.sum()):
            low = middle
        else:
            high = middle
    wanted, spare = _gaps(values, on_hand, high, cost_per_unit)
    return _matched(remaining.store_ids, wanted, spare)


def _gaps(values: UnitValues, on_hand: Ints, level: float, cost: float) -> tuple[Ints, Ints]:
    """Units that stores want at `level + cost`, and that they can spare at `level`."""
    wanted = np.maximum(values.count_at(level + cost + 1e-12) - on_hand, 0)
    spare = np.maximum(on_hand - values.count_at(max(level, 1e-12)), 0)
    return wanted, spare


def _matched(store_ids: Sequence[str], wanted: Ints, spare: Ints) -> tuple[Transfer, ...]:
    """The largest giver to the largest taker until one side is served."""
    names = list(store_ids)
    wanted, spare = wanted.copy(), spare.copy()
    moves = []
    while wanted.sum() > 0 and spare.sum() > 0:
        giver, taker = int(np.argmax(spare)), int(np.argmax(wanted))
        units = int(min(spare[giver], wanted[taker]))
        moves.append(Transfer(from_store=names[giver], to_store=names[taker], units=units))
        spare[giver] -= units
        wanted[taker] -= units
    return tuple(moves)


def _reason(shipped: int, centre_stock: int, stores: int, is_last: bool) -> str:
    if not centre_stock:
        return "The distribution centre is empty."
    text = f"{shipped:,} of {centre_stock:,} units go to {stores} store(s)"
    if is_last:
        return f"{text}; this is the last delivery, and what stays would sell nowhere."
    return f"{text}; the rest is worth more at the centre, where it can still go to any store."
