"""A season's sales: units by store and season week, or by store and day, put into season weeks."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pandera.pandas as pa

from schemas.csv import checked
from schemas.csv.keys import FIRST_DAY, Codes, Keys, day_of
from schemas.csv.problems import Problems, refuse
from schemas.csv.shared import file_warnings, known_store_check, listed
from schemas.csv.source import Progress, Source, open_lines
from schemas.csv.table import Chunk, Table
from schemas.frames import DailySalesFrame, WeeklySalesFrame
from schemas.names import name_key

WEEKLY = ("store_id", "week_number", "units_sold")
DAILY = ("date", "store_id", "quantity_sold")
KINDS = {
    "store_id": checked.TEXT,
    "week_number": checked.NUMBER,
    "units_sold": checked.NUMBER,
    "date": checked.DAY,
    "quantity_sold": checked.NUMBER,
    "category": checked.TEXT,
}
DAYS = 7


@dataclass(frozen=True)
class PlannedWeeks:
    """The weeks that actuals may be of, and who sells in them.

    Attributes:
        start: first day of week 1.
        weeks: how many there are.
        store_ids: the plan's stores.
        categories: names and ids of the planned category; rows of another are passed over. Empty where the
            file's category column, if there is one, is not to be looked at.
    """

    start: date
    weeks: int
    store_ids: Collection[str]
    categories: Collection[str] = ()

    @property
    def end(self) -> date:
        """Last day of the last week."""
        return self.start + timedelta(days=DAYS * self.weeks - 1)

    def week_end(self, week: int) -> date:
        """Last day of week `week`, from 1."""
        return self.start + timedelta(days=DAYS * week - 1)

    def last_over(self, today: date) -> int:
        """The last week that is over when `today` ends; 0 before the first is."""
        return min(self.weeks, max(0, ((today - self.start).days + 1) // DAYS))


@dataclass(frozen=True)
class WeeklySales:
    """A season's actuals that are right from the first row to the last.

    Attributes:
        units: by (week, store): whole units.
        weeks: those that the file has, ascending.
        gaps: weeks before the last of them that it has not; they may have come before.
        rows: how many rows they came from.
        warnings: what a planner should know, a sentence each.
    """

    units: dict[tuple[int, str], int]
    weeks: tuple[int, ...]
    gaps: tuple[int, ...]
    rows: int
    warnings: tuple[str, ...]


def read_weekly_sales(
    source: Source, *, max_bytes: int, season: PlannedWeeks, today: date, on_progress: Progress | None = None
) -> WeeklySales:
    """Read a season's actual sales, in either of the two shapes, and check all of them.

    Args:
        source: a path, or a binary file that is read from where it stands and left open.
        max_bytes: refused above.
        season: its weeks and stores.
        today: weeks that are not over by its end are refused.
        on_progress: called with the bytes read and the file's size.

    Raises:
        InvalidFileError: with the first faults, each by row and column, and their number.
        TooLargeError: more than `max_bytes`.
        InvalidInputError: there is no such file.
    """
    reading = _WeeklyReading(season, today)
    with open_lines(source, max_bytes=max_bytes, on_progress=on_progress) as lines:
        table = Table(lines, KINDS)
        reading.read(table)
        used = [*(DAILY if reading.daily else WEEKLY), *(["category"] if season.categories else [])]
        return reading.result(file_warnings(lines, table, used))


class _WeeklyReading:
    """One pass over a file."""

    def __init__(self, season: PlannedWeeks, today: date) -> None:
        self._season, self._today = season, today
        self._problems, self._keys, self._stores = Problems(), Keys(), Codes("store_id")
        self._units: defaultdict[tuple[int, str], float] = defaultdict(float)
        self._days: set[date] = set()
        self._rows = self._others = 0
        self.daily = False

    def read(self, table: Table) -> None:
        self.daily = "week_number" not in table.header and "date" in table.header
        columns = DAILY if self.daily else WEEKLY
        table.require(columns)
        schema = self._schema()
        wanted = [*columns, "category"] if self._season.categories else columns
        for chunk in table.chunks(wanted, self._problems):
            kept = self._of_category(chunk)
            if kept.rows:
                self._take(checked.validated(kept, KINDS, schema, table.decimal_comma, self._problems))

    def result(self, warnings: list[str]) -> WeeklySales:
        column = "date" if self.daily else "week_number"
        self._keys.report(self._problems, column, self._in_words, parts=2)
        self._problems.raise_if_any("weekly sales file")
        if not self._rows:
            raise refuse(
                f"the file has no rows of {next(iter(self._season.categories))}; it has other categories only"
                if self._others
                else "the file has a header and no rows; add the sales"
            )
        weeks = sorted({week for week, _ in self._units})
        if self._others:
            warnings.append(f"{self._others} rows of other categories were passed over")
        return WeeklySales(
            units={key: round(units) for key, units in sorted(self._units.items())},
            weeks=tuple(weeks),
            gaps=tuple(sorted(set(range(1, weeks[-1])) - set(weeks))),
            rows=self._rows,
            warnings=(
                *warnings,
                *self._rounded(),
                *self._missing_days(weeks),
                *self._missing_stores(weeks),
            ),
        )

    def _rounded(self) -> list[str]:
        parts = sum(not units.is_integer() for units in self._units.values())
        return [f"a season is kept in whole units: {parts} store weeks were rounded"] if parts else []

    def _schema(self) -> pa.DataFrameSchema:
        frame = DailySalesFrame if self.daily else WeeklySalesFrame
        schema = checked.with_check(frame.to_schema(), "store_id", known_store_check(self._season.store_ids))
        checks = _day_checks if self.daily else _week_checks
        return checked.with_check(
            schema, "date" if self.daily else "week_number", *checks(self._season, self._today)
        )

    def _of_category(self, chunk: Chunk) -> Chunk:
        """The chunk's rows of the planned category; an empty category is that one too."""
        if "category" not in chunk.cells:
            return chunk
        wanted = {name_key(name) for name in self._season.categories} | {""}
        keys = {text: name_key(text.strip()) for text in set(chunk.cells["category"])}
        places = [place for place, text in enumerate(chunk.cells["category"]) if keys[text] in wanted]
        self._others += len(chunk.rows) - len(places)
        cells = {
            column: [texts[place] for place in places]
            for column, texts in chunk.cells.items()
            if column != "category"
        }
        return Chunk([chunk.rows[place] for place in places], cells)

    def _take(self, frame: pd.DataFrame) -> None:
        rows = frame.index.to_numpy()
        stores = self._stores.of(frame["store_id"])
        if self.daily:
            days = frame["date"].to_numpy().astype("datetime64[D]")
            self._days.update(np.unique(days).tolist())
            self._keys.add(rows, days.astype(np.int64) - FIRST_DAY, stores)
            weeks = (days - np.datetime64(self._season.start)).astype(np.int64) // DAYS + 1
            units = frame["quantity_sold"]
        else:
            weeks = frame["week_number"].to_numpy().astype(np.int64)
            self._keys.add(rows, weeks, stores)
            units = frame["units_sold"]
        for week, store_id, sold in zip(weeks.tolist(), frame["store_id"], units, strict=True):
            self._units[week, store_id] += sold
        self._rows += len(frame)

    def _in_words(self, key: Sequence[int]) -> str:
        when, store = key
        first = str(day_of(when)) if self.daily else f"week {when}"
        return f"{first}, {self._stores.names[store]}"

    def _missing_days(self, weeks: Sequence[int]) -> list[str]:
        if not self.daily:
            return []
        first = {week: self._season.week_end(week) - timedelta(days=DAYS - 1) for week in weeks}
        missing = [
            f"{day} (week {week})"
            for week in weeks
            for day in (first[week] + timedelta(days=offset) for offset in range(DAYS))
            if day not in self._days
        ]
        return [f"days without any row, taken as days without sales: {listed(missing)}"] if missing else []

    def _missing_stores(self, weeks: Sequence[int]) -> list[str]:
        warnings = []
        for week in weeks:
            absent = sorted(store for store in self._season.store_ids if (week, store) not in self._units)
            if absent:
                warnings.append(
                    f"week {week} has no row of {len(absent)} of the plan's stores: {listed(absent)}"
                )
        return warnings


