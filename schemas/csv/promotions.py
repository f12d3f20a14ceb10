"""Promotions: category, start_date, end_date, discount and, where only one store promotes, store_id."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pandas as pd

from schemas.csv import checked
from schemas.csv.problems import Problems, refuse
from schemas.csv.shared import file_warnings, known_store_check
from schemas.csv.source import Progress, Source, open_lines
from schemas.csv.table import Table
from schemas.frames import PromotionsFrame

KINDS = {
    "category": checked.TEXT,
    "start_date": checked.DAY,
    "end_date": checked.DAY,
    "discount": checked.NUMBER,
    "store_id": checked.TEXT,
}
REQUIRED = ["category", "start_date", "end_date", "discount"]
BACKWARDS = "lies before start_date"


@dataclass(frozen=True)
class PromotionsFile:
    """Promotions as a file has them.

    Attributes:
        frame: category, start_date, end_date (datetime64, inclusive), discount, store_id (None: every store).
        warnings: what a planner should know, a sentence each.
    """

    frame: pd.DataFrame
    warnings: tuple[str, ...]

    @property
    def categories(self) -> list[str]:
        """The categories named, sorted."""
        return sorted(self.frame["category"].unique())

    @property
    def stores(self) -> list[str]:
        """The stores named, sorted."""
        return sorted(self.frame["store_id"].dropna().unique())


def read_promotions(
    source: Source,
    *,
    max_bytes: int,
    known_stores: Collection[str] | None = None,
    on_progress: Progress | None = None,
) -> PromotionsFile:
    """Read a promotion calendar and check all of it; promotions ahead are what it is for.

    Args:
        known_stores: if any, others are refused.

    Raises:
        InvalidFileError: with the first faults, each by row and column, and their number.
        TooLargeError: more than `max_bytes`.
        InvalidInputError: there is no such file.
    """
    problems, parts = Problems(), list[pd.DataFrame]()
    schema = PromotionsFrame.to_schema()
    with open_lines(source, max_bytes=max_bytes, on_progress=on_progress) as lines:
        table = Table(lines, KINDS)
        table.require(REQUIRED)
        if known_stores and "store_id" in table.header:
            schema = checked.with_check(schema, "store_id", known_store_check(known_stores))
        for chunk in table.chunks([name for name in table.header if name in KINDS], problems):
            frame = checked.validated(chunk, KINDS, schema, table.decimal_comma, problems)
            backwards = frame["end_date"] < frame["start_date"]
            for row, day in frame.loc[backwards, "end_date"].items():
                problems.add(int(str(row)), "end_date", f"{day.date()}", BACKWARDS)
            parts.append(frame)
        problems.raise_if_any("promotions file")
        if not any(len(part) for part in parts):
            raise refuse("the file has a header and no rows; add the promotions")
        return PromotionsFile(_whole(parts), tuple(file_warnings(lines, table, KINDS)))


def _whole(parts: list[pd.DataFrame]) -> pd.DataFrame:
    frame = pd.concat(parts, ignore_index=True).reindex(columns=list(KINDS))
    stores: pd.Series[Any] = frame["store_id"].astype(object)
    frame["store_id"] = stores.where(stores.notna() & (stores != ""), None)
    return frame.drop_duplicates(ignore_index=True)
