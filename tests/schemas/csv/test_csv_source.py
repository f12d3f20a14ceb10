"""Files in every encoding and dress that a spreadsheet makes, and files that are no CSV at all."""

import contextlib
import gzip
import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.csv import HistoryFile, read_sales_history
from schemas.errors import FashionForecastError, InvalidFileError, InvalidInputError, TooLargeError

TODAY = date(2025, 1, 1)
LIMIT = 16 * 1024 * 1024
HEADER = "date,category,store_id,quantity_sold,revenue\n"
PLAIN = HEADER + "2024-01-01,Robes d'été,S1,3,4.5\n2024-01-02,Robes d'été,S2,0,\n"


def read(content: bytes | str, max_bytes: int = LIMIT) -> HistoryFile:
    data = content.encode() if isinstance(content, str) else content
    return read_sales_history(io.BytesIO(data), max_bytes=max_bytes, today=TODAY)


def refusal(content: bytes | str) -> InvalidFileError:
    with pytest.raises(InvalidFileError) as caught:
        read(content)
    return caught.value


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        b"\xef\xbb\xbf" + PLAIN.encode(),
        PLAIN.encode("utf-16"),
        PLAIN.encode("latin-1"),
        gzip.compress(PLAIN.encode()),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", ";").replace("4.5", "4,5").encode(),
        PLAIN.replace(",", "\t").encode(),
        PLAIN.replace(",", "|").encode(),
        ("sep=;\n" + PLAIN.replace(",", ";")).encode(),
        PLAIN.replace("date,category,store_id", '"Date", CATEGORY ,Store ID').encode(),
        PLAIN.replace("\n", ",,\n").encode(),
        PLAIN.replace("4.5\n", "4.5\n\n,,,,\n").encode(),
        PLAIN.replace("2024-01-01", "2024-01-01 00:00:00").encode(),
    ],
    ids=[
        "plain",
        "byte order mark",
        "UTF-16",
        "Latin-1",
        "gzip",
        "CRLF",
        "CR",
        "semicolons",
        "decimal commas",
        "tabs",
        "bars",
        "sep line",
        "header in another case",
        "empty cells at the end",
        "blank rows",
        "dates with a midnight",
    ],
)
def test_the_same_table_is_read_from_every_dress(content: bytes) -> None:
    with read(content) as history:
        assert history.categories == ("Robes d'été",)
        assert history.store_ids == ("S1", "S2")
        (chunk,) = history.chunks()
        assert chunk["quantity_sold"].tolist() == [3, 0]
        assert chunk["revenue"].dropna().tolist() == [4.5]


def test_latin_1_is_said() -> None:
    with read(PLAIN.encode("latin-1")) as history:
        assert any("line 2 is not UTF-8" in warning for warning in history.warnings)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04 and more", "zip archive or an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel workbook"),
        (b"PAR1....", "Parquet"),
        (b"%PDF-1.7", "PDF"),
        (b"<!DOCTYPE html>", "web page"),
        (b'{"rows": []}', "JSON"),
        (b"\x00\x01\x02\x03", "binary"),
        (gzip.compress(b"PK\x03\x04", mtime=0), "zip archive"),
        (gzip.compress(PLAIN.encode() * 999, mtime=0)[:-20], "damaged or cut short"),
        (b"\x1f\x8bnonsense", "damaged or cut short"),
        (b"", "empty"),
        (b"\n \n,,,\n", "empty"),
        (HEADER.encode(), "header and no rows"),
        ((HEADER + "x" * 70_000).encode(), "longer than"),
        ((HEADER * 200 + "a\0b\n").encode(), "NUL"),
        (PLAIN.encode() + b"2024-01-03,\x81\xc3,S1,1,1\n", "neither UTF-8 nor Windows-1252"),
        ((HEADER + '2024-01-01,"A,S1,1,1\n').encode(), "quoting is broken in the row that starts on line 2"),
        ((HEADER + '2024-01-01,"A"B,S1,1,1\n').encode(), "quoting is broken"),
        (b"date,category,store_id,quantity_sold,Quantity Sold\n", "quantity_sold more than once"),
    ],
)
def test_what_is_no_csv_is_refused_by_name(content: bytes, said: str) -> None:
    assert said in refusal(content).detail


def test_missing_columns_are_named_with_those_that_there_are() -> None:
    error = refusal("Date;Store\n2024-01-01;S1\n")
    assert "category, store_id, quantity_sold" in error.detail
    assert "semicolon" in error.detail
    assert [place["column"] for place in error.errors] == ["category", "store_id", "quantity_sold"]


def test_more_bytes_than_allowed_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TooLargeError):
        read(PLAIN, max_bytes=40)
    with pytest.raises(TooLargeError, match="1 MiB"):
        read(gzip.compress(HEADER.encode() + b" \n" * 2_000_000), max_bytes=1024 * 1024)
    path = tmp_path / "big.csv"
    path.write_text(PLAIN)
    with pytest.raises(TooLargeError):
        read_sales_history(path, max_bytes=40, today=TODAY)


def test_a_missing_file_says_what_to_give(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(InvalidInputError, match="give the path of a CSV file"):
            read_sales_history(path, max_bytes=LIMIT, today=TODAY)


def test_the_callers_file_stays_open_and_progress_reaches_the_end(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text(PLAIN)
    seen: list[tuple[int, int | None]] = []
    read_sales_history(path, max_bytes=LIMIT, today=TODAY, on_progress=lambda *at: seen.append(at)).close()
    assert seen[-1] == (path.stat().st_size, path.stat().st_size)
    with path.open("rb") as file:
        read_sales_history(file, max_bytes=LIMIT, today=TODAY).close()
        assert not file.closed


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: (HEADER + text).encode()))
def test_nothing_but_the_products_own_errors_comes_out(content: bytes) -> None:
    with contextlib.suppress(FashionForecastError):
        read(content).close()
