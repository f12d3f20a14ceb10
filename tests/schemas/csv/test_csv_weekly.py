"""A season's actuals, by week or by day; what lies outside the season is told apart."""

import io
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import generate_retailer, truth, write_retailer
from schemas.csv import PlannedWeeks, WeeklySales, read_weekly_sales
from schemas.errors import InvalidFileError

START = date(2025, 2, 17)
AFTERWARDS = date(2025, 12, 31)
SEASON = PlannedWeeks(start=START, weeks=12, store_ids=("S1", "S2"))
WEEKLY = "store_id,week_number,units_sold\n"
DAILY = "date,store_id,quantity_sold\n"


def read(text: str, today: date = AFTERWARDS, season: PlannedWeeks = SEASON) -> WeeklySales:
    return read_weekly_sales(io.BytesIO(text.encode()), max_bytes=1 << 20, season=season, today=today)


def reason(text: str, today: date = AFTERWARDS) -> str:
    with pytest.raises(InvalidFileError) as caught:
        read(text, today)
    (place,) = caught.value.errors
    assert place["row"] == 2
    return str(place["msg"])


def test_weeks_are_taken_as_they_are() -> None:
    sales = read(WEEKLY + "S1,1,10\nS2,1,0\nS1,3,7\nS2,3,1\n")
    assert sales.units == {(1, "S1"): 10, (1, "S2"): 0, (3, "S1"): 7, (3, "S2"): 1}
    assert sales.weeks == (1, 3)
    assert sales.gaps == (2,)
    assert sales.warnings == ()


def test_days_are_put_into_season_weeks() -> None:
    rows = [(START + timedelta(days=day), store) for day in range(14) for store in ("S1", "S2")]
    sales = read(DAILY + "".join(f"{day},{store},2\n" for day, store in rows))
    assert sales.units == {(week, store): 14 for week in (1, 2) for store in ("S1", "S2")}
    assert sales.warnings == ()


@pytest.mark.parametrize(
    ("text", "today", "said"),
    [
        (WEEKLY + "S1,0,1\n", AFTERWARDS, "before the season"),
        (WEEKLY + "S1,13,1\n", AFTERWARDS, "past the season's end; its last week is 12"),
        (WEEKLY + "S1,9,1\n", date(2025, 3, 5), "in the future"),
        (WEEKLY + "S1,3,1\n", date(2025, 3, 5), "not over: week 3 ends on 2025-03-09"),
        (WEEKLY + "S1,1.5,1\n", AFTERWARDS, "not a whole number"),
        (WEEKLY + "S1,1,-3\n", AFTERWARDS, "of the same day or week"),
        (WEEKLY + "S1,1,-1\n", AFTERWARDS, "negative"),
        (WEEKLY + "S9,1,1\n", AFTERWARDS, "not a known store"),
        (WEEKLY + "S1,one,1\n", AFTERWARDS, "not a number"),
        (DAILY + "2025-02-16,S1,1\n", AFTERWARDS, "before the season, which starts on 2025-02-17"),
        (DAILY + "2025-05-12,S1,1\n", AFTERWARDS, "past the season's end on 2025-05-11"),
        (DAILY + "2025-05-12,S1,1\n", date(2025, 3, 5), "past the season's end"),
        (DAILY + "2025-03-20,S1,1\n", date(2025, 3, 5), "in the future"),
        (DAILY + "2025-03-04,S1,1\n", date(2025, 3, 5), "not over: week 3 ends on 2025-03-09"),
        (DAILY + "2025-02-17,S1,1\n", date(2025, 2, 17), "not over: week 1 ends on 2025-02-23"),
    ],
)
def test_rows_outside_the_season_get_their_own_reason(text: str, today: date, said: str) -> None:
    assert said in reason(text, today)


def test_a_week_can_be_imported_on_its_last_evening() -> None:
    assert read(WEEKLY + "S1,3,1\n", date(2025, 3, 9)).weeks == (3,)


def test_duplicates_are_refused_in_both_shapes() -> None:
    for text in (WEEKLY + "S1,1,1\nS1,1,2\n", DAILY + "2025-02-17,S1,1\n2025-02-17,S1,1\n"):
        with pytest.raises(InvalidFileError, match="stands in row 2 already"):
            read(text)


def test_a_file_of_neither_shape_names_what_is_missing() -> None:
    with pytest.raises(InvalidFileError, match="lacks the columns week_number, units_sold"):
        read("store_id,sold\nS1,1\n")


def test_missing_stores_and_days_are_said() -> None:
    (stores,) = read(WEEKLY + "S1,2,5\n").warnings
    assert "week 2" in stores
    assert "S2" in stores
    days = read(DAILY + "2025-02-17,S1,1\n2025-02-17,S2,1\n").warnings[0]
    assert "2025-02-18 (week 1)" in days
    assert "2025-02-23 (week 1)" in days


def test_rows_of_other_categories_are_passed_over() -> None:
    season = PlannedWeeks(START, 12, ("S1",), ("Men's Shirts", "mens_shirts"))
    text = (
        "category,store_id,week_number,units_sold\nMENS SHIRTS,S1,1,5\nDresses,S1,1,9\nmens_shirts,S1,2,6\n"
    )
    sales = read(text, season=season)
    assert sales.units == {(1, "S1"): 5, (2, "S1"): 6}
    assert sales.warnings == ("1 rows of other categories were passed over",)
    with pytest.raises(InvalidFileError, match="no rows of Men's Shirts"):
        read("category,store_id,week_number,units_sold\nDresses,S1,1,9\n", season=season)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(InvalidFileError, match="no rows"):
        read(WEEKLY)


def test_both_shapes_of_the_sample_season_agree(tmp_path: Path) -> None:
    retailer = generate_retailer()
    files = write_retailer(tmp_path, retailer=retailer)
    for category in truth.CATEGORIES:
        season = PlannedWeeks(
            truth.SEASON_START, 12, tuple(retailer.tiers), (category.name, category.category_id)
        )
        sales = [
            read_weekly_sales(path, max_bytes=1 << 22, season=season, today=AFTERWARDS).units
            for path in (files.daily["low"], files.weekly["low", category.category_id])
        ]
        assert sales[0] == sales[1]
        assert len(sales[0]) == 12 * 50


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(0, 83), st.sampled_from(["S1", "S2"]), st.integers(0, 99)),
        min_size=1,
        unique_by=lambda row: row[:2],
    )
)
def test_no_unit_is_lost_between_days_and_weeks(rows: list[tuple[int, str, int]]) -> None:
    sales = read(
        DAILY + "".join(f"{START + timedelta(days=day)},{store},{units}\n" for day, store, units in rows)
    )
    assert sum(sales.units.values()) == sum(units for _, _, units in rows)
    for day, store, _ in rows:
        assert (day // 7 + 1, store) in sales.units


def test_what_is_sold_by_weight_is_taken_and_rounded_a_store_week() -> None:
    sales = read(WEEKLY + "S1,1,120.45\nS2,1,3\n")
    assert sales.units == {(1, "S1"): 120, (1, "S2"): 3}
    assert any("1 store weeks were rounded" in warning for warning in sales.warnings)
    rows = "".join(f"{START + timedelta(days=day)},S1,0.5\n" for day in range(7))
    assert read(DAILY + rows).units[1, "S1"] == 4
