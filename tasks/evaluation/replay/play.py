"""A season played week by week and store by store: ship, price, sell what is there, count what was missed.

A planner sees what has sold, never what will: it is handed a `View` and nothing else of the season.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from schemas.errors import InvalidInputError
from tasks.evaluation.replay.past_season import PastSeason
from tasks.planning.in_season.stock import SeasonStock
from tasks.planning.units import Floats, Ints


@dataclass(frozen=True)
class Order:
    """What is made, and what each store gets first; the rest stays at the distribution centre."""

    quantity: int
    first_shipment: Ints


@dataclass(frozen=True)
class View:
    """What is known at the start of a week.

    Attributes:
        week: the week that starts, 1-based.
        stock: where the units are, and what was sold in the weeks before.
    """

    week: int
    stock: SeasonStock


class ReplayPlanner(Protocol):
    """Who takes the decisions."""

    def order(self) -> Order:
        """How much is made, and the first shipment."""

    def ship(self, view: View) -> Ints:
        """Units to each store at the start of a delivery week after the first."""

    def depth(self, view: View) -> float:
        """The markdown of the week that starts."""


@dataclass(frozen=True)
class Ledger:
    """All that was decided and happened; the money follows from it alone.

    Attributes:
        shipped, faced, sold: units by week and store, shape (weeks, stores); week 1 ships the first shipment.
        depths: the markdown of each week, shape (weeks,).
        centre_left: units that never left the distribution centre.
    """

    season: PastSeason
    made: int
    shipped: Ints
    faced: Ints
    sold: Ints
    depths: Floats
    centre_left: int

    @property
    def in_stores(self) -> int:
        """Units left in stores at the end."""
        return int(self.shipped.sum() - self.sold.sum())


def play(season: PastSeason, planner: ReplayPlanner) -> Ledger:
    """Play a season with a planner.

    Raises:
        InvalidInputError: the planner ships more than there is, or undoes a markdown.
    """
    order = planner.order()
    weeks, stores = season.demand.shape
    shipped, faced, sold = (np.zeros((weeks, stores), dtype=np.int64) for _ in range(3))
    depths = np.zeros(weeks)
    for week in range(1, weeks + 1):
        row, past = week - 1, slice(0, week - 1)
        stock = SeasonStock(season.store_ids, order.quantity, shipped[past].copy(), sold[past].copy())
        view = View(week, stock)
        if week == 1:
            shipped[row] = order.first_shipment
        elif season.calendar.delivers(week):
            shipped[row] = planner.ship(view)
        depths[row] = planner.depth(view)
        _check(shipped[row], stock.at_centre, depths[: row + 1], week)
        faced[row] = season.faced(week, float(depths[row]))
        sold[row] = np.minimum(stock.on_hand + shipped[row], faced[row])
    centre = order.quantity - int(shipped.sum())
    return Ledger(season, order.quantity, shipped, faced, sold, depths, centre)


def _check(shipment: Ints, centre: int, depths: Floats, week: int) -> None:
    if (shipment < 0).any() or int(shipment.sum()) > centre:
        raise InvalidInputError(
            f"Week {week} ships {int(shipment.sum()):,} units of {centre:,} at the centre; a plan must not."
        )
    if not 0 <= depths[-1] < 1 or (np.diff(depths) < -1e-9).any():
        raise InvalidInputError(
            f"Week {week} undoes a markdown or prices at {depths[-1]:.0%}; a plan must not."
        )
