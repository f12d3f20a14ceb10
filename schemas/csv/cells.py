"""Cells to values: numbers, days and flags, each distinct text read once; and why one cannot be read."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.defaults import DATES

EARLIEST = DATES.first
_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
_GROUPS = {
    mark: re.compile(rf"([+-]?[0-9]{{1,3}}(?:[{mark}][0-9]{{3}})+)(\D[0-9]*)?") for mark in (",", ".", " '’")
}
_SPACES = re.compile("[\u00a0\u202f\u2009]")
_CURRENCY = re.compile(r"^(-?)\s*[$£€]\s*|\s*[$£€]$")
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_SLASHED = re.compile(r"([0-9]{1,4})[./-]([0-9]{1,2})[./-]([0-9]{1,4})")
_FLAGS = {
    **dict.fromkeys(("true", "t", "yes", "y", "1", "1.0"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0", "0.0"), False),
}
_UNKNOWN = frozenset({"", "inf", "infinity", "nan", "na", "n/a", "#n/a", "null", "none"})
_DAY_NUMBER = re.compile(r"[34][0-9]{4}(\.0)?")
_SPREADSHEET_EPOCH = date(1899, 12, 30)


def read_numbers(cells: Sequence[str], decimal_comma: bool) -> NDArray[np.float64]:
    """Numbers of `cells`: empty is NaN, unreadable infinity."""
    values = {cell: _number(cell.strip(), decimal_comma) for cell in set(cells)}
    return np.fromiter((values[cell] for cell in cells), dtype=float, count=len(cells))


def read_days(cells: Sequence[str]) -> NDArray[np.datetime64]:
    """Days of `cells`, datetime64[s]: empty and unreadable are NaT."""
    values = {cell: np.datetime64(_day(cell.strip()), "D").astype(int) for cell in set(cells)}
    days = np.fromiter((values[cell] for cell in cells), dtype=np.int64, count=len(cells))
    return days.view("datetime64[D]").astype("datetime64[s]")


def read_flags(cells: Sequence[str]) -> NDArray[Any]:
    """Flags of `cells`: empty is None, an unreadable one stays as it was written."""
    values = {cell: _FLAGS.get(cell.strip().casefold(), cell.strip() or None) for cell in set(cells)}
    return np.array([values[cell] for cell in cells], dtype=object)


def read_texts(cells: Sequence[str]) -> NDArray[Any]:
    """Texts of `cells` without the spaces around them: empty is None."""
    values = {cell: _SPACES.sub(" ", cell).strip() or None for cell in set(cells)}
    return np.array([values[cell] for cell in cells], dtype=object)


def _number(text: str, decimal_comma: bool) -> float:
    if not text:
        return np.nan
    if _PLAIN.fullmatch(text) and not (decimal_comma and _ambiguous(text)):
        return float(text)
    plain = _plain_number(text, decimal_comma)
    return float(plain) if plain is not None and np.isfinite(float(plain)) else np.inf


def _plain_number(text: str, decimal_comma: bool) -> str | None:
    """`text` with a decimal point and without currency and thousands marks; None where that is unclear."""
    text = _CURRENCY.sub(r"\1", _SPACES.sub(" ", text))
    if decimal_comma and _ambiguous(text):
        return None
    marks = (" '’", ".") if decimal_comma else (" '’", ",")
    for mark in marks:
        grouped = _GROUPS[mark].fullmatch(text)
        if grouped:
            text = re.sub(rf"[{mark}]", "", grouped[1]) + (grouped[2] or "")
            break
    if decimal_comma and text.count(",") == 1:
        text = text.replace(",", ".")
    return text if _NUMBER.fullmatch(text) else None


def _ambiguous(text: str) -> bool:
    """Whether the mark before three digits may part thousands or decimals, as in 1.234 and 1,234."""
    return re.fullmatch(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}", text) is not None


def _day(text: str) -> date | None:
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
    return day if day >= EARLIEST else None


def why_not_a_number(text: str, decimal_comma: bool) -> str:
    """Why `text` is no number, and what to write."""
    if text.startswith(("=", "@")):
        return "is a spreadsheet formula; export the values"
    if decimal_comma and _ambiguous(text):
        whole, rest = text[:-4], text[-3:]
        return f"can be read as {whole}{rest} or as {whole}.{rest}; write {whole}{rest} or {whole},{rest}0"
    if says_unknown(text):
        return "is not a number; leave the cell empty if the value is unknown"
    if "," in text and not decimal_comma:
        return 'is not a number; write 1234.5, or quote it with thousands marks as "1,234.5"'
    return "is not a number; write it like 1234.5"


def says_unknown(text: str) -> bool:
    """Whether a cell says that there is no value, in one of the ways that programs have."""
    return text.strip("+-").casefold() in _UNKNOWN


def why_not_a_day(text: str) -> str:
    """Why `text` is no day, and what to write."""
    if _ISO.fullmatch(text):
        year = int(text[:4])
        return (
            f"is before {EARLIEST.year}"
            if 0 < year < EARLIEST.year
            else "is a day that the calendar does not have"
        )
    if _DAY_NUMBER.fullmatch(text):
        day = _SPREADSHEET_EPOCH + timedelta(days=int(float(text)))
        return f"is a spreadsheet's day number; format the column as YYYY-MM-DD (this may be {day})"
    slashed = _SLASHED.fullmatch(text)
    if slashed:
        readings = _readings(*(int(part) for part in slashed.groups()))
        if len(readings) > 1:
            return f"is ambiguous ({' or '.join(readings)}); write dates as YYYY-MM-DD"
        if readings:
            return f"is not an ISO date; write {readings[0]} (YYYY-MM-DD)"
    return "is not a date; write YYYY-MM-DD"


def _readings(first: int, second: int, third: int) -> list[str]:
    orders = [(first, second, third)] if first > 31 else [(third, first, second), (third, second, first)]
    readings = []
    for year, month, day in orders:
        try:
            readings.append(date(year + 2000 if year < 100 else year, month, day).isoformat())
        except ValueError:
            continue
    return sorted(set(readings))


def why_not_a_flag(_: str) -> str:
    """What to write for a flag."""
    return "is neither yes nor no; write true or false, or leave the cell empty"
