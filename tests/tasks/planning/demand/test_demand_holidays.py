"""Holidays that wander: what their weeks sell goes where the season's year has them."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from dateutil.easter import easter

from tasks.planning.demand.ensemble import combine
from tasks.planning.demand.forecasters import FORECASTERS, QUICK
from tasks.planning.demand.holiday_effects import holiday_effects
from tasks.planning.demand.problem import prepare

FIRST, START = date(2019, 1, 7), date(2024, 2, 12)
HISTORY = (START - FIRST).days // 7


def eggs(weeks: int) -> np.ndarray:
    """98 a week, 182 in the week before Easter's and 287 in Easter's."""
    starts = [FIRST + timedelta(weeks=week) for week in range(weeks)]
    to_easter = np.array([(easter(start.year) - start).days // 7 for start in starts])
    return np.select([to_easter == 1, to_easter == 0], [182.0, 287.0], 98.0)


def test_the_build_up_before_easter_is_forecast_where_the_seasons_year_has_it(make_sales: Any) -> None:
    weeks = []
    for seed in range(10):
        units = np.random.default_rng(seed).poisson(eggs(HISTORY))
        problem = prepare(make_sales(units.astype(float), season_start=START), season_start=START, weeks=10)
        runs = [FORECASTERS[name].run(name, problem) for name in QUICK]
        weeks.append(combine(problem, runs).weekly_units)
    truth = eggs(HISTORY + 10)[HISTORY:]
    found = np.mean(weeks, axis=0)
    assert found[5:7] == pytest.approx(truth[5:7], rel=0.12)
    assert np.delete(found, [5, 6]) == pytest.approx(np.delete(truth, [5, 6]), rel=0.06)


def test_history_without_the_effect_is_flat() -> None:
    factors = holiday_effects(eggs(HISTORY), FIRST, 10, "US")
    assert eggs(HISTORY) / factors[:HISTORY] == pytest.approx(98.0, rel=0.05)


def test_chance_is_no_effect() -> None:
    for seed in range(20):
        noise = np.random.default_rng(seed).lognormal(5, 0.3, HISTORY)
        assert holiday_effects(noise, FIRST, 10, "US") == pytest.approx(1.0, abs=0.35)


def test_one_year_of_a_holiday_tells_nothing() -> None:
    assert (holiday_effects(eggs(60), FIRST, 10, "US") == 1).all()


def test_a_history_of_zeros_has_no_effect() -> None:
    assert (holiday_effects(np.zeros(120), FIRST, 10, "US") == 1).all()
