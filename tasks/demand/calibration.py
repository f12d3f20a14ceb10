"""The forecast's uncertainty, from how far its own rehearsals were off (split-conformal)."""

from dataclasses import dataclass

import numpy as np

from tasks.demand.defaults import DEFAULTS
from tasks.demand.paths import Floats

PRIOR_LOG_SIGMA = 0.15
PRIOR_COUNT = 6.0
MAX_LOG_ERROR = 2.5


@dataclass(frozen=True)
class Calibration:
    """Quantile function of actual ÷ forecast season totals and the weeks' noise around it."""

    total_factors: Floats
    week_sigma: float
    week_rho: float
    coverage: float | None


def calibrate(rehearsed: Floats, truth: Floats) -> Calibration:
    """Turn rehearsed and actual seasons, both (origins, series, weeks), into a distribution.

    The quantiles are those of the category's own log errors and, at a lower weight, of the pool's, widened by
    the finite-sample correction of split-conformal prediction (Vovk et al. 2005).
    """
    ratios = log_ratios(rehearsed.sum(axis=2), truth.sum(axis=2))
    own, pooled = ratios[:, 0], ratios[:, 1:].ravel()
    levels = (np.arange(DEFAULTS.path_factors) + 0.5) / DEFAULTS.path_factors
    factors = np.exp(_quantiles(own, pooled, levels))
    sigma, rho = _week_noise(rehearsed, truth)
    return Calibration(factors, sigma, rho, _coverage(own, pooled))


def log_ratios(forecast: Floats, actual: Floats) -> Floats:
    """log(actual ÷ forecast), bounded, 0 where both are nothing."""
    tiny = 1e-9 + 0.01 * np.abs(forecast).mean()
    return np.asarray(np.clip(np.log((actual + tiny) / (forecast + tiny)), -MAX_LOG_ERROR, MAX_LOG_ERROR))


def _quantiles(own: Floats, pooled: Floats, levels: Floats) -> Floats:
    values = np.concatenate([own, pooled])
    if not len(values):
        from scipy.stats import norm

        return np.asarray(norm.ppf(levels)) * 2 * PRIOR_LOG_SIGMA
    weights = np.concatenate([np.full(len(own), 1.0), np.full(len(pooled), 0.25)])
    spread = np.concatenate([values, [-2 * PRIOR_LOG_SIGMA, 2 * PRIOR_LOG_SIGMA]])
    weights = np.concatenate([weights, [0.5, 0.5]])
    order = np.argsort(spread, kind="stable")
    cumulative = np.cumsum(weights[order]) - 0.5 * weights[order]
    return np.asarray(np.interp(levels, cumulative / weights.sum(), spread[order]))


def _coverage(own: Floats, pooled: Floats) -> float | None:
    """Share of own seasons inside the interval that the other errors alone would have given."""
    if len(own) < 2:
        return None
    tail = (1 - DEFAULTS.interval_level) / 2
    hits = []
    for index, value in enumerate(own):
        lower, upper = _quantiles(np.delete(own, index), pooled, np.array([tail, 1 - tail]))
        hits.append(lower <= value <= upper)
    return float(np.mean(hits))


def _week_noise(rehearsed: Floats, truth: Floats) -> tuple[float, float]:
    """Spread and lag-one autocorrelation of the weeks' log errors, the season's own level taken out."""
    if not len(truth):
        return PRIOR_LOG_SIGMA, 0.3
    noise = log_ratios(rehearsed[:, 0], truth[:, 0])
    noise = noise - noise.mean(axis=1, keepdims=True)
    sigma = float(np.sqrt((noise**2).sum() / max(noise.size - len(noise), 1)))
    products = (noise[:, 1:] * noise[:, :-1]).sum()
    rho = float(np.clip(products / max((noise**2).sum(), 1e-9), 0.0, 0.9))
    return max(sigma, 0.02), rho
