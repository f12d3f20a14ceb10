"""Sales history: date, category, store_id, quantity_sold, and where known revenue, on_hand, stockout."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from schemas.csv import checked
from schemas.csv.keys import FIRST_DAY, Codes, Keys, day_of
from schemas.csv.problems import Problems, refuse
from schemas.csv.shared import case_warnings, file_warnings, known_store_check, listed, not_after
from schemas.csv.source import Lines, Progress, Source, open_lines
from schemas.csv.spool import Spool
from schemas.csv.table import Table
from schemas.frames import HistoryFrame
from schemas.names import name_key

REQUIRED = ("date", "category", "store_id", "quantity_sold")
KINDS = {
    "date": checked.DAY,
    "category": checked.TEXT,
    "store_id": checked.TEXT,
    "quantity_sold": checked.NUMBER,
    "revenue": checked.NUMBER,
    "on_hand": checked.NUMBER,
    "stockout": checked.FLAG,
}
IN_FUTURE = "is in the future; a history holds what was sold"
WEEK_ENDING = "week_ending"  # in place of `date`: the last day of each row's week
_NO_WEEKS = (
    f"{WEEK_ENDING} says that each row is a week, but the dates fall on several weekdays; name the column "
    "date where rows are days"
)
MONTH_DAYS, FEWEST_MONTHS = (28, 31), 6
_MONTHS = (
    "each date lies a month after the one before, and months would be taken for days; export days or weeks, "
    "or share each month out over its weeks"
)
_NO_ROWS = "the file has a header and no rows; add the sales"
_PACKED = np.dtype(
    [
        ("day", "i4"),
        ("category", "i4"),
        ("store", "i4"),
        ("quantity_sold", "f8"),
        ("revenue", "f8"),
        ("on_hand", "f8"),
        ("stockout", "i1"),
    ]
)
_UNKNOWN_FLAG = -1


@dataclass(frozen=True)
class HistoryFile:
    """A history that is right from the first row to the last; close it, or use it in a `with`.

    Attributes:
        rows: how many there are.
        start: first date.
        end: last date; of weekly rows, the day on which the last week starts.
        categories: as first spelled, in the order in which they came.
        store_ids: in the order in which they came.
        weekly: whether all dates fall on one weekday, over more than one week.
        warnings: what a planner should know, a sentence each.
    """

    rows: int
    start: date
    end: date
    categories: tuple[str, ...]
    store_ids: tuple[str, ...]
    weekly: bool
    warnings: tuple[str, ...]
    _spool: Spool

    def chunks(self) -> Iterator[pd.DataFrame]:
        """The rows, some thousand at a time, as `HistoryFrame` with every optional column.

        Returns:
            [date (datetime64), category, store_id, quantity_sold, revenue, on_hand (NaN where not known),
            stockout (True, False, None)].
        """
        categories, stores = np.array(self.categories, dtype=object), np.array(self.store_ids, dtype=object)
        for rows in self._spool:
            flags = np.where(rows["stockout"] == _UNKNOWN_FLAG, None, rows["stockout"].astype(bool))  # type: ignore[call-overload]
            yield pd.DataFrame(
                {
                    "date": rows["day"].astype("datetime64[D]").astype("datetime64[s]"),
                    "category": categories[rows["category"]],
                    "store_id": stores[rows["store"]],
                    "quantity_sold": rows["quantity_sold"],
                    "revenue": rows["revenue"],
                    "on_hand": rows["on_hand"],
                    "stockout": pd.Series(flags, dtype=object),
                }
            )

    def close(self) -> None:
        """Remove the temporary file; `chunks` gives nothing afterwards."""
        self._spool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_sales_history(
    source: Source,
    *,
    max_bytes: int,
    today: date,
    known_stores: Collection[str] | None = None,
    on_progress: Progress | None = None,
) -> HistoryFile:
    """Read a sales history and check all of it; memory does not grow with the file but for 16 bytes a row.

    Args:
        source: a path, or a binary file that is read from where it stands and left open.
        max_bytes: refused above.
        today: later days are refused.
        known_stores: others are refused; None or none takes any store.
        on_progress: called with the bytes read and the file's size.

    Raises:
        InvalidFileError: with the first faults, each by row and column, and their number.
        TooLargeError: more than `max_bytes`.
        InvalidInputError: there is no such file.
    """
    reading = _Reading()
    try:
        with open_lines(source, max_bytes=max_bytes, on_progress=on_progress) as lines:
            return reading.read(lines, today, known_stores or ())
    except BaseException:
        reading.spool.close()
        raise


class _Reading:
    """One pass over a file."""

    def __init__(self) -> None:
        self.spool = Spool()
        self._problems, self._keys = Problems(), Keys()
        self._categories, self._stores = Codes("category", name_key), Codes("store_id")
        self._rows = 0
        self._days: set[int] = set()
        self._last_days = False

    def read(self, lines: Lines, today: date, known_stores: Collection[str]) -> HistoryFile:
        table = Table(lines, KINDS)
        self._last_days = table.rename(WEEK_ENDING, "date")
        table.require(REQUIRED)
        schema = checked.with_check(
            HistoryFrame.to_schema(), "date", not_after(pd.Timestamp(today), IN_FUTURE)
        )
        if known_stores:
            schema = checked.with_check(schema, "store_id", known_store_check(known_stores))
        for chunk in table.chunks(KINDS, self._problems):
            self._take(checked.validated(chunk, KINDS, schema, table.decimal_comma, self._problems))
        self._keys.report(self._problems, "date", self._in_words, parts=3)
        self._problems.raise_if_any("sales history")
        if not self._rows:
            raise refuse(_NO_ROWS)
        days = np.array(sorted(self._days)).astype("datetime64[D]").tolist()
        _refuse_months(days)
        weekdays = {day.weekday() for day in days}
        if self._last_days and len(weekdays) > 1:
            raise refuse(_NO_WEEKS)
        return HistoryFile(
            rows=self._rows,
            start=days[0],
            end=days[-1],
            categories=tuple(self._categories.names),
            store_ids=tuple(self._stores.names),
            weekly=len(days) > 1 and len(weekdays) == 1,
            warnings=(*self._warnings(lines, table), *self._on_weeks(days)),
            _spool=self.spool,
        )

    def _take(self, frame: pd.DataFrame) -> None:
        packed = np.zeros(len(frame), dtype=_PACKED)
        packed["day"] = frame["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
        packed["day"] -= 6 * self._last_days
        packed["category"] = self._categories.of(frame["category"])
        packed["store"] = self._stores.of(frame["store_id"])
        packed["quantity_sold"] = frame["quantity_sold"]
        for column in ("revenue", "on_hand"):
            packed[column] = frame.get(column, np.nan)
        packed["stockout"] = _flags(frame)
        self._rows += len(frame)
        self._days.update(np.unique(packed["day"]).tolist())
        self._keys.add(frame.index.to_numpy(), packed["day"] - FIRST_DAY, packed["category"], packed["store"])
        if not self._problems.total:
            self.spool.add(packed)

    def _in_words(self, key: Sequence[int]) -> str:
        day, category, store = key
        return f"{day_of(day)}, {self._categories.names[category]}, {self._stores.names[store]}"

    def _warnings(self, lines: Lines, table: Table) -> list[str]:
        warnings = file_warnings(lines, table, KINDS) + case_warnings(self._stores.names)
        if self._categories.merged:
            merged = (f"{other!r} as {first!r}" for other, first in self._categories.merged.items())
            warnings.append(
                f"categories that differ only in case, accents or spaces were taken as one: {listed(merged)}"
            )
        if "revenue" not in table.header:
            warnings.append(
                "there is no revenue; prices and their elasticity cannot be told from this history"
            )
        if not {"on_hand", "stockout"} & set(table.header):
            warnings.append(
                "there is neither on_hand nor stockout; sold-out days count as days of low demand"
            )
        return warnings

    def _on_weeks(self, days: Sequence[date]) -> list[str]:
        """What weekly dates are taken for, where that can be doubted."""
        _refuse_months(days)
        weekdays = {day.weekday() for day in days}
        if self._last_days or len(days) < 2 or len(weekdays) > 1 or weekdays == {0}:
            return []
        return [
            f"the weeks are dated on {days[0]:%A}s, taken as their first days; if they are the last ones, "
            f"name the column {WEEK_ENDING} instead of date, or holidays fall into the wrong week"
        ]


def _refuse_months(days: Sequence[date]) -> None:
    """A month's sales on one day would be a spike in one week and nothing in the others."""
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    if len(days) >= FEWEST_MONTHS and all(MONTH_DAYS[0] <= gap <= MONTH_DAYS[1] for gap in gaps):
        raise refuse(_MONTHS, column="date")


def _flags(frame: pd.DataFrame) -> NDArray[np.int8]:
    if "stockout" not in frame:
        return np.full(len(frame), _UNKNOWN_FLAG, dtype=np.int8)
    flags = frame["stockout"].map({True: 1, False: 0}).fillna(_UNKNOWN_FLAG)
    return np.asarray(flags, dtype=np.int8)
