"""Sales put into whole weeks that are anchored on the season's first day."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tasks.planning.units import Floats

DAYS = 7


@dataclass(frozen=True)
class WeeklyPanel:
    """Weekly units by store; week *k* starts `7·k` days after the season does (history is negative).

    Attributes:
        weeks: shape (weeks,), consecutive week numbers relative to the season, all negative.
        store_ids: shape (stores,).
        units: shape (weeks, stores), NaN where a store has no row in a week.
        warnings: what was shifted or dropped, in words.
    """

    weeks: NDArray[np.int64]
    store_ids: tuple[str, ...]
    units: Floats
    warnings: tuple[str, ...]


def is_weekly(dates: pd.Series) -> bool:
    """Whether rows stand for weeks: all dates lie a multiple of seven days apart."""
    days = dates.drop_duplicates()
    return bool(((days - days.min()).dt.days % DAYS == 0).all())


def to_weeks(
    sales: pd.DataFrame, *, season_start: date, as_of: date, last_seen: pd.Timestamp | None = None
) -> WeeklyPanel:
    """Sum `sales` (date, store_id, quantity_sold) into whole weeks, seeing nothing on or after `as_of`.

    Daily rows fall into weeks that start on the season's weekday; weekly rows go to the nearest such week.
    Incomplete first and last weeks are dropped.

    Args:
        last_seen: the last day that the whole file covers, where that is later than this category's.
    """
    weekly = is_weekly(sales["date"])
    limit = pd.Timestamp(as_of) - pd.Timedelta(days=DAYS if weekly else 1)
    seen = sales[sales["date"] <= limit]
    if seen.empty:
        return WeeklyPanel(np.array([], dtype=np.int64), (), np.zeros((0, 0)), ())
    start = pd.Timestamp(season_start)
    end = min(limit, max(seen["date"].max(), last_seen if last_seen is not None else seen["date"].max()))
    slack = DAYS // 2 if weekly else 0  # a weekly row goes to the nearest week
    offsets = (seen["date"] - start).dt.days + slack
    first = (seen["date"].min() - start).days + slack
    last = (end - start).days + slack
    if not weekly:  # only weeks that are whole
        first, last = first + DAYS - 1, last - DAYS + 1
    weeks = range(first // DAYS, last // DAYS + 1)
    table = (
        seen.assign(week=offsets // DAYS)
        .pivot_table(index="week", columns="store_id", values="quantity_sold", aggfunc="sum", observed=True)
        .reindex(weeks)
        .sort_index(axis=1)
    )
    shift = int(offsets.iloc[0]) % DAYS - slack
    return WeeklyPanel(
        np.array(weeks, dtype=np.int64),
        tuple(str(store) for store in table.columns),
        table.to_numpy(dtype=float),
        (_shift_warning(shift),) if weekly and shift else (),
    )


def _shift_warning(days: int) -> str:
    return (
        f"The weekly history starts its weeks {abs(days)} day{'s' if abs(days) > 1 else ''} "
        f"{'after' if days > 0 else 'before'} the season's weekday; each was put into the nearest one."
    )
