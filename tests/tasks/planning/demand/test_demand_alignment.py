from datetime import date, timedelta

import numpy as np
import pytest

from tasks.planning.demand.alignment import align
from tasks.planning.demand.holiday_weeks import holiday_names, moving_holidays


def test_easter_moves_to_where_the_season_has_it() -> None:
    first = date(2022, 1, 3)  # Good Friday 2022: 15 April, week 14; 2023: 7 April, week 13 + 52
    panel = np.full((1, 60), 10.0)
    panel[0, 14] = 99.0
    aligned = align(panel, first, 12, "US")
    assert aligned[0, 13] == 99.0
    assert aligned.sum() == panel.sum()


def test_the_build_up_before_easter_moves_with_it() -> None:
    first = date(2022, 1, 3)
    panel = np.full((1, 60), 10.0)
    panel[0, 13:15] = (40.0, 99.0)
    assert align(panel, first, 12, "US")[0, 11:16].tolist() == [10.0, 40.0, 99.0, 10.0, 10.0]


def test_a_history_under_a_year_is_left_alone() -> None:
    panel = np.arange(40.0)[None, :]
    assert (align(panel, date(2022, 1, 3), 12, "US") == panel).all()


def test_weeks_around_christmas_are_blended_and_no_others() -> None:
    first = date(2021, 6, 7)
    panel = np.arange(1.0, 72.0)[None, :] ** 2
    aligned = align(panel, first, 12, "US")
    moved = {first + timedelta(weeks=int(week)) for week in np.flatnonzero(aligned[0] != panel[0])}
    assert moved
    assert all(day.month in (12, 4) or (day.month, day.day) <= (4, 30) for day in moved)


def test_aligning_uses_only_the_history_it_is_given() -> None:
    rng = np.random.default_rng(1)
    panel = rng.uniform(1, 9, (2, 130))
    wild = panel.copy()
    wild[:, 100:] = 1e9
    assert (
        align(panel[:, :100], date(2021, 1, 4), 12, "US") == align(wild[:, :100], date(2021, 1, 4), 12, "US")
    ).all()


def test_thanksgiving_moves_in_the_united_states_only() -> None:
    assert "Thanksgiving" in moving_holidays("US", 2020, 2024)
    assert "Thanksgiving" not in moving_holidays("DE", 2020, 2024)
    assert moving_holidays("US", 2023, 2023)["Thanksgiving"] == (date(2023, 11, 23),)


def test_an_unknown_country_still_has_easter() -> None:
    assert list(moving_holidays("ZZ", 2024, 2024)) == ["Easter"]


def test_a_week_names_its_holidays() -> None:
    names = holiday_names("US", [date(2024, 3, 25), date(2024, 12, 23), date(2024, 8, 5)])
    assert names == [("Easter",), ("Christmas Day",), ()]


@pytest.mark.parametrize("years", [3, 5, 8])
def test_a_peak_keeps_its_place_in_the_year_over_years_of_53_weeks(years: int) -> None:
    season_start, length = date(2025, 6, 2), 52 * years
    first = season_start - timedelta(weeks=length)
    starts = [first + timedelta(weeks=week) for week in range(length + 12)]
    days = np.array([start.timetuple().tm_yday for start in starts])
    units = 100 + 300 * np.exp(-(((days - 200) / 10.0) ** 2))
    aligned = align(units[None, :length], first, 12, "ZZ").reshape(years, 52)
    assert np.abs(aligned[:, :12].mean(axis=0) - units[length:]).sum() < 0.15 * units[length:].sum()
