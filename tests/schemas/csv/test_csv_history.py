"""A sales history comes in whole, or each thing that is wrong with it is named."""

import io
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.csv import HistoryFile, read_sales_history
from schemas.csv.table import CHUNK_ROWS
from schemas.errors import InvalidFileError
from schemas.frames import HistoryFrame

TODAY = date(2025, 1, 1)
HEADER = "date,category,store_id,quantity_sold,revenue,on_hand,stockout\n"


def read(rows: str, header: str = HEADER, stores: list[str] | None = None) -> HistoryFile:
    content = io.BytesIO((header + rows).encode())
    return read_sales_history(content, max_bytes=1 << 26, today=TODAY, known_stores=stores)


def refusal(rows: str, stores: list[str] | None = None) -> InvalidFileError:
    with pytest.raises(InvalidFileError) as caught:
        read(rows, stores=stores)
    return caught.value


def only_fault(rows: str, stores: list[str] | None = None) -> tuple[int, str, str, str]:
    (place,) = refusal(rows, stores).errors
    assert place["loc"] == [place["row"], place["column"]]
    return place["row"], place["column"], place["value"], place["msg"]


def test_a_history_says_what_it_holds() -> None:
    with read(
        "2024-01-02,B,S1,3,4.5,10,false\n2024-01-01,A,S2,0,0,0,true\n2024-01-08,A,S2,1.5,,,\n"
    ) as history:
        assert history.rows == 3
        assert (history.start, history.end) == (date(2024, 1, 1), date(2024, 1, 8))
        assert history.categories == ("B", "A")
        assert not history.weekly
        (chunk,) = history.chunks()
        HistoryFrame.validate(chunk)
        assert chunk["stockout"].tolist() == [False, True, None]
        assert chunk["on_hand"].tolist()[:2] == [10, 0]
        assert np.isnan(chunk["revenue"].iloc[2])


def test_weekly_rows_are_recognised() -> None:
    with read("2024-01-05,A,S1,3,,,\n2024-01-12,A,S1,3,,,\n2024-01-26,A,S1,3,,,\n") as history:
        assert history.weekly


def test_chunks_can_be_read_again() -> None:
    with read("2024-01-05,A,S1,3,,,\n") as history:
        first, second = list(history.chunks()), list(history.chunks())
    pd.testing.assert_frame_equal(first[0], second[0])


@pytest.mark.parametrize(
    ("row", "column", "value", "reason"),
    [
        ("2024-01-01,A,S1,-3,1,,", "quantity_sold", "-3", "is negative"),
        ("2024-01-01,A,S1,3,-1,,", "revenue", "-1", "is negative"),
        ("2024-01-01,A,S1,,1,,", "quantity_sold", "", "is empty; write 0"),
        ("2024-01-01,A,S1,lots,1,,", "quantity_sold", "lots", "not a number"),
        ("2024-01-01,A,S1,NaN,1,,", "quantity_sold", "NaN", "leave the row out"),
        ("2024-01-01,A,S1,1,inf,,", "revenue", "inf", "leave the cell empty"),
        ("2024-01-01,A,S1,=1+1,1,,", "quantity_sold", "=1+1", "formula"),
        ("2024-01-01,A,S1,1e12,1,,", "quantity_sold", "1e12", "is it the right column"),
        ("2024-01-01,=cmd|'/C calc'!A0,S1,1,1,,", "category", "=cmd|'/C calc'!A0", "formula"),
        ("2024-01-01,A,@S1,1,1,,", "store_id", "@S1", "formula"),
        ('2024-01-01,"A\nB",S1,1,1,,', "category", "A\nB", "control character"),
        ("2024-01-01,,S1,1,1,,", "category", "", "is empty"),
        (f"2024-01-01,A,{'S' * 65},1,1,,", "store_id", "S" * 65, "longer than 64"),
        (f"2024-01-01,{'A' * 201},S1,1,1,,", "category", "A" * 80, "longer than 200"),
        ("2024-02-30,A,S1,1,1,,", "date", "2024-02-30", "calendar does not have"),
        ("03/04/2024,A,S1,1,1,,", "date", "03/04/2024", "ambiguous"),
        ("2025-01-02,A,S1,1,1,,", "date", "2025-01-02", "in the future"),
        ("2024-01-01,A,S1,1,1,,maybe", "stockout", "maybe", "neither yes nor no"),
    ],
)
def test_a_bad_cell_is_named_with_row_column_value_and_reason(
    row: str, column: str, value: str, reason: str
) -> None:
    place = only_fault(f"2023-01-01,A,S1,1,1,,\n{row}\n2023-01-02,A,S1,1,1,,\n")
    assert place[:3] == (3, column, value)
    assert reason in place[3]


