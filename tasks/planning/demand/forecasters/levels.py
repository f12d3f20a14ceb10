"""Forecasters that see no season, only where sales stand: panel (series, weeks) in, (series, horizon) out."""

import numpy as np

from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.units import Floats

ALPHAS = np.array([0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9])
WARM_UP = 10
YEAR = DEFAULTS.season_weeks
MIN_DIFFERENCES = 8
UNEVEN_VARIANCE = 0.5  # squared noise ÷ squared mean of weeks from which the mean week alone is asked for


def recent_median(panel: Floats, horizon: int, weeks: int = 12) -> Floats:
    """The median of the last weeks: what most weeks are like where promotions make a few huge."""
    return hold(np.median(panel[:, -weeks:], axis=1), horizon)


def recent_mean(panel: Floats, horizon: int, weeks: int = 12) -> Floats:
    """The mean of the last weeks."""
    return hold(panel[:, -weeks:].mean(axis=1), horizon)


def smoothed(panel: Floats, horizon: int) -> Floats:
    """Exponential smoothing, its rate the one with the least squared one-step error."""
    return hold(smooth(panel)[0], horizon)


def log_smoothed(panel: Floats, horizon: int, alpha: float | None = None) -> Floats:
    """Exponential smoothing of log units, which a single huge week hardly moves."""
    small = offset(panel)
    alphas = ALPHAS if alpha is None else np.array([alpha])
    return hold(np.exp(smooth(np.log(panel + small), alphas)[0]) - small[:, 0], horizon)


def theta(panel: Floats, horizon: int) -> Floats:
    """The theta method: smoothing with half the linear trend (Hyndman and Billah 2003)."""
    length = panel.shape[1]
    time = np.arange(length) - (length - 1) / 2
    slope = (panel * time).sum(axis=1, keepdims=True) / max(float((time**2).sum()), 1e-9)
    level, alpha = (value[:, None] for value in smooth(panel))
    steps = np.arange(horizon)
    return np.asarray(level + 0.5 * slope * (steps + 1 / alpha - (1 - alpha) ** length / alpha))


def smooth(panel: Floats, alphas: Floats = ALPHAS) -> tuple[Floats, Floats]:
    """Smoothed level of each series and the rate that it was smoothed with, both of shape (series,)."""
    level = np.repeat(panel[:, :WARM_UP].mean(axis=1)[:, None], len(alphas), axis=1)
    squares = np.zeros_like(level)
    for week in range(panel.shape[1]):
        error = panel[:, week, None] - level
        squares += error**2 if week else 0.0
        level = level + alphas * error
    best, rows = squares.argmin(axis=1), np.arange(len(panel))
    return level[rows, best], alphas[best]


def hold(level: Floats, horizon: int) -> Floats:
    """The same level, shape (series,), in every week."""
    return np.repeat(np.asarray(level)[:, None], horizon, axis=1)


def offset(panel: Floats) -> Floats:
    """What is added before a logarithm: a hundredth of the mean, shape (series, 1)."""
    return np.asarray(0.01 * panel.mean(axis=1, keepdims=True) + 1e-9)


def unevenness(history: Floats) -> float:
    """From 0, where a typical week is a mean one, to 1, where sales come in few or large lots.

    Noise of weekly units as it stands against the week or the year before, whichever explains more.
    """
    mean = float(history.mean())
    lags = [lag for lag in (1, YEAR) if len(history) >= lag + MIN_DIFFERENCES]
    if mean <= 0 or not lags:
        return 0.0
    noise = min(float(((history[lag:] - history[:-lag]) ** 2).mean()) / 2 for lag in lags)
    return min(noise / mean**2 / UNEVEN_VARIANCE, 1.0)
