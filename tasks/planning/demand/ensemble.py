"""Forecasters into one forecast: weighted, calibrated, explained."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from schemas.errors import FashionForecastError
from schemas.forecasts import (
    BacktestSummary,
    DemandRecipe,
    Quantiles,
    SeasonForecast,
    TotalInterval,
    WeekForecast,
)
from tasks.planning.demand.calibration import Calibration, calibrate
from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.demand.explanation import explain, write_reasoning
from tasks.planning.demand.forecasters import REFERENCE
from tasks.planning.demand.forecasters.base import PointForecast
from tasks.planning.demand.mixing import mix
from tasks.planning.demand.problem import ForecastProblem
from tasks.planning.demand.weights import Weighting, actuals, wape
from tasks.planning.paths import DemandPaths, widened
from tasks.planning.units import Floats, round_to_sum

QUANTILE_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
PAIR = frozenset({"prophet", "arima"})


def combine(problem: ForecastProblem, runs: Sequence[PointForecast]) -> SeasonForecast:
    """Combine what the forecasters said into the season's forecast.

    Raises:
        FashionForecastError: no forecaster gave a forecast.
    """
    usable = [run for run in runs if _is_usable(run, problem)]
    if not usable:
        raise FashionForecastError(
            "No forecaster of the ensemble gave a forecast; see the log for each one's error."
        )
    mixture, truth = mix(problem, usable), actuals(problem)
    calibration = calibrate(mixture.backtest, truth, independent_seasons(problem))
    recipe = _recipe(problem, mixture.units, calibration)
    backtest = _backtest(runs, mixture.backtest, truth, calibration)
    return _forecast(problem, usable, mixture.weighting, recipe, backtest)


def _is_usable(run: PointForecast, problem: ForecastProblem) -> bool:
    """Whether the forecaster has something to say; the reference has not before a year is known."""
    short = run.name == REFERENCE and len(problem.history) < DEFAULTS.season_weeks
    return bool(np.isfinite(run.units).all()) and not short


def independent_seasons(problem: ForecastProblem) -> float:
    """How many backtested seasons do not overlap; at least 1."""
    origins = problem.origins or (0,)
    return 1 + (origins[-1] - origins[0]) / problem.horizon


def _recipe(problem: ForecastProblem, path: Floats, calibration: Calibration) -> DemandRecipe:
    return DemandRecipe(
        weekly_mean=tuple((path * calibration.centre * problem.season_lifts).tolist()),
        total_factors=tuple(widened(calibration.total_factors, problem.least_spread).tolist()),
        spread_floor=problem.spread_floor,
        week_sigma=(calibration.week_sigma,) * problem.weeks,
        week_rho=calibration.week_rho,
        store_ids=problem.stores.store_ids,
        store_shares=tuple(problem.stores.shares.tolist()),
        share_concentration=problem.stores.concentration,
        seed=problem.seed,
    )


def _backtest(
    runs: Sequence[PointForecast], past: Floats, truth: Floats, calibration: Calibration
) -> BacktestSummary:
    naive = next((run.backtest for run in runs if run.name == REFERENCE), None)
    return BacktestSummary(
        wape=wape(past[:, 0], truth[:, 0]),
        naive_wape=None if naive is None else wape(naive[:, 0], truth[:, 0]),
        coverage=calibration.coverage,
        origins=len(truth),
    )


def _curve(problem: ForecastProblem, paths: DemandPaths) -> tuple[WeekForecast, ...]:
    units = round_to_sum(paths.mean)
    lower, upper = paths.week_interval(DEFAULTS.interval_level)
    quantiles = paths.week_quantiles(QUANTILE_LEVELS)
    starts = [problem.season_start + timedelta(weeks=week) for week in range(problem.weeks)]
    return tuple(
        WeekForecast(
            week_number=week + 1,
            week_start_date=start,
            week_end_date=start + timedelta(days=6),
            forecasted_units=units[week],
            confidence_lower=int(np.floor(lower[week])),
            confidence_upper=int(np.ceil(upper[week])),
            quantiles=_quantiles(quantiles[:, week]),
        )
        for week, start in enumerate(starts)
    )


def _interval(paths: DemandPaths) -> TotalInterval:
    lower, upper = paths.total_interval(DEFAULTS.interval_level)
    return TotalInterval(
        level=DEFAULTS.interval_level,
        lower=int(np.floor(lower)),
        upper=int(np.ceil(upper)),
        quantiles=_quantiles(np.quantile(paths.totals, QUANTILE_LEVELS)),
    )


def _quantiles(units: Floats) -> Quantiles:
    p05, p25, p50, p75, p95 = (round(float(value)) for value in units)
    return Quantiles(p05=p05, p25=p25, p50=p50, p75=p75, p95=p95)


def _forecast(
    problem: ForecastProblem,
    runs: Sequence[PointForecast],
    weighting: Weighting,
    recipe: DemandRecipe,
    backtest: BacktestSummary,
) -> SeasonForecast:
    paths = DemandPaths(recipe)
    curve = _curve(problem, paths)
    units = [week.forecasted_units for week in curve]
    totals = {run.name: round(float(run.units.sum())) for run in runs}
    explanation = explain(problem, units, runs, weighting)
    interval = _interval(paths)
    failed = sorted(PAIR - totals.keys())
    warnings = tuple(f"{name.capitalize()} gave no forecast; the others carry on." for name in failed)
    return SeasonForecast(
        season_start_date=problem.season_start,
        season_end_date=problem.season_start + timedelta(days=7 * problem.weeks - 1),
        history_start=problem.week_start(0),
        history_end=problem.week_start(len(problem.history)) - timedelta(days=1),
        history_weeks=len(problem.history),
        gap_weeks=problem.gap,
        total_season_demand=sum(units),
        weekly_demand_curve=curve,
        confidence_level=DEFAULTS.interval_level,
        forecasting_method=method_name(weighting.weights),
        models_used=tuple(sorted(weighting.weights, key=lambda name: (-weighting.weights[name], name))),
        model_weights={name: round(weight, 6) for name, weight in weighting.weights.items()},
        prophet_forecast=totals.get("prophet"),
        arima_forecast=totals.get("arima"),
        peak_week=int(np.argmax(units)) + 1,
        season_total_interval=interval,
        backtest=backtest,
        explanation=explanation,
        warnings=(*problem.warnings, *warnings),
        reasoning=write_reasoning(units, interval, backtest, explanation),
        recipe=recipe,
    )


def method_name(weights: dict[str, float]) -> str:
    """`ensemble_prophet_arima` where these two are in it, otherwise the forecasters that are."""
    counted = {name for name, weight in weights.items() if weight > 0}
    if counted >= PAIR:
        return "ensemble_prophet_arima"
    there = sorted(counted & PAIR)
    return "ensemble_" + "_".join([*there, "lines"]) if len(counted) > 1 else next(iter(counted))
