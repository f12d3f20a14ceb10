from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.planning.demand.forecasters.base import PointForecast
from tasks.planning.demand.problem import ForecastProblem, choose_origins
from tasks.planning.demand.shares import StoreShares
from tasks.planning.demand.weights import actuals, blend, weigh

STORES = StoreShares(("S1",), np.ones(1), 200.0)


def problem(panel: np.ndarray, gap: int = 0, weeks: int = 12) -> ForecastProblem:
    origins = choose_origins(panel.shape[1], gap, gap + weeks)
    return ForecastProblem(panel, date(2024, 2, 5), weeks, gap, origins, STORES, "US", 0, ())


def forecaster(name: str, asked: ForecastProblem, factor: float) -> PointForecast:
    return PointForecast(name, np.full(asked.weeks, 100.0 * factor), actuals(asked) * factor)


def test_the_better_member_weighs_more() -> None:
    asked = problem(np.full((3, 130), 100.0))
    weights = weigh(asked, [forecaster("near", asked, 1.05), forecaster("far", asked, 1.5)]).weights
    assert weights["near"] > 0.9
    assert sum(weights.values()) == pytest.approx(1)


def test_members_count_alike_where_nothing_can_be_backtested() -> None:
    asked = problem(np.full((1, 10), 100.0))
    assert asked.origins == ()
    weighting = weigh(asked, [forecaster("near", asked, 1.0), forecaster("far", asked, 2.0)])
    assert weighting.weights == {"near": 0.5, "far": 0.5}


def test_the_result_is_never_worse_than_the_reference_in_backtests() -> None:
    asked = problem(np.full((4, 130), 100.0))
    pool_liar = forecaster("liar", asked, 1.0)
    lied = pool_liar.backtest.copy()
    lied[:, 0] *= 3  # right for every other category, wrong for this one
    runs = [PointForecast("liar", pool_liar.units, lied), forecaster("seasonal_naive", asked, 1.2)]
    weighting = weigh(asked, runs)
    shares = np.array([weighting.weights[run.name] for run in runs])
    own = blend(shares, np.stack([run.backtest for run in runs]), weighting.uneven)[:, 0]
    truth = actuals(asked)[:, 0]
    assert np.abs(own - truth).sum() <= np.abs(runs[1].backtest[:, 0] - truth).sum() + 1e-6


def test_a_member_that_was_never_backtested_weighs_less_than_a_middling_one() -> None:
    asked = problem(np.full((3, 130), 100.0))
    silent = PointForecast("silent", np.full(12, 100.0), np.full((len(asked.origins), 3, 12), np.nan))
    runs = [forecaster("a", asked, 1.1), forecaster("b", asked, 1.1), silent]
    weights = weigh(asked, runs).weights
    assert 0 < weights["silent"] < weights["a"]


@given(st.lists(st.floats(0, 1000), min_size=2, max_size=6), st.integers(0, 5), st.floats(0, 1))
def test_a_blend_lies_between_its_members(values: list[float], seed: int, uneven: float) -> None:
    shares = np.random.default_rng(seed).dirichlet(np.ones(len(values)))
    mixed = float(blend(shares, np.array(values)[:, None], uneven)[0])
    assert min(values) - 1e-6 <= mixed <= max(values) + 1e-6


@given(st.integers(4, 260), st.integers(0, 26), st.integers(1, 52))
def test_every_origin_leaves_something_to_compare_with(length: int, gap: int, weeks: int) -> None:
    for origin in choose_origins(length, gap, gap + weeks):
        assert 8 <= origin < length - gap


def test_part_of_a_season_is_backtested_where_no_whole_one_fits_after_a_year() -> None:
    asked = problem(np.full((2, 75), 100.0), gap=12)
    assert min(asked.origins) >= 52
    assert np.isnan(actuals(asked)).any()
    assert np.isfinite(actuals(asked)).any(axis=2).all()


def test_a_category_that_sold_nothing_for_a_season_does_not_decide_for_the_others() -> None:
    panel = np.full((4, 130), 100.0)
    panel[3, 70:] = 0.0
    asked = problem(panel)
    truth = actuals(asked)
    near, far = truth * 1.05, truth * 1.5
    near[:, 3], far[:, 3] = 1.0, 0.0  # only the worse forecaster says that the dead category is dead
    runs = [PointForecast("near", np.full(12, 105.0), near), PointForecast("far", np.full(12, 150.0), far)]
    assert weigh(asked, runs).weights["near"] > 0.5
