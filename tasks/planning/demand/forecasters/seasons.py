"""Forecasters that see the year. They have nothing to say (NaN) where less than a year is known."""

import numpy as np

from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.demand.forecasters.base import PanelForecaster
from tasks.planning.demand.forecasters.levels import hold, offset
from tasks.planning.units import Floats

YEAR = DEFAULTS.season_weeks
MIN_OVERLAP = 8
MAX_LOG_RATIO = 1.6
MAX_LOG_GROWTH = 0.5


def seasonal_naive(panel: Floats, horizon: int) -> Floats:
    """The same week a year before; the mean of all weeks where less than a year is known."""
    if panel.shape[1] < YEAR:
        return hold(panel.mean(axis=1), horizon)
    return repeat_year(panel[:, -YEAR:], horizon)


def year_ratio(panel: Floats, horizon: int, weeks: int = 26) -> Floats:
    """The year before, moved by the median log ratio of the last weeks to theirs a year before."""
    length = panel.shape[1]
    if length < YEAR:
        return unknown(panel, horizon)
    ratios = np.zeros(len(panel))
    if length >= YEAR + MIN_OVERLAP:
        level, weeks = np.log(panel + offset(panel)), min(weeks, length - YEAR)
        ratios = np.median(level[:, -weeks:] - level[:, -weeks - YEAR : length - YEAR], axis=1)
    bounded = np.clip(ratios, -MAX_LOG_RATIO, MAX_LOG_RATIO)
    return repeat_year(panel[:, -YEAR:], horizon) * np.exp(bounded)[:, None]


def mean_season(panel: Floats, horizon: int, smoothing: int = 4) -> Floats:
    """The last year's mean week times how many units its week of the year has, on the mean of all years.

    Means of units alone, over neighbouring weeks: right on the mean where sales are few.
    """
    length = panel.shape[1]
    if length < YEAR:
        return unknown(panel, horizon)
    years = length // YEAR
    means = panel[:, length - years * YEAR :].reshape(len(panel), years, YEAR).mean(axis=1)
    smooth = around(means, smoothing)
    index = smooth / np.maximum(smooth.mean(axis=1, keepdims=True), 1e-12)
    return np.asarray(repeat_year(index, horizon) * panel[:, -YEAR:].mean(axis=1, keepdims=True))


def with_season(
    level: PanelForecaster,
    *,
    smoothing: int = 0,
    share: float = 1.0,
    additive: bool = False,
    growth: float = 0.0,
) -> PanelForecaster:
    """A forecaster that takes the season out, forecasts what is left by `level` and puts the season back.

    Args:
        smoothing: weeks on each side that a week's index is averaged with.
        share: how much of the season is believed.
        additive: in units instead of log units.
        growth: how much of the growth from year to year goes on.
    """

    def forecast(panel: Floats, horizon: int) -> Floats:
        length = panel.shape[1]
        if length < YEAR:
            return unknown(panel, horizon)
        small = offset(panel)
        values = panel if additive else np.log(panel + small)
        slope = growth * yearly_growth(values) / YEAR if growth else np.zeros((len(panel), 1))
        time = np.arange(length) - length
        flat = values - slope * time
        index = share * year_index(flat, smoothing)
        ahead = (
            level(flat - index[:, time % YEAR], horizon)
            + repeat_year(index, horizon)
            + slope * np.arange(horizon)
        )
        return np.asarray(ahead if additive else np.exp(ahead) - small)

    return forecast


def yearly_growth(values: Floats) -> Floats:
    """Median step of log units from a year to the next, bounded, shape (series, 1); 0 where unknown."""
    if values.shape[1] < YEAR + MIN_OVERLAP:
        return np.zeros((len(values), 1))
    steps = np.median(values[:, YEAR:] - values[:, :-YEAR], axis=1, keepdims=True)
    return np.asarray(np.clip(steps, -MAX_LOG_GROWTH, MAX_LOG_GROWTH))


def year_index(values: Floats, smoothing: int = 0) -> Floats:
    """How far each week of the year lies off the trend, shape (series, 52), summing to 0.

    Column *j* is the week that comes *j* weeks after the panel's end.
    """
    length = values.shape[1]
    off = values - _trend(values)
    whole = -(-length // YEAR) * YEAR
    padded = np.full((len(values), whole), np.nan)
    padded[:, whole - length :] = off
    index = np.nanmean(padded.reshape(len(values), -1, YEAR), axis=1)
    if smoothing:
        index = around(index, smoothing)
    return np.asarray(index - index.mean(axis=1, keepdims=True))


def around(year: Floats, smoothing: int) -> Floats:
    """A year, shape (series, 52), each week the mean of those up to `smoothing` weeks away."""
    circle = np.concatenate([year[:, -smoothing:], year, year[:, :smoothing]], axis=1)
    return np.asarray(
        np.lib.stride_tricks.sliding_window_view(circle, 2 * smoothing + 1, axis=1).mean(axis=2)
    )


def _trend(values: Floats) -> Floats:
    """A year's moving mean, held at both ends; one mean where less than two years are known."""
    length = values.shape[1]
    if length < 2 * YEAR:
        return np.repeat(values[:, -YEAR:].mean(axis=1, keepdims=True), length, axis=1)
    sums = np.cumsum(np.pad(values, ((0, 0), (1, 0))), axis=1)
    means = (sums[:, YEAR:] - sums[:, :-YEAR]) / YEAR
    at = np.clip(np.arange(length) - (YEAR - 1) / 2, 0, means.shape[1] - 1)
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, means.shape[1] - 1)
    return np.asarray(means[:, low] + (at - low) * (means[:, high] - means[:, low]))


def repeat_year(year: Floats, horizon: int) -> Floats:
    """A year, shape (series, 52), said again and again for `horizon` weeks."""
    return np.tile(year, (1, -(-horizon // YEAR)))[:, :horizon]


def unknown(panel: Floats, horizon: int) -> Floats:
    """Nothing to say."""
    return np.full((len(panel), horizon), np.nan)
