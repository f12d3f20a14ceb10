import random
import threading
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from models import schema
from models.backup import backup, restore
from models.base import make_id
from models.catalogue import Category, Store
from models.session import Database
from models.workflows import NewWorkflow, Workflow, create_workflow
from schemas.errors import InvalidFileError, InvalidInputError, NotFoundError
from schemas.stages import WorkflowType

pytestmark = pytest.mark.database
NOW = datetime(2025, 1, 6, 9, tzinfo=UTC)


def plan_something(database, unique):
    """Write a category, a store and a workflow in one transaction: three rows, or none."""
    with database.write() as session:
        session.add(Category(category_id=f"c{unique}", category_name=f"Category {unique}"))
        session.add(Store(store_id=f"s{unique}", store_name="é ☃", extra={"opened": [2021, None]}))
        session.flush()
        request = {"units": unique}
        create_workflow(
            session, NewWorkflow(WorkflowType.FORECAST, f"c{unique}", request, NOW, unique=str(unique))
        )


def counts(database):
    with database.read() as session:
        return tuple(
            session.scalar(select(func.count()).select_from(table)) for table in (Category, Store, Workflow)
        )


def test_what_was_planned_after_a_backup_is_gone_once_it_is_restored(database, tmp_path):
    plan_something(database, 1)
    size = backup(database.url, tmp_path / "kept")
    plan_something(database, 2)

    assert restore(database.url, tmp_path / "kept") == schema.newest()

    assert counts(database) == (1, 1, 1)
    assert size == (tmp_path / "kept").stat().st_size
    with database.read() as session:
        assert session.get(Store, "s1").extra == {"opened": [2021, None]}
        assert session.get(Workflow, make_id("wf", 1)).created_at == NOW
    plan_something(database, 3)  # those who had it open go on
    assert schema.differences(database.url) == []


def test_a_backup_replaces_the_one_before_and_leaves_nothing_beside_it(database, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    for number in (1, 2):
        plan_something(database, number)
        backup(database.url, folder / "nightly")

    restore(database.url, folder / "nightly")

    assert counts(database) == (2, 2, 2)
    assert [path.name for path in folder.iterdir()] == ["nightly"]


def test_a_backup_can_be_restored_where_there_is_no_database_yet(database, empty_database_url, tmp_path):
    plan_something(database, 1)
    backup(database.url, tmp_path / "kept")

    restore(empty_database_url, tmp_path / "kept")

    with closing(Database(empty_database_url)) as moved:
        assert counts(moved) == (1, 1, 1)


def test_backup_and_restore_while_others_write_never_show_half_a_transaction(database, tmp_path):
    plan_something(database, 0)
    backup(database.url, tmp_path / "first")
    ended, failures = threading.Event(), []

    def write(writer):
        number = writer
        while not ended.is_set():
            number += 10
            try:
                plan_something(database, number)
            except SQLAlchemyError as error:
                failures.append(error)

    def read():
        while not ended.is_set():
            seen.append(counts(database))

    seen = []
    threads = [threading.Thread(target=write, args=(writer,)) for writer in (1, 2)]
    threads.append(threading.Thread(target=read))
    for thread in threads:
        thread.start()
    try:
        for round_number in range(3):
            backup(database.url, tmp_path / f"kept{round_number}")
            restore(database.url, tmp_path / "first")
    finally:
        ended.set()
        for thread in threads:
            thread.join()

    assert failures == []
    assert all(len(set(each)) == 1 for each in seen)
    for round_number in range(3):
        restore(database.url, tmp_path / f"kept{round_number}")
        assert len(set(counts(database))) == 1


def test_a_backup_of_an_older_schema_is_brought_up(database, tmp_path):
    schema.downgrade(database.url, "base")
    schema.upgrade(database.url, "0001")
    backup(database.url, tmp_path / "old")
    schema.upgrade(database.url)

    assert restore(database.url, tmp_path / "old") == "0001"

    assert schema.current(database.url) == schema.newest()
    assert schema.differences(database.url) == []


def test_a_backup_of_a_newer_program_is_refused_and_nothing_changes(database, tmp_path):
    with database.write() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    backup(database.url, tmp_path / "newer")
    with database.write() as session:
        session.connection().exec_driver_sql(f"UPDATE alembic_version SET version_num = '{schema.newest()}'")
    plan_something(database, 1)

    with pytest.raises(InvalidFileError, match="9999"):
        restore(database.url, tmp_path / "newer")

    assert counts(database) == (1, 1, 1)


@pytest.mark.parametrize("damage", ["cut", "scratched"])
def test_a_damaged_backup_is_refused_and_nothing_changes(database, tmp_path, damage):
    with database.write() as session:
        session.add_all(Store(store_id=f"{n:04}", store_name=f"{n}" * 30, extra={}) for n in range(2000))
    backup(database.url, tmp_path / "kept")
    content = bytearray((tmp_path / "kept").read_bytes())
    if damage == "cut":
        del content[len(content) * 2 // 3 :]
    else:
        middle = len(content) // 2
        content[middle : middle + 5000] = random.Random(1).randbytes(5000)
    (tmp_path / "kept").write_bytes(content)
    plan_something(database, 1)

    with pytest.raises(InvalidFileError, match="kept is damaged"):
        restore(database.url, tmp_path / "kept")

    assert counts(database) == (1, 2001, 1)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a zip", b"date,store_id\n"])
def test_a_file_that_is_no_backup_is_refused(database, tmp_path, content):
    (tmp_path / "kept").write_bytes(content)

    with pytest.raises(InvalidFileError, match="no backup"):
        restore(database.url, tmp_path / "kept")


def test_a_database_of_something_else_is_refused(database, empty_database_url, tmp_path):
    with closing(Database(empty_database_url)) as other, other.write() as session:
        session.connection().exec_driver_sql("CREATE TABLE recipes (name text)")
    backup(empty_database_url, tmp_path / "kept")

    with pytest.raises(InvalidFileError, match="no database of this product"):
        restore(database.url, tmp_path / "kept")


def test_what_is_missing_is_named(database, tmp_path):
    with pytest.raises(NotFoundError, match="nowhere"):
        restore(database.url, tmp_path / "nowhere")
    with pytest.raises(InvalidInputError, match="there is no folder"):
        backup(database.url, tmp_path / "nowhere" / "kept")


def test_without_its_programs_postgresql_says_which_is_missing(database, tmp_path, monkeypatch):
    if database.engine.dialect.name == "sqlite":
        pytest.skip("SQLite needs none")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotFoundError, match="pg_dump is not installed"):
        backup(database.url, tmp_path / "kept")


def test_sqlite_is_never_backed_up_onto_itself_or_out_of_nothing(tmp_path):
    url = f"sqlite:///{tmp_path / 'a.db'}"
    with pytest.raises(NotFoundError, match="there is no database"):
        backup(url, tmp_path / "kept")
    schema.upgrade(url)
    for act in (backup, restore):
        with pytest.raises(InvalidInputError, match="the database itself"):
            act(url, tmp_path / "a.db")