def test_a_column_that_is_empty_throughout_is_refused_row_by_row() -> None:
    error = refusal("2024-01-01,,S1,1,1,,\n2024-01-02,,S1,1,1,,\n")
    assert [(place["row"], place["column"]) for place in error.errors] == [(2, "category"), (3, "category")]


def test_every_fault_of_a_row_is_named() -> None:
    error = refusal("2024-13-01,=A,@S1,-1,x,y,z\n")
    assert {place["column"] for place in error.errors} == set(HEADER.strip().split(","))
    assert error.total_errors == 7


def test_a_duplicate_names_both_rows() -> None:
    row, column, value, reason = only_fault(
        "2024-01-01,A,S1,1,1,,\n2024-01-02,A,S1,1,1,,\n2024-01-01,A,S1,2,1,,\n"
    )
    assert (row, column, value) == (4, "date", "2024-01-01, A, S1")
    assert "row 2" in reason


def test_categories_that_differ_in_case_are_one() -> None:
    with read("2024-01-01,Men's Shirts,S1,1,1,,\n2024-01-02,MENS  SHIRTS,S1,1,1,,\n") as history:
        assert history.categories == ("Men's Shirts",)
        assert any("'MENS  SHIRTS' as \"Men's Shirts\"" in warning for warning in history.warnings)
    assert only_fault("2024-01-01,Men's Shirts,S1,1,1,,\n2024-01-01,mens shirts,S1,1,1,,\n")[0] == 3


def test_categories_in_another_script_stay_apart() -> None:
    with read("2024-01-01,ドレス,S1,1,1,,\n2024-01-01,シャツ,S1,1,1,,\n") as history:
        assert history.categories == ("ドレス", "シャツ")


def test_ragged_rows_are_named_by_their_line() -> None:
    error = refusal('2024-01-01,"A ""x""",S1,1,1,,\n2024-01-02,A,S1,1\n2024-01-03,A,S1,1,234,5,,,9\n')
    assert [place["row"] for place in error.errors] == [3, 4]
    assert "quote cells" in error.errors[1]["msg"]


def test_rows_are_counted_by_lines_of_the_file() -> None:
    assert only_fault("\n2024-01-01,A,S1,1,1,,\n\n\n2024-01-02,A,S1,x,1,,\n")[0] == 6


def test_unknown_stores_are_refused_where_stores_are_known() -> None:
    row, column, value, reason = only_fault("2024-01-01,A,S1,1,1,,\n2024-01-01,A,S9,1,1,,\n", stores=["S1"])
    assert (row, column, value) == (3, "store_id", "S9")
    assert "known store" in reason


def test_any_store_is_taken_where_none_is_known() -> None:
    with read("2024-01-01,A,S1,1,1,,\n", stores=[]) as history:
        assert history.store_ids == ("S1",)


def test_only_the_first_hundred_faults_are_listed_and_all_are_counted() -> None:
    days = pd.date_range("2020-01-01", periods=130).strftime("%Y-%m-%d")
    error = refusal("".join(f"{day},A,S1,-1,1,,\n" for day in days) + "2024-01-01,A,S1,1,1,,\n" * 31)
    assert len(error.errors) == 100
    assert error.total_errors == 160
    assert "160 errors" in error.detail


