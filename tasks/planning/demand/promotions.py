"""Promotions known in advance: in history they explain what they moved, ahead they shape the weeks.

Log sales of a week rise by `share` (of store-days on promotion) and `depth` (−log of the price kept, on those
days), each series' response drawn to that of all: with one promoted week in ten, a series alone tells little.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from tasks.planning.units import Floats

AROUND = (
    6  # weeks on each side that a week is compared with, so that season and level do not count as response
)
POOL_SHARE = 0.5  # of the pooled response in each series', as if it were that many series' evidence
RIDGE = 0.05
MAX_DISCOUNT = 0.95
MAX_LIFT = 50.0
SMALL = 0.01
DAYS = 7


def promoted_weeks(
    of_series: Sequence[pd.DataFrame], *, first_week: date, weeks: int, stores: int
) -> Floats | None:
    """`weekly_promotions` of each series, (series, weeks, 2); None where nothing is ever promoted."""
    found = [weekly_promotions(rows, first_week=first_week, weeks=weeks, stores=stores) for rows in of_series]
    return np.stack(found) if np.any(found) else None


def weekly_promotions(promotions: pd.DataFrame, *, first_week: date, weeks: int, stores: int) -> Floats:
    """How much of each week is promoted: share and depth, shape (weeks, 2).

    Args:
        promotions: one category's start_date, end_date (inclusive), discount (0 to 1) and store_id, which is
            empty where all stores promote.
        stores: how many stores the category has.
    """
    found = np.zeros((weeks, 2))
    if promotions.empty:
        return found
    first = pd.Timestamp(first_week)
    start, end = (
        (pd.to_datetime(promotions[name]) - first).dt.days.to_numpy() for name in ("start_date", "end_date")
    )
    part = np.where(promotions["store_id"].isna(), 1.0, 1.0 / max(stores, 1))
    depth = -np.log1p(-np.clip(promotions["discount"].to_numpy(dtype=float), 0.0, MAX_DISCOUNT))
    for week in range(weeks):
        days = np.minimum(end, DAYS * week + DAYS - 1) - np.maximum(start, DAYS * week) + 1
        promoted = np.clip(days, 0, DAYS) / DAYS * part
        found[week] = promoted.sum(), (promoted * depth).sum()
    return found / np.maximum(found[:, :1], 1.0)


def promotion_lift(history: Floats, promoted: Floats) -> Floats:
    """What promotions multiply each week by, in history and after it, shape (series, all weeks).

    Args:
        history: units, shape (series, weeks); nothing after it is read.
        promoted: as `weekly_promotions`, of history and the weeks ahead, shape (series, all weeks, 2).
    """
    weeks = history.shape[1]
    small = SMALL * history.mean(axis=1, keepdims=True) + 1e-9  # what is added before a logarithm
    logs = _off_surroundings(np.log(history + small)[:, :, None])[:, :, 0]
    causes = _off_surroundings(promoted[:, :weeks])
    squares = np.einsum("swi,swj->sij", causes, causes)
    products = np.einsum("swi,sw->si", causes, logs)
    ridge = RIDGE * np.eye(2)
    common = np.linalg.solve(squares.sum(axis=0) + ridge, products.sum(axis=0))
    prior = POOL_SHARE * squares.mean(axis=0) + ridge
    own = np.linalg.solve(squares + prior, (products + prior @ common)[:, :, None])[:, :, 0]
    return np.asarray(np.clip(np.exp(np.einsum("swi,si->sw", promoted, own)), 1.0, MAX_LIFT))


def _off_surroundings(values: Floats) -> Floats:
    """Values less the mean of the weeks around, shape (series, weeks, kinds)."""
    sums = np.cumsum(np.pad(values, ((0, 0), (1, 0), (0, 0))), axis=1)
    place = np.arange(values.shape[1])
    low, high = np.maximum(place - AROUND, 0), np.minimum(place + AROUND + 1, values.shape[1])
    return np.asarray(values - (sums[:, high] - sums[:, low]) / (high - low)[None, :, None])
