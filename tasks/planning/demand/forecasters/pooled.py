"""What many categories teach together: boosted trees that correct the quick forecasters' middle.

One model for all categories and all steps ahead, on log ratios to each series' own level, so that series of
any size share. It starts from the median of the quick forecasters and learns where that is off: direct
forecasts with the step as a feature, gradient boosting over histograms (Friedman 2001). Models of earlier
cutoffs stand beside the latest, so that its backtest never looks ahead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np

from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.demand.forecasters.base import PanelForecaster, PointForecast, clip
from tasks.planning.demand.forecasters.levels import unevenness
from tasks.planning.demand.forecasters.pooled_features import Features, features
from tasks.planning.demand.problem import ForecastProblem
from tasks.planning.units import Bools, Floats, Ints

YEAR = DEFAULTS.season_weeks
MAX_STEPS = YEAR  # weeks ahead that it is asked for; beyond them it says nothing
MIN_SERIES = 3  # fewer have nothing to pool
MIN_WEEKS = 8  # of a series, before it teaches or is forecast
MIN_EXAMPLES = 300
EXAMPLES = 10_000
STEPS_AN_ORIGIN = 12
ORIGIN_STRIDE = 2
YOUNG_WEEKS = 26  # with fewer weeks after the first year, examples are taken from that year too
REFIT_WEEKS, REFITS = 26, 4  # models stand this far apart, the last at the end of the history
TREES = {"max_iter": 80, "learning_rate": 0.05, "max_leaf_nodes": 8, "min_samples_leaf": 40}


@dataclass(frozen=True)
class Panel:
    """Weekly units of many series, whole weeks that end together.

    Attributes:
        units: shape (series, weeks); zeros before a series' first week.
        born: index of each series' first week, shape (series,).
        first_week: first day of the first week.
    """

    units: Floats
    born: Ints
    first_week: date

    @property
    def end(self) -> date:
        """First day that is not in it."""
        return self.first_week + timedelta(weeks=self.units.shape[1])


@dataclass(frozen=True)
class PooledModel:
    """Trees that have seen nothing on or after `cutoff`; features that told nothing then are left out.

    Attributes:
        typical: log ratio of the typical week to the middle.
        mean: ratio of the mean week to the middle, which is higher where weeks are uneven.
    """

    cutoff: date
    typical: Any
    mean: Any
    told: Bools


@dataclass(frozen=True)
class PooledFit:
    """Models by cutoff, ascending; none where there was too little to learn from."""

    models: tuple[PooledModel, ...]

    def before(self, day: date) -> PooledModel | None:
        """The latest model that has seen nothing on or after `day`."""
        known = [model for model in self.models if model.cutoff <= day]
        return known[-1] if known else None


class _Examples(NamedTuple):
    table: Floats
    middle: Floats
    target: Floats
    weight: Floats
    week: Ints

    def until(self, week: int) -> "_Examples":
        """Those whose outcome lies before `week`."""
        known = self.week < week
        return _Examples(
            self.table[known], self.middle[known], self.target[known], self.weight[known], self.week[known]
        )


class Pooled:
    """The pooled forecaster over the quick ones that it corrects."""

    def __init__(self, quick: Mapping[str, PanelForecaster]) -> None:
        self._quick = quick

    def fit(self, panel: Panel, *, country: str, seed: int) -> PooledFit:
        """Learn from all series of `panel`, and from what was known at earlier cutoffs."""
        length = panel.units.shape[1]
        cutoffs = [length - REFIT_WEEKS * back for back in reversed(range(REFITS))]
        examples = self._examples(panel, country, seed) if len(panel.units) >= MIN_SERIES else None
        if examples is None:
            return PooledFit(())
        fitted = (
            _fit(examples.until(week), panel.first_week + timedelta(weeks=week), seed) for week in cutoffs
        )
        return PooledFit(tuple(model for model in fitted if model is not None))

    def run(self, name: str, problem: ForecastProblem) -> PointForecast:
        """The category's forecast and the panel's backtest."""
        units, past = self.forecast(problem, problem.base(len(problem.history))[:1])
        return PointForecast(name, units[0], past)

    def forecast(self, problem: ForecastProblem, panel: Floats) -> tuple[Floats, Floats]:
        """The season of each series of `panel`, and the backtest of the problem's own panel, each said by a
        model that had not seen it; NaN where there is no such model."""
        units = np.full((len(panel), problem.weeks), np.nan)
        past = np.full((len(problem.origins), len(problem.panel), problem.weeks), np.nan)
        fit = problem.pool or PooledFit(())
        if fit.models and problem.horizon <= MAX_STEPS and panel.shape[1] >= MIN_WEEKS:
            units = self._predict(fit.models[-1], problem, panel)
            for row, origin in enumerate(problem.origins):
                model = fit.before(problem.week_start(origin))
                if model is not None:
                    past[row] = self._predict(model, problem, problem.base(origin))
        return clip(units), clip(past)

    def _predict(self, model: PooledModel, problem: ForecastProblem, panel: Floats) -> Floats:
        steps = np.arange(problem.gap, problem.horizon)
        seen = features(panel, problem.week_start(0), steps, problem.country, self._quick)
        rows = seen.table.reshape(-1, seen.table.shape[2])[:, model.told]
        typical = seen.units(seen.middle + model.typical.predict(rows).reshape(seen.middle.shape))
        mean = seen.units(seen.middle + np.log(model.mean.predict(rows)).reshape(seen.middle.shape))
        uneven = np.array([[unevenness(series)] for series in panel])
        return (1 - uneven) * typical + uneven * mean

    def _examples(self, panel: Panel, country: str, seed: int) -> _Examples | None:
        """Forecasts that could have been made and their outcomes, a random choice of series and steps."""
        rng, length = np.random.default_rng(seed), panel.units.shape[1]
        first = YEAR if length - YEAR >= YOUNG_WEEKS else MIN_WEEKS
        origins = range(length - 1, first - 1, -ORIGIN_STRIDE)
        share = EXAMPLES // (STEPS_AN_ORIGIN * max(len(origins), 1))
        found = []
        for origin in origins:
            rows = np.flatnonzero(
                (panel.born + MIN_WEEKS <= origin) & (panel.units[:, :origin].sum(axis=1) > 0)
            )
            rows = np.sort(rng.permutation(rows)[: max(share, 1)])
            ahead = min(MAX_STEPS, length - origin)
            steps = np.sort(rng.permutation(ahead)[:STEPS_AN_ORIGIN])
            if len(rows):
                seen = features(panel.units[rows, :origin], panel.first_week, steps, country, self._quick)
                found.append(_example(seen, panel.units[rows][:, origin + steps], origin + steps))
        return _Examples(*map(np.concatenate, zip(*found, strict=True))) if found else None


def _example(seen: Features, outcome: Floats, weeks: Ints) -> _Examples:
    """A row for each series and step; large series matter more, though not by their size."""
    return _Examples(
        seen.table.reshape(-1, seen.table.shape[2]),
        seen.middle.ravel(),
        seen.logs(outcome).ravel(),
        np.repeat(np.sqrt(seen.level), len(weeks), axis=1).ravel(),
        np.tile(weeks, len(outcome)),
    )


def _fit(examples: _Examples, cutoff: date, seed: int) -> PooledModel | None:
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    if len(examples.target) < MIN_EXAMPLES:
        return None
    told = np.array([len(np.unique(column[np.isfinite(column)])) > 1 for column in examples.table.T])
    table, off = examples.table[:, told], examples.target - examples.middle
    weight, middle = examples.weight / examples.weight.mean(), np.exp(examples.middle)
    with threadpool_limits(1):
        typical, mean = (
            HistGradientBoostingRegressor(loss=loss, early_stopping=False, random_state=seed, **TREES).fit(
                table, target, sample_weight=weights
            )
            for loss, target, weights in (
                ("absolute_error", off, None),  # weighted medians would take ten times as long
                ("poisson", np.exp(off), weight * middle),
            )
        )
    return PooledModel(cutoff, typical, mean, told)
