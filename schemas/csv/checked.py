"""A chunk of text becomes a frame, and pandera says what is wrong with it, cell by cell."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
from numpy.typing import NDArray

from schemas.csv import cells
from schemas.csv.problems import MAX_ERRORS, Problems
from schemas.csv.table import Chunk
from schemas.frames import MISSING, UNREADABLE

DAY, TEXT, NUMBER, FLAG = "day", "text", "number", "flag"
EMPTY = "is empty; fill it in, or leave the row out"
OR_ZERO = "write 0 if that is what it was, or leave the row out"


def to_frame(chunk: Chunk, kinds: Mapping[str, str], decimal_comma: bool) -> pd.DataFrame:
    """The values of a chunk's columns, read by their kind; the index is the rows' lines in the file."""
    readers: Mapping[str, Callable[[Sequence[str]], NDArray[Any]]] = {
        DAY: cells.read_days,
        TEXT: cells.read_texts,
        FLAG: cells.read_flags,
        NUMBER: lambda texts: cells.read_numbers(texts, decimal_comma),
    }
    rows = pd.Index(np.asarray(chunk.rows))
    columns = {column: readers[kinds[column]](texts) for column, texts in chunk.cells.items()}
    # Texts stay the objects that they are: another conversion would cost more than all the checks.
    return pd.DataFrame({column: pd.Series(values, rows, values.dtype) for column, values in columns.items()})


def validated(
    chunk: Chunk,
    kinds: Mapping[str, str],
    schema: pa.DataFrameSchema,
    decimal_comma: bool,
    problems: Problems,
) -> pd.DataFrame:
    """The chunk's rows that `schema` finds no fault with; the faults go to `problems`."""
    frame = to_frame(chunk, kinds, decimal_comma)
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases.drop_duplicates(["index", "column"]).sort_values("index", kind="stable")
        place = {row: position for position, row in enumerate(chunk.rows)}
        for row, column, check in zip(cases["index"], cases["column"], cases["check"], strict=True):
            if len(problems.found) >= MAX_ERRORS:
                problems.count_more(1)
                continue
            text = chunk.cells[column][place[row]].strip()
            needed = not schema.columns[column].nullable
            reason = _reason(text, str(check), kinds[column], decimal_comma, needed=needed)
            problems.add(int(row), column, text, reason)
        return pd.DataFrame(frame.drop(index=cases["index"].unique()))
    return frame


def _reason(text: str, check: str, kind: str, decimal_comma: bool, *, needed: bool) -> str:
    if check not in (MISSING, UNREADABLE):
        return check
    if kind == NUMBER and needed and cells.says_unknown(text):
        return f"is {'not a number' if text else 'empty'}; {OR_ZERO}"  # emptied, it would be refused again
    if not text:
        return EMPTY
    if kind == DAY:
        return cells.why_not_a_day(text)
    return cells.why_not_a_flag(text) if kind == FLAG else cells.why_not_a_number(text, decimal_comma)


def with_check(schema: pa.DataFrameSchema, column: str, *checks: pa.Check) -> pa.DataFrameSchema:
    """`schema` with further checks of a column: those that depend on the day or on the stores there are."""
    known = schema.columns[column].checks or []
    return schema.update_column(column, checks=[*known, *checks])
