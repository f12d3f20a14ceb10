"""What the pooled forecaster looks at: each series as log ratios to its own level, whatever its size."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from tasks.planning.demand.alignment import align
from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.demand.forecasters.base import PanelForecaster
from tasks.planning.demand.forecasters.levels import offset
from tasks.planning.demand.holiday_weeks import moving_holidays
from tasks.planning.units import Floats

YEAR = DEFAULTS.season_weeks
MAX_LOG = 3.0
RECENT = (1, 4, 8, 13, 26)
MIN_OVERLAP = 4  # weeks known a year before, from which growth can be told
FAR_DAYS = 28  # a holiday further off does not matter
YEAR_DAYS = 365.25
TOLD = ("seasonal_naive", "year_ratio", "season_median", "season_year", "recent_median", "year_mean")
Steps = NDArray[np.int64]


@dataclass(frozen=True)
class Features:
    """Of every series and step.

    Attributes:
        table: shape (series, steps, features); NaN where a year before is not known.
        middle: median of the quick forecasters, as log ratio to the level, shape (series, steps).
        level, small: mean of the last year, and what is added before a logarithm, shape (series, 1).
    """

    table: Floats
    middle: Floats
    level: Floats
    small: Floats

    def logs(self, units: Floats) -> Floats:
        """Units of shape (series, steps) as bounded log ratios to the level."""
        return np.asarray(np.clip(np.log((units + self.small) / self.level), -MAX_LOG, MAX_LOG))

    def units(self, logs: Floats) -> Floats:
        """The reverse, within the same bounds."""
        bounded = np.clip(logs, -MAX_LOG, MAX_LOG)
        return np.asarray(np.clip(np.exp(bounded) * self.level - self.small, 0.0, None))


def features(
    panel: Floats, first_week: date, steps: Steps, country: str, quick: Mapping[str, PanelForecaster]
) -> Features:
    """Look at `panel` (series, weeks), from `first_week` on, to forecast the weeks at `steps` after it.

    Args:
        steps: ascending, 0 being the week after the panel's last.
    """
    length, horizon = panel.shape[1], int(steps[-1]) + 1
    aligned = align(panel, first_week, horizon, country)
    small = offset(panel[:, -YEAR:])
    level = panel[:, -YEAR:].mean(axis=1, keepdims=True) + small
    recent, year = (np.log((units + small) / level) for units in (panel, aligned))
    said = {name: ask(aligned, horizon)[:, steps] for name, ask in quick.items()}
    with np.errstate(all="ignore"):
        logs = {
            name: np.clip(np.log((units + small) / level), -MAX_LOG, MAX_LOG) for name, units in said.items()
        }
    middle = np.nanmedian(np.stack(list(logs.values())), axis=0)
    by_series = [
        *_recent(recent),
        *_growth(year),
        np.log(level[:, 0] + 1),
        (panel[:, -YEAR:] <= 0).mean(axis=1),
    ]
    starts = [first_week + timedelta(weeks=length + int(step)) for step in steps]
    columns = [
        *(np.repeat(column[:, None], len(steps), axis=1) for column in by_series),
        *(_year_before(year, steps, shift) for shift in (0, -1, 1, -YEAR)),
        *(np.repeat(row[None, :], len(panel), axis=0) for row in [steps, *_calendar(starts, country)]),
        *(logs[name] - middle for name in TOLD),
        middle,
    ]
    return Features(np.stack(columns, axis=2), middle, level, small)


def _recent(logs: Floats) -> list[Floats]:
    """Where sales stand now, by means of the last weeks, and how unsteady they are."""
    means = [logs[:, -weeks:].mean(axis=1) for weeks in RECENT]
    return [*means, np.median(logs[:, -12:], axis=1), logs[:, -26:].std(axis=1)]


def _growth(logs: Floats) -> list[Floats]:
    """Mean log ratio of the last weeks to the same a year before."""
    known = logs.shape[1] - YEAR
    if known < MIN_OVERLAP:
        return [np.full(len(logs), np.nan)] * (len(RECENT) - 1)
    steps = logs[:, YEAR:] - logs[:, :-YEAR]
    return [steps[:, -weeks:].mean(axis=1) for weeks in RECENT[1:]]


def _year_before(logs: Floats, steps: Steps, shift: int) -> Floats:
    """The week a whole number of years before each step, moved by `shift` weeks."""
    length = logs.shape[1]
    weeks = length + steps - YEAR * (steps // YEAR + 1) + shift
    known = (weeks >= 0) & (weeks < length)
    return np.where(known, logs[:, np.clip(weeks, 0, length - 1)], np.nan)


def _calendar(starts: list[date], country: str) -> list[Floats]:
    """Place in the year, and days to the nearest of each holiday, from the middle of each week."""
    middle = np.array([start.toordinal() + 3 for start in starts])
    place = np.array([start.timetuple().tm_yday for start in starts]) / YEAR_DAYS
    years = range(starts[0].year - 1, starts[-1].year + 2)
    days = {
        **moving_holidays(country, years[0], years[-1]),
        "Christmas": tuple(date(year, 12, 25) for year in years),
    }
    away = []
    for _, dates in sorted(days.items()):
        gaps = np.array([day.toordinal() for day in dates])[None, :] - middle[:, None]
        nearest = gaps[np.arange(len(middle)), np.abs(gaps).argmin(axis=1)]
        away.append(np.clip(nearest, -FAR_DAYS, FAR_DAYS).astype(float))
    return [place, np.sin(2 * np.pi * place), np.cos(2 * np.pi * place), *away]
