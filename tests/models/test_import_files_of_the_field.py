"""Files as they come from the field: what would double, replace or misplace sales is refused, in words."""

import io
from datetime import date, timedelta

import pytest

from models.imports import import_history, import_stores
from models.sales import load_history
from schemas.errors import InvalidInputError

pytestmark = pytest.mark.database
TODAY = date(2025, 2, 10)
MONDAY = date(2024, 1, 1)


def history(database, rows, name="Tees", store="S1"):
    lines = [f"{day},{name},{store},{units}" for day, units in rows]
    content = "\n".join(["date,category,store_id,quantity_sold", *lines]).encode()
    return import_history(database, io.BytesIO(content), max_bytes=10**6, today=TODAY)


def days(weeks, units=10):
    return [(MONDAY + timedelta(days=n), units) for n in range(7 * weeks)]


def weeks(number, units=70, first=0):
    return [(MONDAY + timedelta(weeks=first + n), units) for n in range(number)]


def stores(database, *ids):
    content = "\n".join(["store_id,store_size_sqft", *(f"{each},1000" for each in ids)]).encode()
    return import_stores(database, io.BytesIO(content), max_bytes=10**6)


def total(database, category_id="tees"):
    with database.read() as session:
        return load_history(session, category_id)["quantity_sold"].sum()


def test_weeks_that_are_there_by_day_are_refused(database):
    history(database, days(8))
    with pytest.raises(InvalidInputError, match="by day already"):
        history(database, weeks(8))
    assert total(database) == 560


def test_days_that_are_there_by_week_are_refused(database):
    history(database, weeks(8))
    with pytest.raises(InvalidInputError, match="by week already"):
        history(database, days(8))
    assert total(database) == 560


def test_single_days_are_corrected_even_where_they_fall_on_one_weekday(database):
    history(database, days(8))
    history(database, weeks(3, units=12))
    assert total(database) == 566


def test_another_period_may_have_another_grain(database):
    history(database, days(8))
    history(database, weeks(4, first=8))
    assert total(database) == 840


def test_a_name_with_another_sign_replaces_nobodys_history(database):
    history(database, weeks(8), name="Kids 2+")
    with pytest.raises(InvalidInputError, match=r"Kids 2\+"):
        history(database, weeks(8, units=1), name="Kids 2")
    assert total(database, "kids_2") == 560
    history(database, weeks(8, units=71), name="KIDS  2+")
    assert total(database, "kids_2") == 568


def test_names_that_differ_in_a_point_between_digits_are_two_categories(database):
    history(database, weeks(8), name="Boots 8.5")
    history(database, weeks(8, units=1), name="Boots 85")
    assert (total(database, "boots_8_5"), total(database, "boots_85")) == (560, 8)


def test_stores_that_lost_their_zeros_are_refused(database):
    history(database, weeks(4), store="007")
    with pytest.raises(InvalidInputError, match="'7' looks like '007'"):
        stores(database, "7")
    assert stores(database, "007").rows_imported == 1


def test_stores_of_another_chain_are_taken_with_a_warning(database):
    history(database, weeks(4))
    told = stores(database, "X1", "X2")
    assert any("none of these stores" in warning for warning in told.warnings)
