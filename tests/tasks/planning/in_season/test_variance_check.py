"""How far off, and how surprising."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_paths import build_paths

from schemas.errors import InvalidInputError
from tasks.planning.in_season.update import update_forecast
from tasks.planning.in_season.variance import VarianceCheck, check_variance
from tasks.planning.paths import DemandPaths

SHARES = np.array([0.5, 0.3, 0.2])


def sales(level: float, weeks: int = 3) -> np.ndarray:
    return np.outer(np.full(weeks, 200 * level), SHARES)


def checked(actuals: np.ndarray) -> VarianceCheck:
    return check_variance(build_paths(), actuals, first_week=1, forecast_curve=[200] * 6, threshold=0.20)


@pytest.mark.parametrize(("level", "exceeded"), [(1.0, False), (1.19, False), (1.25, True), (0.75, True)])
def test_variance_is_signed_and_its_threshold_counts_both_ways(level: float, exceeded: bool) -> None:
    check = checked(sales(level))
    assert check.variance_pct == pytest.approx(level - 1, abs=1e-3)
    assert check.threshold_exceeded is exceeded


def test_a_larger_deviation_is_never_likelier() -> None:
    likelihoods = [checked(sales(1 + step / 20)).likelihood for step in range(1, 10)]
    assert likelihoods == sorted(likelihoods, reverse=True)


def test_a_store_far_off_is_told_apart_from_the_chain() -> None:
    actual = sales(1.0)
    actual[:, 2] *= 2
    by_store = {row.store_id: row for row in checked(actual).by_store}
    assert by_store["S2"].variance_pct == pytest.approx(1.0, abs=0.01)
    assert by_store["S2"].likelihood < 0.05 < by_store["S0"].likelihood


def test_after_a_reforecast_only_the_weeks_since_can_surprise() -> None:
    """Two weeks far off, a forecast made of them, and a third week as that one says."""
    actuals = sales(0.6)
    before = checked(actuals)
    update = update_forecast(build_paths().recipe, actuals[:2])
    curve = [120, 120, *(round(units) for units in update.recipe.weekly_mean)]
    after = check_variance(update.paths, actuals, first_week=3, forecast_curve=curve, threshold=0.20)
    assert before.improbable
    assert not after.improbable
    assert abs(after.variance_pct) < 0.1
    assert after.forecasted_cumulative == pytest.approx(360, abs=30)
    assert sum(row.forecasted_cumulative for row in after.by_store) == pytest.approx(
        after.forecasted_cumulative, abs=1
    )


def test_more_weeks_than_the_season_has_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="do not fit a season of 6 weeks"):
        checked(sales(1.0, weeks=7))


@settings(max_examples=30)
@given(st.floats(0.4, 1.8), st.integers(1, 4))
def test_the_update_moves_towards_what_was_seen_and_never_past_it(level: float, weeks: int) -> None:
    updated = update_forecast(build_paths().recipe, sales(level, weeks))
    low, high = sorted((1.0, level))
    assert low * 0.97 <= updated.level <= high * 1.03


def test_more_weeks_move_further_and_narrow_more() -> None:
    one, four = (update_forecast(build_paths().recipe, sales(0.7, weeks)) for weeks in (1, 4))
    assert abs(four.level - 0.7) < abs(one.level - 0.7)
    assert four.posterior_sigma < one.posterior_sigma < one.prior_sigma


def test_the_remaining_curve_keeps_its_shape_and_length() -> None:
    recipe = build_paths().recipe
    updated = update_forecast(recipe, sales(0.8, 2)).recipe
    assert len(updated.weekly_mean) == 4
    ratio = np.array(updated.weekly_mean) / np.array(recipe.weekly_mean[2:])
    assert np.ptp(ratio) < 0.05
    assert DemandPaths(updated).weekly.mean(axis=0) == pytest.approx(updated.weekly_mean, rel=0.05)


def test_a_sold_out_store_is_not_taken_for_weak_demand() -> None:
    observed = sales(1.0)
    observed[:, 0] = 0.0
    out = np.zeros(observed.shape, dtype=bool)
    out[:, 0] = True
    recipe = build_paths().recipe
    known, unknown = update_forecast(recipe, observed, sold_out=out), update_forecast(recipe, observed)
    assert known.level == pytest.approx(1.0, abs=0.05)
    assert unknown.level < 0.8
    assert known.recipe.store_shares[0] == pytest.approx(0.5, abs=0.02)


def test_a_marked_down_week_is_read_at_full_price() -> None:
    recipe = build_paths().recipe
    lifted = update_forecast(recipe, sales(1.5), lifts=np.full(3, 1.5))
    assert lifted.level == pytest.approx(update_forecast(recipe, sales(1.0)).level, abs=0.01)


def test_a_store_that_sells_more_gets_a_larger_share() -> None:
    observed = sales(1.0)
    observed[:, 2] *= 1.5
    updated = update_forecast(build_paths().recipe, observed)
    assert updated.recipe.store_shares[2] > 0.22


def test_a_finished_season_cannot_be_forecast_again() -> None:
    with pytest.raises(InvalidInputError, match="still to come"):
        update_forecast(build_paths().recipe, sales(1.0, weeks=6))
