"""Honest edges: each gives a sensible forecast with a plain warning, or a clear refusal."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from schemas.errors import InvalidInputError
from schemas.forecasts import SeasonForecast
from tasks.planning.demand.ensemble import combine
from tasks.planning.demand.forecasters import FORECASTERS, QUICK
from tasks.planning.demand.problem import prepare

START = date(2024, 2, 5)


def plan(sales: pd.DataFrame, **options: Any) -> SeasonForecast:
    """A forecast by the light forecasters alone."""
    problem = prepare(sales, **({"season_start": START, "weeks": 12} | options))
    return combine(problem, [FORECASTERS[name].run(name, problem) for name in QUICK])


def warned(forecast: SeasonForecast, words: str) -> bool:
    return any(words in warning for warning in forecast.warnings)


def test_too_little_history_is_refused_with_what_to_do(make_sales: Any) -> None:
    with pytest.raises(InvalidInputError, match="at least 4") as refusal:
        plan(make_sales(np.full(3, 10.0)))
    assert "Upload more history" in refusal.value.detail


def test_no_history_before_the_season_is_refused(make_sales: Any) -> None:
    sales = make_sales(np.full(20, 10.0), season_start=START + timedelta(weeks=60))
    with pytest.raises(InvalidInputError, match="Only 0 whole weeks"):
        plan(sales)


def test_a_missing_column_is_named(make_sales: Any) -> None:
    with pytest.raises(InvalidInputError, match="quantity_sold"):
        plan(make_sales(np.full(20, 10.0)).drop(columns="quantity_sold"))


def test_under_one_season_follows_the_level_and_says_so(make_sales: Any) -> None:
    forecast = plan(make_sales(np.full(30, 100.0)))
    assert forecast.total_season_demand == pytest.approx(1200, rel=0.02)
    assert warned(forecast, "less than one season")
    assert "seasonal_naive" not in forecast.model_weights


def test_under_two_seasons_sees_the_year_and_says_that_it_saw_it_once(make_sales: Any, wave: Any) -> None:
    forecast = plan(make_sales(wave(90)))
    truth = 1000 * np.exp(0.4 * np.sin(2 * np.pi * np.arange(12) / 52))
    assert np.abs(np.array(forecast.weekly_units) - truth).sum() / truth.sum() < 0.1
    assert warned(forecast, "less than two seasons")


def test_a_year_that_repeats_is_found(make_sales: Any, wave: Any) -> None:
    forecast = plan(make_sales(wave(156)))
    truth = 1000 * np.exp(0.4 * np.sin(2 * np.pi * np.arange(12) / 52))
    assert np.abs(np.array(forecast.weekly_units) - truth).sum() / truth.sum() < 0.05
    assert forecast.backtest.wape is not None
    assert forecast.backtest.naive_wape is not None
    assert forecast.backtest.wape <= forecast.backtest.naive_wape


def test_no_season_means_a_flat_forecast(make_sales: Any) -> None:
    units = np.random.default_rng(0).poisson(500, 130).astype(float)
    weekly = np.array(plan(make_sales(units)).weekly_units)
    assert np.ptp(weekly) < 0.1 * weekly.mean()


def test_all_zeros_is_a_forecast_of_zero_with_a_warning(make_sales: Any) -> None:
    forecast = plan(make_sales(np.zeros(120)))
    assert forecast.total_season_demand == 0
    assert forecast.season_total_interval.upper == 0
    assert warned(forecast, "Nothing was ever sold")


def test_a_single_spike_is_not_taken_for_a_habit(make_sales: Any) -> None:
    units = np.full(120, 20.0)
    units[-5] = 4000.0
    assert plan(make_sales(units)).total_season_demand < 600


def test_missing_weeks_inside_the_history_are_filled_and_told(make_sales: Any) -> None:
    sales = make_sales(np.full(120, 100.0))
    holes = sorted(sales["date"].unique())[40:44]
    forecast = plan(sales[~sales["date"].isin(holes)])
    assert warned(forecast, "4 missing weeks")
    assert forecast.total_season_demand == pytest.approx(1200, rel=0.02)


def test_a_level_break_is_followed(make_sales: Any) -> None:
    units = np.concatenate([np.full(110, 100.0), np.full(20, 300.0)])
    assert plan(make_sales(units)).total_season_demand > 12 * 180


def test_a_category_that_starts_late_is_pooled_with_those_that_did_not(make_sales: Any, wave: Any) -> None:
    context = pd.concat(
        [
            make_sales(wave(150), stores=1).assign(category=name)[["date", "category", "quantity_sold"]]
            for name in "AB"
        ]
    )
    problem = prepare(make_sales(np.full(40, 50.0)), season_start=START, weeks=12, context=context)
    assert problem.panel.shape == (3, 40)


def test_a_category_that_died_is_forecast_low_and_said_to_have_ended(make_sales: Any) -> None:
    context = make_sales(np.full(130, 100.0), stores=1).assign(category="alive")
    sales = make_sales(np.full(110, 100.0), gap=20)
    forecast = plan(sales, context=context[["date", "category", "quantity_sold"]])
    assert forecast.total_season_demand < 12 * 60
    assert warned(forecast, "may have ended")


def test_daily_and_weekly_input_give_the_same_plan(make_sales: Any, wave: Any) -> None:
    weekly = make_sales(np.round(wave(110)) * 7, stores=1)
    daily = pd.concat(
        [
            weekly.assign(
                date=weekly["date"] + pd.Timedelta(days=day), quantity_sold=weekly["quantity_sold"] / 7
            )
            for day in range(7)
        ]
    )
    assert plan(daily).weekly_units == plan(weekly).weekly_units


def test_a_gap_of_months_is_bridged_in_season(make_sales: Any) -> None:
    time = np.arange(-20 - 130, -20)
    units = 1000 * np.exp(0.4 * np.sin(2 * np.pi * time / 52))
    forecast = plan(make_sales(units, gap=20))
    truth = 1000 * np.exp(0.4 * np.sin(2 * np.pi * np.arange(12) / 52))
    assert forecast.gap_weeks == 20
    assert np.abs(np.array(forecast.weekly_units) - truth).sum() / truth.sum() < 0.1
    assert warned(forecast, "20 weeks lie between")


def test_returns_are_taken_as_zero_and_told(make_sales: Any) -> None:
    units = np.full(60, 100.0)
    units[10] = -40.0
    forecast = plan(make_sales(units))
    assert warned(forecast, "Negative sales")


def test_sold_out_rows_are_raised_to_likely_demand(make_sales: Any) -> None:
    sales = make_sales(np.full(60, 100.0), stores=4)
    out = (sales["store_id"] == "S0") & sales["date"].isin(sorted(sales["date"].unique())[-10:])
    short = sales.assign(quantity_sold=sales["quantity_sold"].where(~out, 2.0))
    told = plan(short.assign(stockout=out))
    untold = plan(short)
    assert told.total_season_demand == pytest.approx(1200, rel=0.02)
    assert untold.total_season_demand < told.total_season_demand
    assert warned(told, "sold-out rows")
    assert warned(untold, "Neither on_hand nor stockout")


def test_columns_without_a_value_count_as_absent(make_sales: Any) -> None:
    sales = make_sales(np.full(60, 100.0)).assign(on_hand=np.nan, stockout=None)
    assert warned(plan(sales), "Neither on_hand nor stockout")


def test_nothing_after_as_of_changes_anything(make_sales: Any, wave: Any) -> None:
    units = wave(130)
    wild = units.copy()
    wild[100:] = 1e6
    cut = START - timedelta(weeks=30)
    assert plan(make_sales(units), as_of=cut) == plan(make_sales(wild), as_of=cut)


def test_nothing_in_the_context_after_as_of_changes_anything(make_sales: Any, wave: Any) -> None:
    cut = START - timedelta(weeks=30)
    forecasts = []
    for factor in (1.0, 1e3):
        units = wave(130)
        units[100:] *= factor
        context = make_sales(units, stores=1).assign(category="other")[["date", "category", "quantity_sold"]]
        forecasts.append(plan(make_sales(wave(130)), as_of=cut, context=context))
    assert forecasts[0] == forecasts[1]


def test_same_input_and_seed_give_the_same_forecast_and_it_survives_json(make_sales: Any, wave: Any) -> None:
    sales = make_sales(wave(120))
    forecast = plan(sales, seed=3)
    assert forecast == plan(sales.sample(frac=1, random_state=1), seed=3)
    assert SeasonForecast.model_validate_json(forecast.model_dump_json()) == forecast


def test_the_parts_of_a_forecast_agree(make_sales: Any, wave: Any) -> None:
    forecast = plan(make_sales(wave(130), stores=3))
    assert sum(forecast.weekly_units) == forecast.total_season_demand
    assert sum(forecast.model_weights.values()) == pytest.approx(1, abs=1e-4)
    assert sum(forecast.recipe.store_shares) == pytest.approx(1)
    interval = forecast.season_total_interval
    assert interval.lower <= forecast.total_season_demand <= interval.upper
    for week, parts in zip(forecast.weekly_demand_curve, forecast.explanation.components, strict=True):
        assert week.confidence_lower <= week.forecasted_units <= week.confidence_upper
        assert parts.level + parts.trend + parts.season + parts.holidays == week.forecasted_units
    assert forecast.peak_week == 1 + int(np.argmax(forecast.weekly_units))


def test_a_forecast_without_prophet_and_arima_says_so(make_sales: Any, wave: Any) -> None:
    forecast = plan(make_sales(wave(120)))
    assert forecast.forecasting_method == "ensemble_lines"
    assert forecast.prophet_forecast is None
    assert warned(forecast, "Prophet gave no forecast")
