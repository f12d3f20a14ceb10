"""The other categories beside one: what weeks were recorded, whose errors are pooled, whose year is lent."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tasks.planning.demand.borrowing import Borrowed, borrow_year
from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.demand.repair import repair_history
from tasks.planning.units import Bools, Floats
from tasks.planning.weeks import to_weeks

MIN_SHOWN = 4  # weeks of a history in which a category must have sold to be of its age


@dataclass(frozen=True)
class Context:
    """Weekly units of the other categories.

    Attributes:
        weeks: week numbers relative to the season, ascending without holes.
        names: the categories.
        units: shape (weeks, categories); 0 in weeks in which another category has rows, NaN in the others.
    """

    season_start: date
    weeks: NDArray[np.int64]
    names: tuple[str, ...]
    units: Floats

    @classmethod
    def of(cls, others: pd.DataFrame | None, *, season_start: date, as_of: date) -> "Context":
        """From totals (date, category, quantity_sold), seeing nothing on or after `as_of`."""
        if others is None or others.empty:
            return cls(season_start, np.array([], dtype=np.int64), (), np.zeros((0, 0)))
        rows = others[["date", "category", "quantity_sold"]].rename(columns={"category": "store_id"})
        table = to_weeks(rows, season_start=season_start, as_of=as_of)
        recorded = ~np.isnan(table.units).all(axis=1, keepdims=True)
        units = np.where(np.isnan(table.units) & recorded, 0.0, np.clip(table.units, 0, None))
        return cls(season_start, table.weeks, table.store_ids, units)

    def recorded(self, weeks: NDArray[np.int64]) -> Bools:
        """In which of `weeks` any other category has a row."""
        return np.isin(weeks, self.weeks[~np.isnan(self.units).all(axis=1)])

    def pool(self, first: int, last: int, names: tuple[str, ...]) -> tuple[tuple[str, ...], Floats]:
        """Those of `names` that sold over the weeks `first` … `last`, and their totals, (series, weeks)."""
        length = last - first + 1
        if not len(self.weeks) or first < self.weeks[0] or last > self.weeks[-1]:
            return (), np.zeros((0, length))
        start = first - int(self.weeks[0])
        block = self.units[start : start + length]
        as_old = (self.units[: start + MIN_SHOWN] > 0).any(axis=0)
        asked = np.isin(self.names, names)
        alive = np.flatnonzero(asked & as_old & (np.nansum(block, axis=0) > 0))[: DEFAULTS.max_pool]
        day = self.season_start + timedelta(weeks=first)
        rows = [repair_history(block[:, column], day)[0] for column in alive]
        return tuple(self.names[column] for column in alive), np.array(rows).reshape(-1, length)

    def year_before(self, history: Floats, last: int) -> Borrowed | None:
        """The weeks before a `history` that ends in week `last`, as like categories moved in them."""
        if not len(self.weeks) or last > self.weeks[-1]:
            return None
        end = last - int(self.weeks[0]) + 1
        sold = self.units[:end]
        started = (np.nan_to_num(sold) > 0).cumsum(axis=0) > 0
        return borrow_year(history, np.where(started, sold, np.nan), self.names)
