"""The sample retailer's calendar: yearly waves, weekdays, growth and holidays, by day and category."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from dateutil.easter import easter
from numpy.typing import NDArray

from data.truth import CATEGORIES, HISTORY_START, HOLIDAYS, WEEKDAYS

Floats = NDArray[np.float64]
DAYS_A_YEAR = 365.25


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def holiday_dates(year: int) -> dict[str, date]:
    """The day that each of `HOLIDAYS` is anchored on, in the United States."""
    thanksgiving = _nth_weekday(year, 11, 3, 4)
    last_monday_of_may = _nth_weekday(year, 6, 0, 1) - timedelta(days=7)
    return {
        "New Year's Day": date(year, 1, 1),
        "Valentine's Day": date(year, 2, 14),
        "Easter run-up": easter(year),
        "Easter Sunday": easter(year),
        "Mother's Day": _nth_weekday(year, 5, 6, 2),
        "Memorial Day": last_monday_of_may,
        "Father's Day": _nth_weekday(year, 6, 6, 3),
        "Independence Day": date(year, 7, 4),
        "Labor Day": _nth_weekday(year, 9, 0, 1),
        "Thanksgiving": thanksgiving,
        "Black Friday": thanksgiving,
        "Christmas run-up": date(year, 12, 25),
        "Christmas Day": date(year, 12, 25),
    }


def holiday_factors(days: pd.DatetimeIndex) -> Floats:
    """What holidays do to demand, shape (days, categories); 1 on a plain day."""
    factors = np.ones((len(days), len(CATEGORIES)))
    for year in range(days[0].year, days[-1].year + 1):
        anchors = holiday_dates(year)
        for holiday in HOLIDAYS:
            offset = (days - pd.Timestamp(anchors[holiday.name])).days.to_numpy()
            factors[(offset >= holiday.first_day) & (offset <= holiday.last_day)] *= holiday.factors
    return factors


def calendar_factors(days: pd.DatetimeIndex) -> Floats:
    """Growth · season · weekday · holidays, shape (days, categories)."""
    years = (days - pd.Timestamp(HISTORY_START)).days.to_numpy() / DAYS_A_YEAR
    day_of_year = days.day_of_year.to_numpy()
    columns = []
    for category in CATEGORIES:
        (amplitude, peak), (half_amplitude, half_peak) = category.annual, category.half_year
        wave = amplitude * np.cos(2 * np.pi * (day_of_year - peak) / DAYS_A_YEAR)
        half_wave = half_amplitude * np.cos(4 * np.pi * (day_of_year - half_peak) / DAYS_A_YEAR)
        columns.append(category.growth**years * np.exp(wave + half_wave))
    weekday = np.asarray(WEEKDAYS)[days.day_of_week.to_numpy()]
    return np.asarray(np.stack(columns, axis=1) * weekday[:, None] * holiday_factors(days))