def test_duplicates_are_found_across_chunks() -> None:
    days = pd.date_range("1960-01-01", periods=20_000).strftime("%Y-%m-%d")
    rows = "".join(f"{day},A,{store},1,,,\n" for store in ("S1", "S2") for day in days)
    assert rows.count("\n") > CHUNK_ROWS
    row, _, value, reason = only_fault(rows + f"{days[7]},A,S1,1,,,\n")
    assert (row, value) == (40_002, f"{days[7]}, A, S1")
    assert "row 9" in reason


def test_missing_optional_columns_are_said() -> None:
    with read("2024-01-01,A,S1,1\n", header="date,category,store_id,quantity_sold\n") as history:
        assert any("no revenue" in warning for warning in history.warnings)
        assert any("neither on_hand nor stockout" in warning for warning in history.warnings)
        (chunk,) = history.chunks()
        assert chunk["revenue"].isna().all()
        assert chunk["stockout"].tolist() == [None]


ROWS = st.lists(
    st.tuples(
        st.dates(date(1950, 1, 1), TODAY),
        st.sampled_from(["Dresses", "Men's, big", 'The "best"', "Été"]),
        st.from_regex(r"[A-Z][0-9]{1,3}", fullmatch=True),
        st.integers(0, 10**6),
        st.none() | st.integers(0, 10**8).map(lambda cents: cents / 100),
    ),
    min_size=1,
    max_size=30,
    unique_by=lambda row: row[:3],
)


@settings(max_examples=50)
@given(ROWS, st.sampled_from([",", ";", "\t"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_what_is_written_is_what_is_read(
    rows: list[tuple[date, str, str, int, float | None]], delimiter: str, encoding: str
) -> None:
    columns = ["date", "category", "store_id", "quantity_sold", "revenue"]
    frame = pd.DataFrame(rows, columns=columns).astype({"revenue": float})
    text = frame.to_csv(index=False, sep=delimiter, float_format="%.2f")
    with read_sales_history(io.BytesIO(text.encode(encoding)), max_bytes=1 << 20, today=TODAY) as history:
        back = pd.concat(history.chunks())
    assert back["date"].dt.date.tolist() == frame["date"].tolist()
    for column in ("category", "store_id", "quantity_sold"):
        assert back[column].tolist() == frame[column].tolist()
    assert np.allclose(back["revenue"], frame["revenue"], equal_nan=True)


ENDING = "week_ending,category,store_id,quantity_sold\n"


def test_weeks_that_are_named_by_their_last_day_are_kept_by_their_first() -> None:
    with read("2024-03-31,A,S1,3\n2024-04-07,A,S1,4\n", ENDING) as file:
        (chunk,) = file.chunks()
        assert (file.start, file.end) == (date(2024, 3, 25), date(2024, 4, 1))
        assert chunk["date"].dt.date.tolist() == [date(2024, 3, 25), date(2024, 4, 1)]
        assert not any("first days" in warning for warning in file.warnings)


def test_days_are_not_taken_for_week_endings() -> None:
    with pytest.raises(InvalidFileError, match="several weekdays"):
        read("2024-03-31,A,S1,3\n2024-04-02,A,S1,4\n", ENDING)


@pytest.mark.parametrize(
    ("first", "asked"), [("2024-03-31", True), ("2024-03-30", True), ("2024-04-01", False)]
)
def test_weeks_that_do_not_start_on_a_monday_are_asked_about(first: str, asked: bool) -> None:
    weeks = [np.datetime64(first) + 7 * week for week in range(3)]
    with read("".join(f"{week},A,S1,3\n" for week in weeks), ENDING.replace("week_ending", "date")) as file:
        assert any("taken as their first days" in warning for warning in file.warnings) == asked


@pytest.mark.parametrize("day", [1, 28])
def test_a_file_of_months_is_refused_in_words(day: int) -> None:
    rows = "".join(f"2023-{month:02d}-{day:02d},A,S1,430,1,,\n" for month in range(1, 10))
    with pytest.raises(InvalidFileError, match="months would be taken for days"):
        read(rows)


def test_a_till_s_lines_are_told_to_be_added_up() -> None:
    assert "add both up" in only_fault("2023-01-01,A,S1,1,1,,\n2023-01-01,A,S1,3,3,,\n")[3]
