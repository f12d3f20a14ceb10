"""What a category cannot tell of itself: its year, taken from like categories, or all of it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from schemas.errors import InvalidInputError
from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.units import Floats

YEAR = DEFAULTS.season_weeks
MOST_WEEKS = 2 * YEAR  # of history, the borrowed ones included
MIN_TOLD = 12  # weeks in which likeness can be seen
SMOOTHED_WEEKS = 5
LIKE = 0.7  # of the young category's own variance that may be left beside a like one


@dataclass(frozen=True)
class Borrowed:
    """Weeks put before a history.

    Attributes:
        weeks: units, shape (weeks,); those of like categories on the young one's level.
        lenders: the like categories, the likest first.
    """

    weeks: Floats
    lenders: tuple[str, ...]


def borrow_year(history: Floats, others: Floats, names: tuple[str, ...]) -> Borrowed | None:
    """The weeks before a `history` of less than a year, as like categories moved in them.

    A category is like where log units move with the young one's: what is left of their difference is clearly
    less than the young one's own variance. Likelier ones count more.

    Args:
        history: shape (weeks,).
        others: units of other categories, shape (earlier weeks + weeks, others), ending with the history; NaN
            where not known.

    Returns:
        None where the history has a year of its own or nothing is like it.
    """
    length = len(history)
    if not MIN_TOLD <= length < YEAR or len(others) < YEAR:
        return None
    logs = np.log(others + 0.05 * np.nan_to_num(others).mean(axis=0) + 1e-9)
    own = np.log(history + 0.05 * history.mean() + 1e-9)
    left = _smooth(own[:, None] - logs[-length:]).var(axis=0)
    near = np.where(np.isnan(others[-YEAR:]).any(axis=0), np.inf, left) < LIKE * float(
        _smooth(own[:, None]).var()
    )
    like = np.flatnonzero(near)
    if not len(like) or not history.any():
        return None
    weights = 1 / np.maximum(left[like], 1e-6) ** 2
    known = np.asarray(~np.isnan(others[:, like]).any(axis=1))
    first = len(known) - min(int(known[::-1].cumprod().sum()), MOST_WEEKS)
    shape = np.exp(((logs - logs[-length:].mean(axis=0))[first:, like] * weights).sum(axis=1) / weights.sum())
    level = float(history.sum() / shape[-length:].sum())
    order = like[np.argsort(left[like], kind="stable")]
    return Borrowed(level * shape[:-length], tuple(names[column] for column in order))


def _smooth(logs: Floats) -> Floats:
    """Moving means over some weeks, which seasons outlast and chance does not."""
    window = min(SMOOTHED_WEEKS, len(logs))
    return np.asarray(np.lib.stride_tricks.sliding_window_view(logs, window, axis=0).mean(axis=2))


def sales_of_like(histories: Mapping[str, pd.DataFrame], scale: float) -> pd.DataFrame:
    """The history that a category without one is planned from: the mean of like ones, times `scale`.

    Args:
        histories: date, store_id, quantity_sold of each like category, by its id.

    Returns:
        [date, store_id, quantity_sold].

    Raises:
        InvalidInputError: one of them has no sales either.
    """
    empty = [name for name, sales in histories.items() if sales.empty]
    if empty or not histories:
        raise InvalidInputError(
            f"{', '.join(empty) or 'no category'} has no sales to plan a like category from; name others"
        )
    joined = pd.concat([sales[["date", "store_id", "quantity_sold"]] for sales in histories.values()])
    sums = joined.groupby(["date", "store_id"], observed=True)["quantity_sold"].sum() * scale / len(histories)
    return sums.reset_index()
