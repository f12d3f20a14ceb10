"""Stores come in with what is known of them."""

import io

import pytest

from schemas.csv import StoresFile, read_stores
from schemas.errors import InvalidFileError


def read(text: str) -> StoresFile:
    return read_stores(io.BytesIO(text.encode()), max_bytes=1 << 20)


def test_known_attributes_are_columns_and_others_are_extra() -> None:
    stores = read(
        "Store ID,Store Name,store_size_sqft,median_income,region,pct_college\n"
        '001,Main St,"12,500",,North,0.3\n'
    )
    assert stores.records == (
        {
            "store_id": "001",
            "store_name": "Main St",
            "store_size_sqft": 12500.0,
            "median_income": None,
            "extra": {"region": "North", "pct_college": 0.3},
        },
    )
    assert any("region, pct_college" in warning for warning in stores.warnings)
    assert any("median_income, foot_traffic" in warning for warning in stores.warnings)


def test_a_store_without_a_name_is_called_by_its_id() -> None:
    assert read("store_id\nS1\n").records == ({"store_id": "S1", "store_name": "S1", "extra": {}},)
    assert read("store_id,store_name\nS1,\n").records[0]["store_name"] == "S1"


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("store_id,store_size_sqft\nS1,0\n", "store_size_sqft", "not above zero"),
        ("store_id,median_income\nS1,-5\n", "median_income", "negative"),
        ("store_id,median_income\nS1,n/a\n", "median_income", "leave the cell empty"),
        ("store_id,online_penetration\nS1,34\n", "online_penetration", "write 34 % as 0.34"),
        ("store_id,store_name\nS1,=HYPERLINK(1)\n", "store_name", "formula"),
        ("store_id,region\nS1,@SUM(A1)\n", "region", "formula"),
        ("store_id,store_name\n,Main St\n", "store_id", "is empty"),
        ("store_id,region\nS1," + "x" * 201 + "\n", "region", "longer than 200"),
    ],
)
def test_a_bad_cell_is_named(text: str, column: str, said: str) -> None:
    with pytest.raises(InvalidFileError) as caught:
        read(text)
    (place,) = caught.value.errors
    assert (place["row"], place["column"]) == (2, column)
    assert said in place["msg"]


def test_a_store_that_stands_twice_names_both_rows() -> None:
    with pytest.raises(InvalidFileError, match="row 4, store_id: 'S1' stands in row 2 already"):
        read("store_id\nS1\nS2\nS1\n")


def test_ids_that_differ_only_in_case_are_said() -> None:
    assert "S1 and s1" in " ".join(read("store_id\nS1\ns1\n").warnings)


def test_a_file_without_rows_or_ids_is_refused() -> None:
    with pytest.raises(InvalidFileError, match="no rows"):
        read("store_id\n")
    with pytest.raises(InvalidFileError, match="lacks the column store_id"):
        read("id\nS1\n")
