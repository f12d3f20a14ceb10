"""The reference and its near relations: the year before as it was, or moved to the present level."""

import numpy as np

from tasks.demand.defaults import DEFAULTS
from tasks.demand.paths import Floats

YEAR = DEFAULTS.season_weeks


def seasonal_naive(panel: Floats, lead: int) -> Floats:
    """The same week a year before; without a whole year, the mean of all weeks known."""
    if panel.shape[1] < YEAR:
        return np.repeat(panel.mean(axis=1, keepdims=True), lead, axis=1)
    return np.tile(panel[:, -YEAR:], -(-lead // YEAR))[:, :lead]


def recent_mean(panel: Floats, lead: int, weeks: int = 12) -> Floats:
    """The mean of the last weeks."""
    return np.repeat(panel[:, -weeks:].mean(axis=1, keepdims=True), lead, axis=1)


def recent_median(panel: Floats, lead: int, weeks: int = 12) -> Floats:
    """The median of the last weeks: what most weeks are like where promotions make a few huge."""
    return np.repeat(np.median(panel[:, -weeks:], axis=1, keepdims=True), lead, axis=1)


def seasonal_ratio(panel: Floats, lead: int, weeks: int = 8) -> Floats:
    """The year before, times the last weeks' ratio to their own year before."""
    if panel.shape[1] < YEAR + weeks:
        return seasonal_naive(panel, lead)
    now, before = panel[:, -weeks:].sum(axis=1), panel[:, -weeks - YEAR : -YEAR].sum(axis=1)
    ratio = np.divide(now, before, out=np.ones_like(now), where=before > 0)
    return np.asarray(seasonal_naive(panel, lead) * np.clip(ratio, 0.2, 5.0)[:, None])