def _day_checks(season: PlannedWeeks, today: date) -> list[pa.Check]:
    start, end, over = (
        pd.Timestamp(day) for day in (season.start, season.end, season.week_end(season.last_over(today)))
    )
    now = pd.Timestamp(today)
    return [
        pa.Check(
            lambda days: days.isna() | (days >= start),
            error=f"is before the season, which starts on {season.start}; leave the row out",
        ),
        pa.Check(
            lambda days: days.isna() | (days <= end),
            error=f"is past the season's end on {season.end}; leave the row out",
        ),
        pa.Check(
            lambda days: days.isna() | (days <= now) | (days > end),
            error="is in the future; only what was sold can be imported",
        ),
        pa.Check(
            lambda days: days.isna() | (days <= over) | (days > now) | (days > end) | (days < start),
            error=f"is in a week that is not over: week {season.last_over(today) + 1} ends on "
            f"{season.week_end(season.last_over(today) + 1)}; import it then",
        ),
    ]


def _week_checks(season: PlannedWeeks, today: date) -> list[pa.Check]:
    over = season.last_over(today)
    begun = min(season.weeks, max(0, (today - season.start).days // DAYS + 1))
    return [
        pa.Check(lambda weeks: weeks >= 1, error="is before the season; its first week is 1"),
        pa.Check(
            lambda weeks: (weeks <= season.weeks) | np.isinf(weeks),
            error=f"is past the season's end; its last week is {season.weeks}",
        ),
        pa.Check(
            lambda weeks: (weeks <= begun) | (weeks > season.weeks),
            error="is in the future; only what was sold can be imported",
        ),
        pa.Check(
            lambda weeks: (weeks <= over) | (weeks > begun),
            error=f"is not over: week {over + 1} ends on {season.week_end(over + 1)}; import it then",
        ),
    ]
