from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from sqlalchemy.exc import IntegrityError

from models.catalogue import save_categories, save_unknown_stores
from models.sales import (
    list_categories,
    load_actuals,
    load_history,
    load_store_totals,
    load_totals,
    replace_weeks,
    save_history,
)

pytestmark = pytest.mark.database
NOW = datetime(2025, 1, 6, 9, tzinfo=UTC)
STORES = ["b1", "B2", "A_3", "A10"]


def history(category, days=3, units=2.0, **columns):
    dates = pd.date_range("2024-01-01", periods=days)
    frame = pd.MultiIndex.from_product([dates, STORES], names=["date", "store_id"]).to_frame(index=False)
    return frame.assign(category=category, quantity_sold=units, **columns)


def save(database, *chunks):
    names = sorted({name for chunk in chunks for name in chunk["category"]})
    with database.write() as session:
        save_unknown_stores(session, STORES)
        return save_history(session, chunks, save_categories(session, names))


def test_history_comes_back_by_date_and_store_with_what_it_does_not_have_left_empty(database):
    assert save(database, history("Hats", revenue=20.5), history("Gloves")) == 24

    with database.read() as session:
        hats, gloves = load_history(session, "hats"), load_history(session, "gloves")
        assert [(row.category_id, count) for row, count in list_categories(session)] == [
            ("gloves", 12),
            ("hats", 12),
        ]
    assert list(hats.columns) == ["date", "store_id", "quantity_sold", "revenue", "on_hand", "stockout"]
    assert hats["date"].dtype.kind == "M"
    assert list(hats["store_id"][:4]) == sorted(STORES)
    assert hats["date"].is_monotonic_increasing
    assert set(hats["revenue"]) == {20.5}
    assert gloves[["revenue", "on_hand", "stockout"]].isna().all(axis=None)


def test_the_same_rows_again_change_nothing_and_others_replace_them(database):
    save(database, history("Hats"))
    save(database, history("Hats"))
    save(database, history("Hats", days=1, units=7.0, stockout=True))

    with database.read() as session:
        found = load_history(session, "hats")
    assert list(found.groupby("date")["quantity_sold"].sum()) == [28.0, 8.0, 8.0]
    assert found["stockout"].sum() == 4


def test_nothing_of_a_history_is_kept_when_a_later_chunk_fails(database):
    with pytest.raises(IntegrityError):
        save(database, history("Hats"), history("Hats", units=-1.0))

    with database.read() as session:
        assert load_history(session, "hats").empty


def test_nothing_on_or_after_the_day_named_is_seen(database):
    save(database, history("Hats"), history("Gloves"))
    before = date(2024, 1, 2)

    with database.read() as session:
        assert set(load_history(session, "hats", before)["date"]) == {pd.Timestamp("2024-01-01")}
        sums = load_totals(session, before)
        totals = load_store_totals(session, date(2023, 1, 1), before)
    assert sums.to_dict("records") == [
        {"category": name, "date": pd.Timestamp("2024-01-01"), "quantity_sold": 8.0}
        for name in ("gloves", "hats")
    ]
    assert totals == dict.fromkeys(STORES, 4.0)
    assert list(totals) == sorted(STORES)


@pytest.fixture
def forecast_id(database, write_forecast):
    save(database, history("Hats"))
    return write_forecast()


def test_a_corrected_file_replaces_its_weeks_and_no_others(database, forecast_id):
    with database.write() as session:
        assert replace_weeks(session, forecast_id, {(1, "b1"): 5, (1, "B2"): 6, (2, "b1"): 7}, NOW)
    with database.write() as session:
        assert replace_weeks(session, forecast_id, {(1, "b1"): 4}, NOW)
        assert not replace_weeks(session, forecast_id, {(1, "b1"): 4}, NOW + timedelta(days=1))

    with database.read() as session:
        assert load_actuals(session, forecast_id) == {(1, "b1"): 4, (2, "b1"): 7}


def test_the_same_weeks_sent_ten_times_at_once_are_stored_once(database, forecast_id):
    def send(_number):
        with database.write() as session:
            return replace_weeks(session, forecast_id, {(1, store): 3 for store in STORES}, NOW)

    with ThreadPoolExecutor(10) as pool:
        changed = list(pool.map(send, range(10)))

    assert sorted(changed) == [False] * 9 + [True]
