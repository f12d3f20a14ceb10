"""The forecast's uncertainty, from how far its own backtest was off (split-conformal).

Backtested season totals of the category and, after scaling to its own spread, of like categories give the
errors whose quantiles become the distribution: Vovk et al. 2005, with the pool for what one series is too
short to tell.
"""

from dataclasses import dataclass

import numpy as np

from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.units import Floats

PRIOR_LOG_SIGMA = 0.15  # season totals of categories that nothing is known of
PRIOR_COUNT = 2.0  # backtested seasons that this is worth
OWN_COUNT = 12.0  # backtested seasons that the pool's spread is worth against the category's own
WIDENING = 2.5  # how much wider one independent season alone would make it, as 1 + WIDENING ÷ count
MAX_LOG_ERROR = 2.5
PRIOR_BIAS = 0.15  # how far the mean of past seasons is thought to lie off the forecast's
MAX_CENTRE = 1.5
MIN_WEEK_SIGMA, MAX_WEEK_SIGMA = 0.02, 1.5
PRIOR_RHO = 0.3
NORMAL_LEVELS = 99


@dataclass(frozen=True)
class Calibration:
    """How actual seasons lie around the forecast ones.

    Attributes:
        centre: expected actual ÷ forecast season total: what the forecast is moved by.
        total_factors: quantile function of actual ÷ moved forecast, with a mean of 1.
        week_sigma, week_rho: the weeks' noise around it.
        coverage: share of backtested seasons inside the interval that the others give.
    """

    centre: float
    total_factors: Floats
    week_sigma: float
    week_rho: float
    coverage: float | None


def calibrate(past: Floats, truth: Floats, independent: float) -> Calibration:
    """Turn backtested and actual seasons, both (origins, series, weeks), into a distribution.

    Args:
        independent: how many seasons the backtest is worth: those whose weeks overlap err together.
    """
    known = np.where(np.isnan(truth), np.nan, past)
    totals = log_ratios(np.nansum(known, axis=2), np.nansum(truth, axis=2))
    levels = (np.arange(DEFAULTS.path_factors) + 0.5) / DEFAULTS.path_factors
    sigma, rho = _week_noise(past, truth)
    factors = np.exp(_quantiles(totals, levels, independent))
    return Calibration(
        mean_factor(np.nansum(known, axis=2), np.nansum(truth, axis=2), independent),
        factors / factors.mean(),
        sigma,
        rho,
        _coverage(totals, independent),
    )


def mean_factor(forecast: Floats, actual: Floats, independent: float) -> float:
    """Expected actual ÷ forecast of the series in column 0, from season totals of (origins, series).

    A ratio of sums, which is right on the mean however skewed the seasons are; drawn to the pool's, in which
    each series counts alike, and that to 1, the more so the wider the seasons lie.
    """
    scale = forecast.mean(axis=0) if len(forecast) else np.zeros(forecast.shape[1])
    known = scale > 0
    if not known[0]:
        return 1.0
    ratios = (actual[:, known] / scale[known]).mean(axis=0)
    ratios = np.clip(ratios, 1 / MAX_CENTRE, MAX_CENTRE)  # an off-season says nothing of a season
    count = len(actual)
    pooled = (count * float(ratios.sum()) + PRIOR_COUNT) / (count * len(ratios) + PRIOR_COUNT)
    own = (count * float(ratios[0]) + OWN_COUNT * pooled) / (count + OWN_COUNT)
    errors = log_ratios(forecast, actual)
    squares = float(((errors[:, 0] - errors[:, 0].mean()) ** 2).mean()) * max(independent - 1, 0.0)
    squares += PRIOR_COUNT * PRIOR_LOG_SIGMA**2
    variance = squares / (max(independent - 1, 0.0) + PRIOR_COUNT)
    noise = variance * (1 + WIDENING / independent) / independent
    believed = PRIOR_BIAS**2 / (PRIOR_BIAS**2 + noise)
    return 1 + believed * (own - 1)


def log_ratios(forecast: Floats, actual: Floats) -> Floats:
    """log(actual ÷ forecast), bounded; 0 where both are nothing."""
    if not forecast.size:
        return np.zeros(forecast.shape)
    tiny = 1e-9 + 0.01 * float(np.abs(forecast).mean())
    return np.asarray(np.clip(np.log((actual + tiny) / (forecast + tiny)), -MAX_LOG_ERROR, MAX_LOG_ERROR))


def _quantiles(errors: Floats, levels: Floats, independent: float) -> Floats:
    """Quantiles of the next season's log error from those of (origins, series), the category in column 0."""
    spread = _spread(errors)
    centre = _centre(errors)
    scores = ((errors - centre) / spread).ravel()
    normal = _normal_scores()
    weights = np.concatenate([np.ones(len(scores)), np.full(len(normal), PRIOR_COUNT / len(normal))])
    values = np.concatenate([scores, normal])
    order = np.argsort(values, kind="stable")
    reached = (np.cumsum(weights[order]) - 0.5 * weights[order]) / weights.sum()
    width = np.sqrt(1 + WIDENING / independent) * spread[0]
    return np.asarray(centre[0] + width * np.interp(levels, reached, values[order]))


def _spread(errors: Floats) -> Floats:
    """Root mean square error of each series, drawn to the pool's where a series has few, shape (series,)."""
    count = errors.shape[0]
    squares = (errors**2).sum(axis=0)
    pooled = (float(np.median(squares)) + PRIOR_COUNT * PRIOR_LOG_SIGMA**2) / (count + PRIOR_COUNT)
    return np.asarray(np.sqrt((squares + OWN_COUNT * pooled) / (count + OWN_COUNT)))


def _centre(errors: Floats) -> Floats:
    """Mean error of each series, drawn to the pool's, shape (series,)."""
    count = errors.shape[0]
    pooled = float(errors.sum() / (errors.size + PRIOR_COUNT))
    return np.asarray((errors.sum(axis=0) + OWN_COUNT * pooled) / (count + OWN_COUNT))


def _normal_scores() -> Floats:
    from scipy.special import ndtri

    return np.asarray(ndtri((np.arange(NORMAL_LEVELS) + 0.5) / NORMAL_LEVELS))


def _coverage(errors: Floats, independent: float) -> float | None:
    """Share of own seasons inside the interval that the other origins' errors would have given."""
    if len(errors) < 2:
        return None
    tail = (1 - DEFAULTS.interval_level) / 2
    hits = []
    for index in range(len(errors)):
        lower, upper = _quantiles(np.delete(errors, index, axis=0), np.array([tail, 1 - tail]), independent)
        hits.append(lower <= errors[index, 0] <= upper)
    return float(np.mean(hits))


def _week_noise(past: Floats, truth: Floats) -> tuple[float, float]:
    """Spread and lag-one autocorrelation of the weeks' log errors, the season's own level taken out."""
    whole = ~np.isnan(truth).any(axis=(1, 2))
    if not whole.any() or truth.shape[2] < 2:
        return PRIOR_LOG_SIGMA, PRIOR_RHO
    noise = log_ratios(past[whole, 0], truth[whole, 0])
    noise = noise - noise.mean(axis=1, keepdims=True)
    squares = float((noise**2).sum())
    sigma = np.sqrt(squares / (noise.size - len(noise)))
    rho = float((noise[:, 1:] * noise[:, :-1]).sum()) / max(squares, 1e-9)
    return float(np.clip(sigma, MIN_WEEK_SIGMA, MAX_WEEK_SIGMA)), float(np.clip(rho, 0.0, 0.9))
