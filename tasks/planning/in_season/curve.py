"""The corrected weeks of a re-forecast: what was sold so far, then the posterior with its interval."""

from dataclasses import dataclass

import numpy as np

from schemas.defaults import SEASON
from tasks.planning.in_season.update import ForecastUpdate
from tasks.planning.units import Ints, largest_remainder


@dataclass(frozen=True)
class Reforecast:
    """A season's weeks in whole units, past ones as they were sold and without an interval.

    Attributes:
        update: how the weeks left were corrected.
        units, lower, upper: shape (weeks,); the interval's level is the product's.
        total_interval: of the whole season's units.
    """

    update: ForecastUpdate
    units: tuple[int, ...]
    lower: tuple[int, ...]
    upper: tuple[int, ...]
    total_interval: tuple[int, int]

    @property
    def peak_week(self) -> int:
        """The week with the most units, 1-based."""
        return int(np.argmax(self.units)) + 1


def corrected_weeks(update: ForecastUpdate, sold: Ints) -> Reforecast:
    """Put sales and the corrected weeks together.

    Args:
        sold: units sold in weeks 1 … n, shape (n,).
    """
    remaining, past = update.paths, tuple(int(units) for units in sold)
    ahead = largest_remainder(remaining.mean, round(float(remaining.mean.sum())))
    lower, upper = remaining.week_interval(SEASON.interval_level)
    least, most = remaining.total_interval(SEASON.interval_level)
    return Reforecast(
        update=update,
        units=(*past, *map(int, ahead)),
        lower=(*past, *map(int, np.floor(np.minimum(lower, ahead)))),
        upper=(*past, *map(int, np.ceil(np.maximum(upper, ahead)))),
        total_interval=(int(sum(past) + least), int(np.ceil(sum(past) + most))),
    )
