"""Cells become numbers, days and flags, or a reason that says what to write."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.csv.cells import (
    read_days,
    read_flags,
    read_numbers,
    read_texts,
    why_not_a_day,
    why_not_a_number,
)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("3", 3),
        (" 3.50 ", 3.5),
        ("-2", -2),
        ("+2", 2),
        ("1,234", 1234),
        ("1,234,567.89", 1234567.89),
        ("$1,234.50", 1234.5),
        ("1 234", 1234),
        ("1\u00a0234", 1234),
        ("1'234.5", 1234.5),
        (".5", 0.5),
        ("1e3", 1000),
        ("1.234", 1.234),
    ],
)
def test_numbers_beside_commas(cell: str, value: float) -> None:
    assert read_numbers([cell], decimal_comma=False).tolist() == [value]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("3,5", 3.5),
        ("3.5", 3.5),
        ("1.234,56", 1234.56),
        ("1.234.567", 1234567),
        ("1 234,5", 1234.5),
        ("0,125", 0.125),
    ],
)
def test_numbers_beside_semicolons(cell: str, value: float) -> None:
    assert read_numbers([cell], decimal_comma=True).tolist() == [value]


@pytest.mark.parametrize(
    "cell", ["inf", "NaN", "12,5", "1,23,456", "1_000", "0x1F", "45%", "(3)", "=1+1", "1e999", "٣", "--1"]
)
def test_what_is_no_number_reads_as_infinity(cell: str) -> None:
    assert np.isinf(read_numbers([cell], decimal_comma=False)).all()


@pytest.mark.parametrize("cell", ["1.234", "1,234", "-12.345"])
def test_a_mark_before_three_digits_is_ambiguous_beside_semicolons(cell: str) -> None:
    assert np.isinf(read_numbers([cell], decimal_comma=True)).all()
    assert "can be read as" in why_not_a_number(cell, decimal_comma=True)


@given(st.floats(-1e12, 1e12).map(lambda value: round(value, 4)))
def test_a_number_written_with_marks_is_itself_again(value: float) -> None:
    assert read_numbers([f"{value:,.4f}", f"{value:.4f}"], decimal_comma=False).tolist() == [value, value]
    swapped = f"{value:,.4f}".translate(str.maketrans(",.", ".,"))
    assert read_numbers([swapped], decimal_comma=True).tolist() == [value]


@given(st.dates(date(1950, 1, 1), date(2200, 1, 1)))
def test_every_iso_day_is_read(day: date) -> None:
    assert read_days([day.isoformat(), f"{day}T00:00:00"]).astype("datetime64[D]").tolist() == [day, day]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("2024-02-30", "calendar does not have"),
        ("1024-02-03", "before 1950"),
        ("03/04/2024", "ambiguous (2024-03-04 or 2024-04-03)"),
        ("31/12/2023", "write 2023-12-31"),
        ("12/31/23", "write 2023-12-31"),
        ("2024/1/5", "write 2024-01-05"),
        ("45292", "this may be 2024-01-01"),
        ("20240101", "write YYYY-MM-DD"),
        ("2024-01-01T12:30", "write YYYY-MM-DD"),
        ("yesterday", "write YYYY-MM-DD"),
    ],
)
def test_what_is_no_day_gets_its_reason(cell: str, reason: str) -> None:
    assert np.isnat(read_days([cell])).all()
    assert reason in why_not_a_day(cell)


@given(st.text(max_size=12))
def test_reasons_never_fail(cell: str) -> None:
    assert why_not_a_day(cell)
    assert why_not_a_number(cell, decimal_comma=True)


def test_flags_in_the_usual_words() -> None:
    assert read_flags(["true", "N", "1", "0", "", "Yes"]).tolist() == [True, False, True, False, None, True]
    assert read_flags(["maybe"]).tolist() == ["maybe"]


def test_empty_texts_are_none_and_others_are_trimmed() -> None:
    assert read_texts([" a ", "", "\u00a0"]).tolist() == ["a", None, None]


def test_a_days_text_survives_a_leap_year() -> None:
    days = [date(2024, 2, 28) + timedelta(days=offset) for offset in range(3)]
    assert read_days([day.isoformat() for day in days]).astype("datetime64[D]").tolist() == days
