"""Where a season's units are: made = sold + in stores + at the distribution centre, to the unit."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tasks.planning.units import Bools, Ints


@dataclass(frozen=True)
class SeasonStock:
    """A season's units after its first weeks.

    Attributes:
        store_ids: the stores, in the order of every (…, stores) array.
        made: units made.
        received: units that arrived before the sales of each week, shape (weeks, stores); the first shipment
            is week 1's.
        sold: units sold in each week, shape (weeks, stores).
    """

    store_ids: Sequence[str]
    made: int
    received: Ints
    sold: Ints

    @property
    def weeks(self) -> int:
        """Weeks that were sold in."""
        return len(self.sold)

    @property
    def on_hand(self) -> Ints:
        """Units in each store now, shape (stores,); negative where more was reported sold than was sent."""
        return np.asarray(self.received.sum(axis=0) - self.sold.sum(axis=0))

    @property
    def at_centre(self) -> int:
        """Units at the distribution centre now."""
        return self.made - int(self.received.sum())

    @property
    def sold_out(self) -> Bools:
        """Store-weeks that ended without stock, shape (weeks, stores): they sold no more than was there."""
        left = np.cumsum(self.received[: self.weeks], axis=0) - np.cumsum(self.sold, axis=0)
        return np.asarray(left <= 0)

    def after(self, weeks: int) -> "SeasonStock":
        """The same units when only the first `weeks` weeks were sold; what was sent is sent."""
        return SeasonStock(self.store_ids, self.made, self.received, self.sold[:weeks])

    @property
    def sell_through(self) -> float:
        """Units sold ÷ made."""
        return float(self.sold.sum()) / self.made if self.made else 1.0


def stock_of(
    store_ids: Sequence[str],
    made: int,
    first_shipment: Mapping[str, int],
    replenishments: Mapping[int, Mapping[str, int]],
    sales: Mapping[tuple[int, str], int],
    weeks: int,
) -> SeasonStock:
    """Put a season's units together.

    Args:
        first_shipment: units by store, before week 1.
        replenishments: by week, units by store, at its start.
        sales: units by (week, store); a store without a row sold none.
        weeks: weeks that were sold in.
    """
    position = {store: index for index, store in enumerate(store_ids)}
    last = max([weeks, 1, *replenishments])
    received = np.zeros((last, len(store_ids)), dtype=np.int64)
    sold = np.zeros((weeks, len(store_ids)), dtype=np.int64)
    for week, units in {1: first_shipment, **replenishments}.items():
        for store, count in units.items():
            received[week - 1, position[store]] += count
    for (week, store), count in sales.items():
        if week <= weeks and store in position:
            sold[week - 1, position[store]] += count
    return SeasonStock(store_ids, made, received, sold)


def complete_weeks(reported: Collection[int]) -> int:
    """The largest n such that each of the weeks 1 … n is among those reported."""
    week = 0
    while week + 1 in reported:
        week += 1
    return week
