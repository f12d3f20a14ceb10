import io
from datetime import date

import pandas as pd
import pytest

from models.imports import import_history, import_promotions
from models.promotions import load_promotions
from schemas.errors import NotFoundError

pytestmark = pytest.mark.database
HISTORY = (
    b"date,category,store_id,quantity_sold,revenue\n2024-01-01,Hats,S1,4,40\n2024-01-01,Gloves,S1,4,40\n"
)
HEADER = b"category,start_date,end_date,discount,store_id\n"


def put(database, rows: bytes):
    return import_promotions(database, io.BytesIO(HEADER + rows), max_bytes=10_000)


@pytest.fixture
def stocked(database):
    import_history(database, io.BytesIO(HISTORY), max_bytes=10_000, today=date(2024, 2, 1))
    return database


def test_a_calendar_is_stored_and_takes_the_place_of_the_one_before(stocked):
    told = put(stocked, b"Hats,2024-03-04,2024-03-10,0.25,\nGloves,2024-03-04,2024-03-17,0.2,S1\n")
    assert told.rows_imported == 2
    assert told.categories_detected == ["gloves", "hats"]
    assert (told.date_range.start, told.date_range.end) == (date(2024, 3, 4), date(2024, 3, 17))
    put(stocked, b"Hats,2024-05-06,2024-05-12,0.3,\n")
    with stocked.read() as session:
        found = load_promotions(session)
    assert set(zip(found["category"], found["start_date"], strict=True)) == {
        ("gloves", pd.Timestamp("2024-03-04")),
        ("hats", pd.Timestamp("2024-05-06")),
    }
    stores = found.set_index("category")["store_id"]
    assert stores["gloves"] == "S1"
    assert pd.isna(stores["hats"])


def test_the_same_calendar_twice_changes_nothing(stocked):
    for _ in range(2):
        put(stocked, b"Hats,2024-03-04,2024-03-10,0.25,\n")
    with stocked.read() as session:
        assert len(load_promotions(session)) == 1


def test_a_category_that_nobody_knows_is_refused_and_nothing_is_stored(stocked):
    with pytest.raises(NotFoundError, match="Scarves"):
        put(stocked, b"Hats,2024-03-04,2024-03-10,0.25,\nScarves,2024-03-04,2024-03-10,0.25,\n")
    with stocked.read() as session:
        assert load_promotions(session).empty
