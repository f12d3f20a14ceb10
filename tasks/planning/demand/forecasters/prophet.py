"""Prophet: a bending trend, a smooth year and the weeks of the country's great holidays, on log units."""

import importlib
import logging
from datetime import date, timedelta
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.demand.forecasters.base import PointForecast, backtest_latest, clip, ignore_warnings_of
from tasks.planning.demand.forecasters.levels import offset
from tasks.planning.demand.holiday_weeks import moving_holidays
from tasks.planning.demand.problem import ForecastProblem
from tasks.planning.units import Floats

YEAR = DEFAULTS.season_weeks
FOURIER_ORDER = 8
CHANGEPOINTS = 12
SEASON_PRIOR = 0.1
HOLIDAY_PRIOR = 0.3
MAX_ITERATIONS = 300
CHRISTMAS_WEEKS = {"Christmas": 0, "week before Christmas": -7, "week after Christmas": 7}


def load_prophet() -> None:
    """Import prophet, which would complain of plotly that nothing here draws with."""
    _silence()
    importlib.import_module("prophet")


def run_prophet(name: str, problem: ForecastProblem) -> PointForecast:
    """Fit on the whole history and again at the latest origins."""
    units = _forecast(problem, len(problem.history))[problem.gap :]
    return PointForecast(name, clip(units), backtest_latest(partial(_forecast, problem), problem))


def _forecast(problem: ForecastProblem, origin: int) -> Floats:
    _silence()
    from prophet import Prophet

    yearly = origin >= YEAR
    model = Prophet(
        growth="linear" if yearly else "flat",
        yearly_seasonality=FOURIER_ORDER if yearly else False,
        weekly_seasonality=False,
        daily_seasonality=False,
        seasonality_prior_scale=SEASON_PRIOR,
        holidays=_holiday_weeks(problem, origin) if yearly else None,
        holidays_prior_scale=HOLIDAY_PRIOR,
        n_changepoints=min(CHANGEPOINTS, origin // 3),
        uncertainty_samples=0,
    )
    history = problem.aligned(origin)[:1]
    small, level = offset(history), float(np.log(history + offset(history)).mean())
    units = np.log(history + small)[0] - level
    model.fit(
        pd.DataFrame({"ds": problem.week_starts(0, origin), "y": units}),
        seed=problem.seed,
        iter=MAX_ITERATIONS,
    )
    ahead = pd.DataFrame({"ds": problem.week_starts(origin, origin + problem.horizon)})
    logs = np.asarray(model.predict(ahead)["yhat"], dtype=float) + level
    ceiling = float(np.log(history + small).max()) + 1.0
    return np.asarray(np.exp(np.minimum(logs, ceiling)) - small[0])


def _holiday_weeks(problem: ForecastProblem, origin: int) -> pd.DataFrame:
    """First days of the weeks that hold a holiday; the past's moving ones lie where `aligned` put them."""
    starts = problem.week_starts(0, origin + problem.horizon)
    first, years = starts[0].date(), range(starts[0].year, starts[-1].year + 1)
    days: dict[str, list[date]] = {
        name: [date(year, 12, 25) + timedelta(days=shift) for year in years]
        for name, shift in CHRISTMAS_WEEKS.items()
    }
    for name, moving in moving_holidays(problem.country, years[0], years[-1]).items():
        days[name] = list(moving)
    rows: list[dict[str, Any]] = []
    for name, dates in days.items():
        last = max((day - first).days // 7 for day in dates)
        weeks = (
            {(day - first).days // 7 for day in dates}
            if name in CHRISTMAS_WEEKS
            else set(range(last, -1, -YEAR))
        )
        rows += [{"holiday": name, "ds": starts[week]} for week in sorted(weeks) if 0 <= week < len(starts)]
    return pd.DataFrame(rows, columns=["holiday", "ds"])


def _silence() -> None:
    """Prophet tells every fit to the log, warns of each short history, which the forecast says itself, and of
    its own dealings with pandas."""
    ignore_warnings_of("prophet")
    for name in ("cmdstanpy", "prophet", "prophet.plot"):
        logging.getLogger(name).disabled = True
