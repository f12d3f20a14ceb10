"""ARIMA on the log ratio to the year before: the season is carried by that year, the order found once."""

import importlib

import numpy as np

from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.demand.forecasters.base import PointForecast, backtest_latest, clip, ignore_warnings_of
from tasks.planning.demand.problem import ForecastProblem
from tasks.planning.units import Floats

YEAR = DEFAULTS.season_weeks
MIN_RATIOS = 12
Order = tuple[int, int, int]


def load_pmdarima() -> None:
    """Import pmdarima."""
    importlib.import_module("pmdarima")


def run_arima(name: str, problem: ForecastProblem) -> PointForecast:
    """Find the order on the whole history, then refit it at the latest origins."""
    horizon = problem.horizon
    forecast, order = forecast_arima(problem.aligned(len(problem.history))[0], horizon, None)
    past = backtest_latest(
        lambda origin: forecast_arima(problem.aligned(origin)[0], horizon, order)[0], problem
    )
    return PointForecast(name, clip(forecast[problem.gap :]), past, note=f"order {order}")


def forecast_arima(history: Floats, horizon: int, order: Order | None) -> tuple[Floats, Order]:
    """Forecast `horizon` weeks; on log units where there is less than a year and some weeks of ratios."""
    from pmdarima import ARIMA, auto_arima
    from threadpoolctl import threadpool_limits

    level = np.log(history + _offset(history))
    seasonal = len(history) >= YEAR + MIN_RATIOS
    target = level[YEAR:] - level[:-YEAR] if seasonal else level
    # matrices this small are slower on many threads, and by far where other runs want the same cores
    ignore_warnings_of("pmdarima", "statsmodels")
    with threadpool_limits(1):
        if np.ptp(target) < 1e-9:
            model_order, steps = (0, 0, 0), np.repeat(target[-1], horizon)
        elif order is None:
            found = auto_arima(
                target,
                seasonal=False,
                d=0 if seasonal else None,
                max_p=2,
                max_q=2,
                max_order=3,
                stepwise=True,
                maxiter=20,
                suppress_warnings=True,
                error_action="ignore",
            )
            model_order, steps = found.order, found.predict(horizon)
        else:
            model_order, steps = (
                order,
                ARIMA(order, maxiter=20, suppress_warnings=True).fit(target).predict(horizon),
            )
    steps = np.clip(steps, -2.0, 2.0) if seasonal else steps
    base = np.tile(level[-YEAR:], -(-horizon // YEAR))[:horizon] if seasonal else 0.0
    return np.exp(base + steps) - _offset(history), model_order


def _offset(history: Floats) -> float:
    return max(1.0, 0.01 * float(history.mean()))
