from datetime import date, timedelta

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from tasks.planning.weeks import is_weekly, to_weeks

START = date(2024, 2, 5)


def daily(first: date, units: list[float]) -> pd.DataFrame:
    days = [pd.Timestamp(first + timedelta(days=number)) for number in range(len(units))]
    return pd.DataFrame({"date": days, "store_id": "S1", "quantity_sold": units})


def test_daily_rows_fall_into_weeks_that_start_on_the_season_weekday() -> None:
    grid = to_weeks(daily(START - timedelta(days=14), [1.0] * 14), season_start=START, as_of=START)
    assert grid.weeks.tolist() == [-2, -1]
    assert grid.units[:, 0].tolist() == [7.0, 7.0]


def test_incomplete_first_and_last_weeks_are_dropped() -> None:
    grid = to_weeks(daily(START - timedelta(days=19), [1.0] * 17), season_start=START, as_of=START)
    assert grid.weeks.tolist() == [-2]


def test_nothing_on_or_after_as_of_is_seen() -> None:
    sales = daily(START - timedelta(days=28), [1.0] * 14 + [9999.0] * 14)
    grid = to_weeks(sales, season_start=START, as_of=START - timedelta(days=14))
    assert grid.weeks.tolist() == [-4, -3]
    assert grid.units.max() == 7.0


def test_a_weekly_row_that_reaches_past_as_of_is_not_seen() -> None:
    weeks = [pd.Timestamp(START) - pd.Timedelta(days=days) for days in (17, 10, 3)]
    sales = pd.DataFrame({"date": weeks, "store_id": "S1", "quantity_sold": [1.0, 2.0, 4.0]})
    grid = to_weeks(sales, season_start=START, as_of=START)
    assert np.nansum(grid.units) == 3.0


def test_weekly_rows_on_another_weekday_go_to_the_nearest_week_and_say_so() -> None:
    weeks = [pd.Timestamp(START) - pd.Timedelta(days=days) for days in (23, 16, 9)]
    sales = pd.DataFrame({"date": weeks, "store_id": "S1", "quantity_sold": [1.0, 2.0, 4.0]})
    grid = to_weeks(sales, season_start=START, as_of=START)
    assert grid.weeks.tolist() == [-3, -2, -1]
    assert "2 days before" in grid.warnings[0]


@given(st.integers(0, 6), st.integers(8, 60))
def test_daily_weeks_tile_without_overlap_and_lose_less_than_two_weeks(shift: int, days: int) -> None:
    sales = daily(START - timedelta(days=days + shift), [1.0] * days)
    grid = to_weeks(sales, season_start=START, as_of=START)
    if len(grid.weeks):
        assert (np.diff(grid.weeks) == 1).all()
        assert set(grid.units[:, 0]) == {7.0}
        assert days - grid.units.sum() < 14


def test_dates_seven_days_apart_are_weekly_and_others_are_not() -> None:
    monday = pd.Timestamp("2024-01-01")
    assert is_weekly(pd.Series([monday, monday + pd.Timedelta(days=21)]))
    assert not is_weekly(pd.Series([monday, monday + pd.Timedelta(days=8)]))
