"""Holidays that move: the past re-dated so that each falls where it falls in the season's year.

Forecasters look back 52 weeks at a time. Where a holiday fell in another week then, its week and those of
its build-up are moved to where the season's year has them, and the weeks between slide. Around Christmas,
whose date is fixed while its weekday is not, weeks are blended by the days that they share with the
season's year.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.demand.holiday_weeks import moving_holidays
from tasks.planning.units import Floats

YEAR = DEFAULTS.season_weeks
DAYS_OF_YEAR = 365.2425
MAX_MOVE_WEEKS = 6
BUILD_UP_WEEKS = 1  # before a holiday's week that move with it
CHRISTMAS_WEEKS = ((12, 18), (12, 31))  # first days of the weeks that follow Christmas's date


def align(panel: Floats, first_week: date, lead: int, country: str) -> Floats:
    """Re-date `panel` (series, weeks), which starts at `first_week`, for the `lead` weeks that follow it."""
    length = panel.shape[1]
    if length < YEAR:
        return panel
    last_year = (first_week + timedelta(weeks=length + lead)).year + 1
    blended = _blend_christmas(panel, first_week, lead, last_year)
    names = moving_holidays(country, first_week.year - 1, last_year)
    order = _redate([_week_numbers(days, first_week) for days in names.values()], length, length + lead / 2)
    return np.asarray(blended[:, order[_years_of_52_weeks(length)]])


def _drift(weeks: int) -> int:
    """Weeks by which the calendar runs ahead of years of 52 weeks over `weeks` of them."""
    return round(weeks * (DAYS_OF_YEAR / (7 * YEAR) - 1))


def _years_of_52_weeks(length: int) -> NDArray[np.int64]:
    """Which week stands where, once a year has 52 weeks as forecasters take it to have: every five or six
    years a 53rd is passed over, so that old weeks keep their place in the year."""
    ahead = np.array([_drift(length - week) for week in range(length)])
    return np.asarray(np.maximum(np.arange(length) - ahead, 0))


def _week_numbers(days: Sequence[date], first_week: date) -> list[int]:
    return [(day - first_week).days // 7 for day in days]


def _redate(holidays: Sequence[Sequence[int]], length: int, centre: float) -> NDArray[np.int64]:
    """Order of the weeks after each holiday was moved to a whole number of 52 weeks before the season's."""
    order = list(range(length))
    for weeks in holidays:
        target = min(weeks, key=lambda week: abs(week - centre))
        for week in weeks:
            years = round((target - week) / YEAR)
            place = target - YEAR * years - _drift(YEAR * years)
            known = min(week, place) >= 0 and max(week, place) < length
            if known and 0 < abs(week - place) <= MAX_MOVE_WEEKS:
                _move(order, week, place)
    return np.array(order)


def _move(order: list[int], week: int, place: int) -> None:
    """Put what stands at `week`, and the weeks of its build-up, at `place`."""
    first = max(week - BUILD_UP_WEEKS, 0)
    block = order[first : week + 1]
    del order[first : week + 1]
    at = max(place - len(block) + 1, 0)
    order[at:at] = block


def _blend_christmas(panel: Floats, first_week: date, lead: int, last_year: int) -> Floats:
    length = panel.shape[1]
    blended = panel.copy()
    days = {year: (date(year, 12, 25) - first_week).days for year in range(first_week.year - 1, last_year)}
    target = min(days.values(), key=lambda day: abs(day / 7 - (length + lead // 2)))
    for year, day in days.items():
        years = round((target - day) / 364)
        later = target - 364 * years - 7 * _drift(YEAR * years) - day
        if later == 0 or abs(later) > 7:
            continue
        first, last = ((date(year, *edge) - first_week).days // 7 for edge in CHRISTMAS_WEEKS)
        step = -1 if later > 0 else 1
        weeks = np.arange(max(first, 1), min(last, length - 2) + 1)
        share = abs(later) / 7
        blended[:, weeks] = (1 - share) * panel[:, weeks] + share * panel[:, weeks + step]
    return blended
