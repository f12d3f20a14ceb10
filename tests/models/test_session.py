import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from threading import Event

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from models import schema
from models.catalogue import Category, Store, StoreCluster, save_categories
from models.sales import HistoricalSale
from models.session import Database

pytestmark = pytest.mark.database


def names(session):
    return list(session.scalars(select(Category.category_name).order_by(Category.category_id)))


def test_what_fails_leaves_nothing_behind(database):
    def fail_half_way():
        with database.write() as session:
            save_categories(session, ["Hats"])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()

    with database.read() as session:
        assert names(session) == []


def test_a_read_sees_one_moment_however_long_it_takes(database):
    with database.read() as session:
        assert names(session) == []
        with database.write() as other:
            save_categories(other, ["Hats"])
        assert names(session) == []
    with database.read() as session:
        assert names(session) == ["Hats"]


def test_a_read_waits_for_no_writer(database):
    with database.write() as writer:
        save_categories(writer, ["Hats"])
        with database.read() as session:
            assert names(session) == []


def test_what_a_read_writes_is_not_kept(database):
    with database.read() as session:
        try:
            session.add(Category(category_id="hats", category_name="Hats"))
            session.flush()
        except DBAPIError:
            session.rollback()

    with database.read() as session:
        assert names(session) == []


def test_writers_wait_for_each_other_instead_of_failing(database):
    everyone = Event()

    def write(number):
        everyone.wait()
        with database.write() as session:
            known = len(names(session))  # read first: the order that makes two writers deadlock
            session.add(Category(category_id=f"{number}", category_name=f"{number}"))
        return known

    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(write, number) for number in range(8)]
        everyone.set()
        known = [answer.result() for answer in answers]

    assert len(known) == 8
    with database.read() as session:
        assert len(names(session)) == 8


def test_a_row_needs_what_it_refers_to(database):
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(
            HistoricalSale(category_id="hats", store_id="S1", date=date(2024, 1, 1), quantity_sold=1.0)
        )


def test_a_check_that_fails_names_its_rule(database):
    with pytest.raises(IntegrityError, match="ck_stores_size_positive"), database.write() as session:
        session.add(Store(store_id="S1", store_name="One", store_size_sqft=-1.0, extra={}))


def cluster_at(when):
    return StoreCluster(cluster_id="mainstream", cluster_name="Mainstream", fashion_tier="m", updated_at=when)


def test_a_time_of_any_zone_comes_back_in_utc(database):
    with database.write() as session:
        session.add(cluster_at(datetime(2025, 1, 6, 9, tzinfo=timezone(timedelta(hours=5, minutes=30)))))

    with database.read() as session:
        found = session.get(StoreCluster, "mainstream").updated_at
    assert (found, found.tzinfo) == (datetime(2025, 1, 6, 3, 30, tzinfo=UTC), UTC)


def test_a_time_without_a_zone_is_refused(database):
    with pytest.raises(StatementError, match="has no time zone"), database.write() as session:
        session.add(cluster_at(datetime(2025, 1, 6, 9)))  # noqa: DTZ001


def test_an_sqlite_file_is_made_with_its_folder_and_kept_in_wal_mode(tmp_path):
    path = tmp_path / "new" / "folder" / "a.db"
    schema.upgrade(f"sqlite:///{path}")
    database = Database(f"sqlite:///{path}")
    with database.read() as session:
        settings = [
            session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous")
        ]
    database.close()

    assert settings == ["wal", 1, 1]


def test_a_new_file_that_another_process_writes_is_waited_for(tmp_path):
    writer = sqlite3.connect(tmp_path / "new.db", isolation_level=None, check_same_thread=False)
    writer.execute("BEGIN IMMEDIATE")
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")

    with ThreadPoolExecutor(1) as pool:
        opening = pool.submit(database.engine.connect)
        with pytest.raises(TimeoutError):
            opening.result(0.2)
        writer.execute("COMMIT")
        opening.result().close()

    writer.close()
    database.close()
