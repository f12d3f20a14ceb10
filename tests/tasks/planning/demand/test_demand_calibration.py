import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.forecasts import DemandRecipe
from tasks.planning.demand.calibration import calibrate
from tasks.planning.paths import DemandPaths
from tasks.planning.units import round_to_sum


def test_a_bias_in_backtests_moves_the_distribution() -> None:
    truth = np.random.default_rng(0).lognormal(4, 0.1, (10, 5, 12))
    low = calibrate(truth / 1.3, truth, 3.0)
    assert low.centre == pytest.approx(1.3, rel=0.1)


def test_larger_backtest_errors_widen_the_interval() -> None:
    rng = np.random.default_rng(0)
    truth = np.full((10, 5, 12), 100.0)
    errors = rng.standard_normal((10, 5, 1))
    widths = [
        np.ptp(calibrate(truth * np.exp(size * errors), truth, 3.0).total_factors) for size in (0.1, 0.4)
    ]
    assert widths[1] > 2 * widths[0]


def test_backtests_that_overlap_are_worth_less() -> None:
    truth = np.random.default_rng(0).lognormal(4, 0.2, (10, 5, 12))
    forecast = np.full_like(truth, truth.mean())
    assert np.ptp(calibrate(forecast, truth, 1.0).total_factors) > np.ptp(
        calibrate(forecast, truth, 5.0).total_factors
    )


def test_without_a_backtest_the_prior_stands() -> None:
    nothing = calibrate(np.zeros((0, 1, 12)), np.zeros((0, 1, 12)), 1.0)
    assert nothing.coverage is None
    assert 0.4 < nothing.total_factors[0] < 1 < nothing.total_factors[-1] < 2


def test_independent_errors_of_known_size_are_covered_as_often_as_said() -> None:
    rng = np.random.default_rng(3)
    inside = []
    for _ in range(200):
        level = 100 * np.exp(0.2 * rng.standard_normal((9, 9, 1)))
        truth = np.repeat(level, 12, axis=2)
        found = calibrate(np.full((8, 9, 12), 100.0), truth[:8], 8.0)
        low, high = np.quantile(found.total_factors, [0.1, 0.9])
        inside.append(low <= truth[8, 0, 0] / 100 <= high)
    assert 0.72 < np.mean(inside) < 0.92


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=52))
def test_rounding_keeps_the_sum_and_moves_no_week_by_a_whole_unit(values: list[float]) -> None:
    rounded = round_to_sum(np.array(values))
    assert sum(rounded) == round(float(np.array(values).sum()))
    assert all(
        abs(whole - value) < 1 + 1e-6 and whole >= 0 for whole, value in zip(rounded, values, strict=True)
    )


def recipe(weeks: list[float]) -> DemandRecipe:
    return DemandRecipe(
        weekly_mean=tuple(weeks),
        total_factors=(0.8, 0.9, 1.0, 1.1, 1.3),
        week_sigma=(0.2,) * len(weeks),
        week_rho=0.4,
        store_ids=("a", "b"),
        store_shares=(0.7, 0.3),
        n_paths=400,
    )


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=20))
def test_paths_are_non_negative_and_their_rows_sum_to_the_totals(weeks: list[float]) -> None:
    paths = DemandPaths(recipe(weeks))
    assert (paths.weekly >= 0).all()
    assert paths.weekly.sum(axis=1) == pytest.approx(paths.totals, rel=1e-6, abs=1e-6)
    assert paths.store_demand(1, len(weeks)).sum(axis=1) == pytest.approx(paths.totals, rel=1e-6, abs=1e-6)


def test_paths_are_rebuilt_to_the_last_bit_from_a_stored_recipe() -> None:
    made = recipe([10.0, 20.0, 30.0])
    again = DemandRecipe.model_validate_json(made.model_dump_json())
    assert (DemandPaths(made).weekly == DemandPaths(again).weekly).all()
    assert (DemandPaths(made).share_draws == DemandPaths(again).share_draws).all()
