from datetime import date
from typing import Any

import numpy as np
import pytest

from tasks.planning.demand.forecast import forecast_season, try_forecaster
from tasks.planning.demand.forecasters import FORECASTERS, POOLED_NAME
from tasks.planning.demand.problem import prepare

SEASON_START = date(2024, 2, 5)


@pytest.fixture(scope="module")
def told() -> list[tuple[float, str]]:
    return []


@pytest.fixture(scope="module")
def forecast(told: list[tuple[float, str]], make_sales: Any, wave: Any) -> Any:
    return forecast_season(
        make_sales(wave(120)),
        season_start=SEASON_START,
        weeks=12,
        on_progress=lambda fraction, message: told.append((fraction, message)),
    )


def test_prophet_and_arima_are_in_the_ensemble_with_totals_of_their_own(forecast: Any) -> None:
    assert forecast.forecasting_method == "ensemble_prophet_arima"
    assert set(forecast.models_used) == set(FORECASTERS) - {POOLED_NAME}
    truth = float((1000 * np.exp(0.4 * np.sin(2 * np.pi * np.arange(12) / 52))).sum())
    assert forecast.prophet_forecast == pytest.approx(truth, rel=0.15)
    assert forecast.arima_forecast == pytest.approx(truth, rel=0.15)


def test_progress_never_falls_and_names_every_member(forecast: Any, told: list[tuple[float, str]]) -> None:
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] <= 1
    assert all(any(name in message for _, message in told) for name in FORECASTERS)


def test_each_member_says_why_it_got_its_weight(forecast: Any) -> None:
    assert {note.member for note in forecast.explanation.members} == set(FORECASTERS) - {POOLED_NAME}
    assert all(note.why for note in forecast.explanation.members)
    assert f"{forecast.total_season_demand:,}" in forecast.reasoning


def test_a_member_that_raises_is_left_out_and_logged(
    make_sales: Any, wave: Any, caplog: pytest.LogCaptureFixture
) -> None:
    problem = prepare(make_sales(wave(60)), season_start=SEASON_START, weeks=12)
    assert try_forecaster("no such forecaster", problem) is None
    assert "no such forecaster" in caplog.text
