"""A category that is too young for a year of its own, or that has none at all."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from schemas.errors import InvalidInputError
from tasks.planning.demand.borrowing import borrow_year, sales_of_like
from tasks.planning.demand.ensemble import combine
from tasks.planning.demand.forecasters import FORECASTERS, QUICK
from tasks.planning.demand.problem import ForecastProblem, prepare, question_if_far
from tasks.planning.paths import DemandPaths

START = date(2025, 2, 10)
AHEAD = 100 * (1 + 0.4 * np.sin(2 * np.pi * (np.arange(12) + 3) / 52))


def sales(units: np.ndarray, store: str = "S1") -> pd.DataFrame:
    weeks = [pd.Timestamp(START) - pd.Timedelta(weeks=len(units) - week) for week in range(len(units))]
    return pd.DataFrame({"date": weeks, "store_id": store, "quantity_sold": units.astype(float)})


def wave(weeks: int) -> np.ndarray:
    return np.asarray(100 * (1 + 0.4 * np.sin(2 * np.pi * (np.arange(-weeks, 0) + 3) / 52)))


def total(problem: ForecastProblem) -> float:
    forecast = combine(problem, [FORECASTERS[name].run(name, problem) for name in QUICK])
    return float(DemandPaths(forecast.recipe).mean.sum())


def beside(**categories: np.ndarray) -> pd.DataFrame:
    return pd.concat([sales(units).assign(category=name) for name, units in categories.items()])


def test_a_young_category_borrows_the_year_of_the_one_that_moves_alike() -> None:
    ratios = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        context = beside(alike=rng.poisson(wave(160)), other=rng.poisson(100, 160))
        problem = prepare(
            sales(rng.poisson(wave(160)[-30:] / 2)), season_start=START, weeks=12, context=context
        )
        ratios.append(total(problem) / (AHEAD.sum() / 2))
    assert np.mean(ratios) == pytest.approx(1, abs=0.07)
    assert problem.borrowed == 74
    assert any("borrowed from alike" in warning for warning in problem.warnings)
    assert all(origin + problem.gap >= problem.borrowed for origin in problem.origins)


def test_nothing_is_borrowed_from_categories_that_move_otherwise() -> None:
    rng = np.random.default_rng(0)
    flat = rng.poisson(100, (160, 3)).astype(float)
    assert borrow_year(rng.poisson(wave(160)[-30:]).astype(float), flat, ("a", "b", "c")) is None


def test_a_history_of_a_year_borrows_nothing() -> None:
    assert borrow_year(wave(60), wave(160)[:, None], ("a",)) is None


def test_a_category_without_history_is_planned_from_like_ones_at_its_scale_with_a_wide_interval() -> None:
    lent = {"a": sales(wave(160)), "b": sales(3 * wave(160), "S2")}
    problem = prepare(sales_of_like(lent, 0.5), season_start=START, weeks=12, like=("a", "b"))
    forecast = combine(problem, [FORECASTERS[name].run(name, problem) for name in QUICK])
    assert forecast.total_season_demand == pytest.approx(AHEAD.sum(), rel=0.03)
    interval = forecast.season_total_interval
    assert interval.upper - interval.lower > 0.7 * forecast.total_season_demand
    assert "planned from a, b" in forecast.warnings[0]
    assert forecast.recipe.store_ids == ("S1", "S2")


def test_a_like_category_without_sales_is_named() -> None:
    with pytest.raises(InvalidInputError, match="b has no sales"):
        sales_of_like({"a": sales(wave(60)), "b": sales(wave(60)).iloc[:0]}, 1.0)


def stores(**attributes: Any) -> pd.DataFrame:
    return pd.DataFrame({"store_id": [f"S{store}" for store in range(7)], **attributes})


def test_a_new_store_gets_the_share_of_its_like_by_attributes_and_is_named() -> None:
    panel = pd.concat([sales(np.full(110, 20.0 + 60 * (store % 2)), f"S{store}") for store in range(6)])
    described = stores(size=[1.0, 4.0, 1.1, 4.1, 0.9, 3.9, 4.0], is_new=[False] * 6 + [True])
    problem = prepare(panel, season_start=START, weeks=12, stores=described)
    shares = dict(zip(problem.stores.store_ids, problem.stores.shares, strict=True))
    assert shares["S6"] == pytest.approx(shares["S1"], rel=0.15)
    assert sum(shares.values()) == pytest.approx(1)
    assert problem.season_lifts == pytest.approx(1 / (1 - shares["S6"]))  # its sales come on top
    assert any("New, without any sales" in warning and "S6" in warning for warning in problem.warnings)


def test_a_new_store_of_which_nothing_is_known_is_named_and_one_of_other_categories_is_left_alone() -> None:
    panel = pd.concat([sales(np.full(110, 20.0), f"S{store}") for store in range(6)])
    unknown = prepare(
        panel, season_start=START, weeks=12, stores=stores(size=np.nan, is_new=[False] * 6 + [True])
    )
    assert any("planned with 0 units: S6" in warning for warning in unknown.warnings)
    elsewhere = prepare(panel, season_start=START, weeks=12, stores=stores(size=np.arange(7.0), is_new=False))
    assert elsewhere.stores.store_ids == tuple(f"S{store}" for store in range(6))


def test_a_season_years_after_the_history_is_refused_with_what_to_do() -> None:
    with pytest.raises(InvalidInputError, match="15 years before the season"):
        prepare(sales(wave(160)), season_start=START + timedelta(weeks=780), weeks=12)


def test_a_season_beyond_what_can_be_backtested_says_so_first_and_is_wide() -> None:
    near = prepare(sales(wave(160)), season_start=START, weeks=12)
    far = prepare(sales(wave(160)), season_start=START + timedelta(weeks=126), weeks=12)
    assert near.least_spread == 0
    assert far.least_spread > 0.3
    assert "126 weeks after the history ends" in far.warnings[0]
    assert question_if_far(160, 126, 12) is not None
    assert question_if_far(160, 20, 12) is None
    assert question_if_far(10, 0, 12) is None
