"""The one interface of every forecaster: history in, point forecast and its backtest out."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.demand.problem import ForecastProblem
from tasks.planning.units import Floats

# Panel (series, history weeks) and horizon in weeks → point forecast (series, horizon).
PanelForecaster = Callable[[Floats, int], Floats]


@dataclass(frozen=True)
class PointForecast:
    """What one forecaster says.

    Attributes:
        name: the forecaster.
        units: units of each season week, shape (weeks,).
        backtest: what it would have said at each of the problem's origins about the season that followed,
            for each series of the panel, shape (origins, series, weeks); NaN where it was not asked.
        note: what a planner should know, such as how a model was chosen.
    """

    name: str
    units: Floats
    backtest: Floats
    note: str = field(default="")


class Forecaster(Protocol):
    """A row of the registry."""

    @property
    def run(self) -> Callable[[str, ForecastProblem], PointForecast]:
        """The forecast and backtest of a problem, under the forecaster's name."""


@dataclass(frozen=True)
class Quick:
    """A forecaster that is cheap enough to backtest at every origin on the whole panel.

    Attributes:
        says_mean: whether it says the mean week; most say the typical one (medians, logs), which is lower
            where weeks are uneven.
    """

    forecast: PanelForecaster
    says_mean: bool = False

    def run(self, name: str, problem: ForecastProblem) -> PointForecast:
        """The category's forecast and the panel's backtest."""
        units = self.forecast(problem.aligned(len(problem.history))[:1], problem.horizon)[0, problem.gap :]
        return PointForecast(name, clip(units), backtest(self.forecast, problem))


@dataclass(frozen=True)
class Slow:
    """A forecaster with a costly fit: run by itself, and backtested on the category alone at few origins.

    Attributes:
        load: imports its library, for a process that does so before it forecasts.
    """

    run: Callable[[str, ForecastProblem], PointForecast]
    load: Callable[[], None]


def with_promotions(problem: ForecastProblem, said: PointForecast) -> PointForecast:
    """What a forecaster said of the base, with what promotions are to move: each origin as it knew them."""
    if problem.promoted is None:
        return said
    length, gap = len(problem.history), problem.gap
    past = said.backtest.copy()
    for row, origin in enumerate(problem.origins):
        past[row] *= problem.promotion_factors(origin)[:, origin + gap :]
    return replace(
        said, units=said.units * problem.promotion_factors(length)[0, length + gap :], backtest=past
    )


def backtest(forecast: PanelForecaster, problem: ForecastProblem) -> Floats:
    """What `forecast` would have said at each origin of each series, shape (origins, series, weeks)."""
    past = np.full((len(problem.origins), len(problem.panel), problem.weeks), np.nan)
    for row, origin in enumerate(problem.origins):
        past[row] = forecast(problem.aligned(origin), problem.horizon)[:, problem.gap :]
    return clip(past)


def backtest_latest(forecast: Callable[[int], Floats], problem: ForecastProblem) -> Floats:
    """The same of the category alone at the latest origins: `forecast` gives the horizon from an origin."""
    past = np.full((len(problem.origins), len(problem.panel), problem.weeks), np.nan)
    for row, origin in list(enumerate(problem.origins))[-DEFAULTS.slow_origins :]:
        past[row, 0] = forecast(origin)[problem.gap :]
    return clip(past)


def ignore_warnings_of(*libraries: str) -> None:
    """Drop what these libraries warn of about themselves, for good: forecasters run in threads, where filters
    that are put back at the end would be put back under another forecaster's feet."""
    for library in libraries:
        warnings.filterwarnings("ignore", module=rf"{library}(\.|$)")


def clip(forecast: Floats) -> Floats:
    """No negative demand, no infinite one."""
    return np.clip(np.nan_to_num(forecast, nan=np.nan, posinf=np.nan), 0.0, None)
