"""Stores: store_id, and where known a name, the attributes that clustering reads, and anything else."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from schemas.attributes import STORE_NUMBERS
from schemas.csv import checked
from schemas.csv.cells import read_numbers
from schemas.csv.keys import MAX_DISTINCT
from schemas.csv.problems import Problems, refuse
from schemas.csv.shared import case_warnings, file_warnings, listed
from schemas.csv.source import Progress, Source, open_lines
from schemas.csv.table import Chunk, Table
from schemas.frames import (
    CONTROL,
    FORMULA,
    FORMULA_STARTS,
    LONG_NAME,
    NAME_LENGTH,
    StoresFrame,
)

KINDS = {
    "store_id": checked.TEXT,
    "store_name": checked.TEXT,
    "location_tier": checked.TEXT,
    **dict.fromkeys(STORE_NUMBERS, checked.NUMBER),
}


@dataclass(frozen=True)
class StoresFile:
    """Stores as a file has them.

    Attributes:
        records: a store each, by column: store_id, store_name (the id where the file has none), each known
            column that the file has (None where empty), and `extra` with every other column that is filled.
        warnings: what a planner should know, a sentence each.
    """

    records: tuple[dict[str, Any], ...]
    warnings: tuple[str, ...]


def read_stores(source: Source, *, max_bytes: int, on_progress: Progress | None = None) -> StoresFile:
    """Read a file of stores and check all of it.

    Args:
        source: a path, or a binary file that is read from where it stands and left open.
        max_bytes: refused above.
        on_progress: called with the bytes read and the file's size.

    Raises:
        InvalidFileError: with the first faults, each by row and column, and their number.
        TooLargeError: more than `max_bytes`.
        InvalidInputError: there is no such file.
    """
    problems, records = Problems(), list[dict[str, Any]]()
    first_rows: dict[str, int] = {}
    with open_lines(source, max_bytes=max_bytes, on_progress=on_progress) as lines:
        table = Table(lines, KINDS)
        table.require(["store_id"])
        schema = StoresFrame.to_schema()
        for chunk in table.chunks([column for column in table.header if column], problems):
            known = Chunk(chunk.rows, {name: texts for name, texts in chunk.cells.items() if name in KINDS})
            frame = checked.validated(known, KINDS, schema, table.decimal_comma, problems)
            _check_unique(frame, first_rows, problems)
            extras = _extras(chunk, table.decimal_comma, problems)
            records += _records(frame, extras)
        problems.raise_if_any("stores file")
        if not records:
            raise refuse("the file has a header and no rows; add the stores")
        warnings = file_warnings(lines, table, table.header) + case_warnings(first_rows)
    extra = [column for column in table.header if column and column not in KINDS]
    if extra:
        warnings.append(f"columns that are kept with the stores but not used: {listed(extra)}")
    missing = [column for column in STORE_NUMBERS if all(record.get(column) is None for record in records)]
    if missing:
        warnings.append(f"attributes that clustering will do without: {', '.join(missing)}")
    return StoresFile(tuple(records), tuple(warnings))


def _check_unique(frame: pd.DataFrame, first_rows: dict[str, int], problems: Problems) -> None:
    for row, store_id in frame["store_id"].items():
        first = first_rows.setdefault(store_id, int(str(row)))
        if first != row:
            problems.add(
                int(str(row)), "store_id", store_id, f"stands in row {first} already; keep one of the two"
            )
    if len(first_rows) > MAX_DISTINCT:
        raise refuse(f"the file has more than {MAX_DISTINCT} stores; is it the right file?")


def _extras(chunk: Chunk, decimal_comma: bool, problems: Problems) -> dict[int, dict[str, float | str]]:
    """What else the file says of the store on each row: numbers where they can be read, texts otherwise."""
    extras: dict[int, dict[str, float | str]] = {row: {} for row in chunk.rows}
    for column in (name for name in chunk.cells if name not in KINDS):
        texts = chunk.cells[column]
        for row, text, number in zip(chunk.rows, texts, read_numbers(texts, decimal_comma), strict=True):
            stripped = text.strip()
            if np.isfinite(number):
                extras[row][column] = float(number)
            elif stripped:
                _check_text(row, column, stripped, problems)
                extras[row][column] = stripped
    return extras


def _check_text(row: int, column: str, text: str, problems: Problems) -> None:
    if text.startswith(FORMULA_STARTS):
        problems.add(row, column, text, FORMULA)
    elif not text.isprintable():
        problems.add(row, column, text, CONTROL)
    elif len(text) > NAME_LENGTH:
        problems.add(row, column, text, LONG_NAME)


def _records(frame: pd.DataFrame, extras: dict[int, dict[str, float | str]]) -> list[dict[str, Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    records = []
    for row, values in zip(plain.index, plain.to_dict("records"), strict=True):
        named = {str(column): value for column, value in values.items()}
        named["store_name"] = named.get("store_name") or named["store_id"]
        records.append({**named, "extra": extras[int(row)]})
    return records
