"""One centre: whatever reads the paths and whatever reads the curve reads the same mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.forecasts import DemandRecipe
from tasks.planning.paths import DemandPaths, fit_margins, widened

SKEWED = (0.1, 0.4, 0.7, 1.0, 1.6, 4.0)


def paths(weekly: list[float], *, factors: tuple[float, ...] = SKEWED, floor: float = 0.0) -> DemandPaths:
    return DemandPaths(
        DemandRecipe(
            weekly_mean=tuple(weekly),
            total_factors=factors,
            spread_floor=floor,
            week_sigma=(0.5,) * len(weekly),
            week_rho=0.3,
            store_ids=("a",),
            store_shares=(1.0,),
        )
    )


@given(st.lists(st.floats(0.01, 1e4), min_size=1, max_size=20))
def test_the_paths_average_to_the_point_forecast_week_by_week_and_in_total(weekly: list[float]) -> None:
    made = paths(weekly)
    assert made.totals.mean() == pytest.approx(sum(weekly))
    assert made.weekly.mean(axis=0) == pytest.approx(made.mean, rel=0.01)


def test_the_scale_of_the_total_factors_says_nothing() -> None:
    doubled = tuple(2 * factor for factor in SKEWED)
    assert paths([5.0, 9.0]).totals == pytest.approx(paths([5.0, 9.0], factors=doubled).totals)


def test_the_floor_widens_what_orders_read_and_leaves_what_triggers_read() -> None:
    narrow = paths([100.0] * 6, factors=tuple(np.linspace(0.99, 1.01, 51)), floor=0.1)
    assert np.log(narrow.totals).std() > 0.08
    assert np.log(narrow.observed.totals).std() < 0.01
    assert narrow.observed.totals.mean() == pytest.approx(narrow.totals.mean())
    assert 0 < (np.abs(narrow.totals / 600 - 1) > 0.15).mean() < 0.5


def test_a_spread_over_the_floor_is_left_alone() -> None:
    assert (widened(np.array(SKEWED), 0.1) == np.array(SKEWED)).all()


def test_quantiles_of_weeks_ascend() -> None:
    levels = paths([10.0, 20.0, 30.0]).week_quantiles((0.05, 0.5, 0.95))
    assert levels.shape == (3, 3)
    assert (np.diff(levels, axis=0) > 0).all()


def test_fitted_rows_sum_to_the_totals_even_where_a_week_sells_nothing() -> None:
    shape = np.random.default_rng(0).uniform(0, 1, (50, 4)) * np.array([1.0, 0.0, 2.0, 1.0])
    totals = np.linspace(1, 9, 50)
    fitted = fit_margins(shape, totals, np.array([1.0, 0.0, 2.0, 2.0]))
    assert fitted.sum(axis=1) == pytest.approx(totals)
    assert not fitted[:, 1].any()
