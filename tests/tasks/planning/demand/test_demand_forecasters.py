import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tasks.planning.demand.forecasters import QUICK, levels, seasons
from tasks.planning.demand.forecasters.arima import forecast_arima

PANEL = arrays.arrays(
    np.float64, st.tuples(st.integers(1, 3), st.integers(8, 160)), elements=st.floats(0, 1e5)
)


@given(PANEL, st.integers(1, 70))
def test_every_line_gives_a_number_for_every_week_or_says_nothing(panel: np.ndarray, horizon: int) -> None:
    for name, line in QUICK.items():
        forecast = line(panel, horizon)
        assert forecast.shape == (len(panel), horizon), name
        assert np.isfinite(forecast).all() or np.isnan(forecast).all(), name


@pytest.mark.parametrize("name", list(QUICK))
def test_a_constant_history_is_forecast_as_it_is(name: str) -> None:
    forecast = QUICK[name](np.full((1, 120), 50.0), 12)
    assert forecast == pytest.approx(50.0)


@pytest.mark.parametrize("name", list(QUICK))
def test_a_line_forecasts_each_series_by_itself(name: str) -> None:
    panel = np.random.default_rng(0).uniform(1, 100, (3, 120))
    together = QUICK[name](panel, 12)
    alone = np.vstack([QUICK[name](panel[row : row + 1], 12) for row in range(3)])
    assert together == pytest.approx(alone)


def test_seasonal_lines_find_a_yearly_wave() -> None:
    time = np.arange(156 + 12)
    wave = 100 * np.exp(0.5 * np.sin(2 * np.pi * time / 52))
    forecast = QUICK["season_year"](wave[None, :156], 12)
    assert forecast[0] == pytest.approx(wave[156:], rel=0.02)


def test_the_median_is_not_moved_by_one_huge_week() -> None:
    panel = np.full((1, 30), 10.0)
    panel[0, -3] = 5000.0
    assert levels.recent_median(panel, 4) == pytest.approx(10.0)
    assert levels.recent_mean(panel, 4)[0, 0] > 400


def test_the_reference_repeats_the_year_before() -> None:
    panel = np.arange(104.0)[None, :]
    assert seasons.seasonal_naive(panel, 54)[0].tolist() == [*range(52, 104), 52.0, 53.0]


def test_arima_carries_the_season_by_the_year_before() -> None:
    time = np.arange(130)
    history = 1000 * np.exp(0.5 * np.sin(2 * np.pi * time / 52)) * np.exp(0.002 * time)
    forecast, _ = forecast_arima(history, 12, (0, 0, 0))
    ahead = np.arange(130, 142)
    truth = 1000 * np.exp(0.5 * np.sin(2 * np.pi * ahead / 52)) * np.exp(0.002 * ahead)
    assert np.abs(forecast - truth).sum() / truth.sum() < 0.05
