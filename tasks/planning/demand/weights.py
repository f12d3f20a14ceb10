"""How much each forecaster counts: inverse backtest error, pooled over origins and like categories."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tasks.planning.demand.forecasters import REFERENCE, SAYING_MEAN
from tasks.planning.demand.forecasters.base import PointForecast
from tasks.planning.demand.forecasters.levels import unevenness
from tasks.planning.demand.problem import ForecastProblem
from tasks.planning.units import Floats

SHARPNESS = 3.0  # weights go with error^(−SHARPNESS)
TOTAL_SHARE = 0.5  # a unit of season-total error counts half a unit of weekly error
OWN_SHARE = 0.3  # the rest is the pool's experience
DOUBT = 3.0  # backtests that a forecaster's own must outnumber before they are believed
HANDICAP = 0.7  # log error of a forecaster that nobody has seen
SMALLEST_ERROR = 1e-3
SMALLEST_SEASON = 0.1  # of the mean season: errors of a smaller one are measured by this
MAX_LOG_RATIO = 1.6  # one season where a forecaster was five times as far off says enough
LEFT_TO_TYPICAL = 0.02  # of the weight of those that say the typical week, however uneven the weeks are
RESCUE_STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Weighting:
    """Weights that sum to 1, by forecaster, with each one's own WAPE in the backtest and why it got that.

    `uneven` is the history's `unevenness`.
    """

    weights: dict[str, float]
    uneven: float
    wapes: dict[str, float | None]
    why: dict[str, str]


def actuals(problem: ForecastProblem) -> Floats:
    """What the backtested seasons really sold, shape (origins, series, weeks); NaN past the history's end."""
    starts = [origin + problem.gap for origin in problem.origins]
    known = np.pad(problem.panel, ((0, 0), (0, problem.weeks)), constant_values=np.nan)
    blocks = [known[:, start : start + problem.weeks] for start in starts]
    return np.array(blocks).reshape(len(blocks), len(problem.panel), problem.weeks)


def weigh(problem: ForecastProblem, runs: Sequence[PointForecast]) -> Weighting:
    """Weigh forecasters by (pooled relative error)^(−SHARPNESS); equal where nothing was backtested.

    Where the result would have done worse in backtests than the reference, it is moved towards the reference
    until it would not.
    """
    truth = actuals(problem)
    names = [run.name for run in runs]
    stack = np.stack([run.backtest for run in runs])
    wapes = {name: wape(stack[row, :, 0], truth[:, 0]) for row, name in enumerate(names)}
    uneven = unevenness(problem.aligned(len(problem.history))[0])
    if not problem.origins:
        even = dict(
            zip(names, (_typical(names, uneven) / _typical(names, uneven).sum()).tolist(), strict=True)
        )
        return Weighting(
            even, uneven, wapes, dict.fromkeys(names, "no season fits the history twice: all count alike")
        )
    scores = _scores(stack, truth, uneven)
    raw = scores**-SHARPNESS * _typical(names, uneven)
    shares = _no_worse_than_reference(raw / raw.sum(), names, stack, truth, uneven)
    why = {
        name: f"{score:.2f} times the middle forecaster's error in backtests"
        for name, score in zip(names, scores, strict=True)
    }
    return Weighting(dict(zip(names, shares.tolist(), strict=True)), uneven, wapes, why)


def _typical(names: Sequence[str], uneven: float) -> Floats:
    """What is left of each forecaster's weight where weeks are uneven."""
    return np.array([1.0 if name in SAYING_MEAN else max(1 - uneven, LEFT_TO_TYPICAL) for name in names])


def _scores(stack: Floats, truth: Floats, uneven: float) -> Floats:
    """Each forecaster's error as a multiple of the middle one's: geometric mean over origins and series."""
    sold = np.nansum(truth, axis=2)
    scale = np.maximum(np.maximum(sold, SMALLEST_SEASON * sold.mean(axis=0)), 1e-9)
    misses = np.where(np.isnan(truth), 0.0, stack - truth)
    power = 1 + uneven  # absolute errors ask for the typical week, squared ones for the mean one
    weekly = (np.abs(misses) ** power).mean(axis=3) ** (1 / power) * misses.shape[3]
    errors = weekly + TOTAL_SHARE * np.abs(misses.sum(axis=3))
    relative = np.maximum(errors / scale, SMALLEST_ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # means of nothing: forecasters that were not asked
        ratios = np.log(relative / np.nanmedian(relative, axis=0))
        ratios = np.clip(ratios, -MAX_LOG_RATIO, MAX_LOG_RATIO)
        pooled = np.nan_to_num(np.nanmean(ratios, axis=(1, 2)))
        own = np.nanmean(ratios[:, :, 0], axis=1)
    own = np.where(np.isnan(own), pooled, own)
    seen = np.isfinite(ratios).sum(axis=(1, 2))
    doubt = DOUBT / (DOUBT + seen)
    own, pooled = ((1 - doubt) * value + doubt * HANDICAP for value in (own, pooled))
    return np.asarray(np.exp(OWN_SHARE * own + (1 - OWN_SHARE) * pooled))


def _no_worse_than_reference(
    shares: Floats, names: Sequence[str], stack: Floats, truth: Floats, uneven: float
) -> Floats:
    if REFERENCE not in names:
        return shares
    reference = np.array([float(name == REFERENCE) for name in names])
    own, actual = stack[:, :, 0], truth[:, 0]
    power = 1 + uneven
    limit = np.nansum(np.abs(own[names.index(REFERENCE)] - actual) ** power)
    for step in RESCUE_STEPS:
        moved = (1 - step) * shares + step * reference
        if np.nansum(np.abs(blend(moved, own, uneven) - actual) ** power) <= limit:
            return np.asarray(moved)
    return reference


def blend(shares: Floats, stack: Floats, uneven: float) -> Floats:
    """Halfway between weighted mean and weighted median of `stack`, (forecasters, …); NaN is left out.

    The more `uneven` the weeks are, the nearer to the mean.
    """
    known = np.isfinite(stack)
    weight = shares.reshape(-1, *[1] * (stack.ndim - 1)) * known
    weight = weight / np.maximum(weight.sum(axis=0), 1e-12)
    values = np.where(known, stack, 0.0)
    order = np.argsort(values, axis=0, kind="stable")
    reached = np.cumsum(np.take_along_axis(weight, order, axis=0), axis=0) >= 0.5 - 1e-12
    middle = np.take_along_axis(order, reached.argmax(axis=0)[None], axis=0)
    median = np.take_along_axis(values, middle, axis=0)[0]
    mean = (weight * values).sum(axis=0)
    return np.asarray(mean + (1 - uneven) / 2 * (median - mean))


def wape(forecast: Floats, truth: Floats) -> float | None:
    """Σ|error| ÷ Σ actual over what was forecast; None where that is nothing."""
    known = np.isfinite(forecast) & np.isfinite(truth)
    sold = truth[known].sum()
    return float(np.abs(forecast - truth)[known].sum() / sold) if sold > 0 else None
