"""The registry of forecasters: a new one is one file and one row here."""

import importlib
from functools import partial

from tasks.planning.demand.forecasters import levels, seasons
from tasks.planning.demand.forecasters.arima import load_pmdarima, run_arima
from tasks.planning.demand.forecasters.base import Forecaster, PanelForecaster, Quick, Slow
from tasks.planning.demand.forecasters.pooled import Pooled
from tasks.planning.demand.forecasters.prophet import load_prophet, run_prophet

REFERENCE = "seasonal_naive"
POOLED_NAME = "pooled"

_QUICK: dict[str, Quick] = {
    REFERENCE: Quick(seasons.seasonal_naive, says_mean=True),
    "year_ratio": Quick(seasons.year_ratio),
    "season_median": Quick(seasons.with_season(levels.recent_median)),
    "season_half_year": Quick(seasons.with_season(partial(levels.recent_mean, weeks=26))),
    "season_year": Quick(seasons.with_season(partial(levels.recent_mean, weeks=52))),
    "season_growth": Quick(seasons.with_season(partial(levels.recent_mean, weeks=26), growth=1.0)),
    "season_half_growth": Quick(seasons.with_season(partial(levels.recent_median, weeks=26), growth=0.5)),
    "season_theta": Quick(seasons.with_season(levels.theta, smoothing=1)),
    "season_additive": Quick(seasons.with_season(levels.smoothed, additive=True), says_mean=True),
    "season_mean": Quick(seasons.mean_season, says_mean=True),
    "season_halved": Quick(seasons.with_season(levels.smoothed, share=0.5)),
    "recent_median": Quick(levels.recent_median),
    "year_median": Quick(partial(levels.recent_median, weeks=52)),
    "year_mean": Quick(partial(levels.recent_mean, weeks=52), says_mean=True),
    "smoothed": Quick(levels.smoothed, says_mean=True),
    "log_smoothed": Quick(levels.log_smoothed),
    "log_smoothed_fast": Quick(partial(levels.log_smoothed, alpha=0.3)),
}
QUICK: dict[str, PanelForecaster] = {name: row.forecast for name, row in _QUICK.items()}
SAYING_MEAN = frozenset(name for name, row in _QUICK.items() if row.says_mean)
SLOW: dict[str, Slow] = {
    "prophet": Slow(run_prophet, load_prophet),
    "arima": Slow(run_arima, load_pmdarima),
}
POOLED = Pooled(QUICK)
FORECASTERS: dict[str, Forecaster] = {**SLOW, **_QUICK, POOLED_NAME: POOLED}


def load_libraries() -> None:
    """Import what forecasting needs, so that no forecast waits for it."""
    for library in ("holidays", "sklearn.ensemble"):
        importlib.import_module(library)
    for row in SLOW.values():
        row.load()
