"""statsforecast's models on the same histories, for comparison only: an optional extra."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import numpy as np
import pandas as pd

from schemas.errors import InvalidInputError
from tasks.evaluation.backtest.clock import cpu_seconds
from tasks.evaluation.backtest.panel import BacktestPlan, WeeklySeries, recorded_weeks, weekly_series
from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.demand.repair import fill_gaps

LEVELS = [80, 95]
PEERS = ("SeasonalNaive", "AutoETS", "MSTL", "DynamicOptimizedTheta", "AutoCES")
Progress = Callable[[int, int], None]


def run_peers(
    sales: pd.DataFrame, plan: BacktestPlan, *, jobs: int = 1, on_progress: Progress | None = None
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Forecast with every peer at season length 52 from every cutoff of `plan`.

    Returns:
        unique_id, cutoff, ds, model, yhat, lo80, hi80, lo95, hi95; and seconds per series by model,
        without the time that compiling takes once.

    Raises:
        InvalidInputError: statsforecast is not installed.
    """
    models = _models()
    histories = {
        cutoff: history_frame(weekly_series(sales, plan.level, before=cutoff + timedelta(days=7)))
        for cutoff in plan.cutoffs
    }
    parts, spent = [], dict.fromkeys(models, 0.0)
    forecasts = sum(history["unique_id"].nunique() for history in histories.values())
    steps = len(histories) * len(models)
    for name, model in models.items():
        _forecast(model, _warm_up_frame(), plan, 1)
        for cutoff, history in histories.items():
            began = cpu_seconds()
            forecast = _forecast(model, history, plan, jobs)
            spent[name] += cpu_seconds() - began
            parts.append(_tidy(forecast, name, cutoff, plan))
            if on_progress is not None:
                on_progress(len(parts), steps)
    return pd.concat(parts, ignore_index=True), {name: seconds / forecasts for name, seconds in spent.items()}


def history_frame(series: WeeklySeries) -> pd.DataFrame:
    """unique_id, ds, y of every series from its first row on, gaps filled as for our own forecasters."""
    parts = []
    for column, unique_id in enumerate(series.ids):
        units = series.units[:, column]
        first = int((~np.isnan(units)).argmax())
        if np.isnan(units).all() or len(units) - first < DEFAULTS.min_history:
            continue
        filled = fill_gaps(recorded_weeks(units[first:]))
        parts.append(pd.DataFrame({"unique_id": unique_id, "ds": series.starts[first:], "y": filled}))
    return pd.concat(parts, ignore_index=True)


def _models() -> Mapping[str, object]:
    try:
        from statsforecast import models
    except ImportError as error:
        raise InvalidInputError("--peers needs statsforecast: install the extra `peers`.") from error
    year = DEFAULTS.season_weeks
    return {name: getattr(models, name)(season_length=year) for name in PEERS}


def _forecast(model: object, history: pd.DataFrame, plan: BacktestPlan, jobs: int) -> pd.DataFrame:
    from statsforecast import StatsForecast
    from statsforecast.models import Naive

    engine = StatsForecast([model], freq="7D", n_jobs=jobs, fallback_model=Naive())
    forecast: pd.DataFrame = engine.forecast(df=history, h=plan.gap + plan.weeks, level=LEVELS)
    return forecast


def _tidy(forecast: pd.DataFrame, name: str, cutoff: date, plan: BacktestPlan) -> pd.DataFrame:
    mean = next(column for column in forecast.columns[2:] if "-lo-" not in column and "-hi-" not in column)
    names = {mean: "yhat"} | {
        f"{mean}-{side}-{level}": f"{side}{level}" for level in LEVELS for side in ("lo", "hi")
    }
    tidy = forecast.rename(columns=names).assign(model=name, cutoff=pd.Timestamp(cutoff))
    numbers = [column for column in names.values() if column in tidy.columns]
    tidy[numbers] = tidy[numbers].astype(float).clip(lower=0.0)
    return tidy[tidy["ds"] >= pd.Timestamp(plan.season_start(cutoff))]


def _warm_up_frame() -> pd.DataFrame:
    """Two and a half made-up years, so that compiling is not counted as forecasting."""
    weeks = 130
    units = 100 + 20 * np.sin(np.arange(weeks) / DEFAULTS.season_weeks * 2 * np.pi) + np.arange(weeks) % 7
    return pd.DataFrame(
        {"unique_id": "warm-up", "ds": pd.date_range("2020-01-06", periods=weeks, freq="7D"), "y": units}
    )
