"""Perfect foresight: knows every store's demand of every week. No plan can earn more."""

import numpy as np

from schemas.defaults import MARKDOWN_LADDER as LADDER
from schemas.orders import within_limits
from tasks.evaluation.replay.past_season import PastSeason
from tasks.evaluation.replay.play import Order, View
from tasks.planning.units import Floats, Ints


class PerfectForesight:
    """Makes and ships what will be asked for, at the prices that earn most.

    Prices may fall after the checkpoint week as for every planner, and never rise again: the best such path
    over the ladder, week by week, by dynamic programming.
    """

    def __init__(self, season: PastSeason, *, marks_down: bool = True) -> None:
        self.season = season
        self.depths = _best_depths(season) if marks_down else np.zeros(season.calendar.weeks)
        if self._wanted() > within_limits(self._wanted(), season.economics)[0]:
            self.depths = np.zeros_like(self.depths)  # too few to be given away cheaply

    def order(self) -> Order:
        """All of it is shipped at once: it is known where it sells."""
        quantity, _ = within_limits(self._wanted(), self.season.economics)
        return Order(quantity, _first_come(self._faced(), quantity))

    def ship(self, view: View) -> Ints:
        """Nothing is left to ship."""
        return np.zeros(len(view.stock.on_hand), dtype=np.int64)

    def depth(self, view: View) -> float:
        """The best path's depth."""
        return float(self.depths[view.week - 1])

    def _wanted(self) -> int:
        return int(self._faced().sum())

    def _faced(self) -> Ints:
        weeks = range(1, self.season.calendar.weeks + 1)
        return np.array([self.season.faced(week, float(self.depths[week - 1])) for week in weeks])


def _best_depths(season: PastSeason) -> Floats:
    weeks, money = season.calendar.weeks, season.economics
    after = weeks if season.calendar.checkpoint is None else season.calendar.checkpoint.week
    best = np.zeros(len(LADDER))
    choice = np.zeros((weeks, len(LADDER)), dtype=np.int64)
    for week in range(weeks, after, -1):
        margins = [money.price * (1 - depth) - money.unit_cost for depth in LADDER]
        earned = np.array(
            [margin * season.faced(week, depth).sum() for margin, depth in zip(margins, LADDER, strict=True)]
        )
        total = earned + best
        for floor in range(len(LADDER)):
            choice[week - 1, floor] = floor + int(np.argmax(total[floor:]))
        best = total[choice[week - 1]]
    depths, place = np.zeros(weeks), 0
    for week in range(after + 1, weeks + 1):
        place = int(choice[week - 1, place])
        depths[week - 1] = LADDER[place]
    return depths


def _first_come(faced: Ints, quantity: int) -> Ints:
    """What each store sells if units are given out in the order of weeks, and within a week of stores."""
    flat = faced.ravel()
    before = np.cumsum(flat) - flat
    given: Ints = np.clip(quantity - before, 0, flat).reshape(faced.shape).sum(axis=0)
    given[0] += max(quantity - int(given.sum()), 0)
    return given
