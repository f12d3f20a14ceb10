"""What SQLite and PostgreSQL each say in their own way."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.dml import Insert as PostgresqlInsert
from sqlalchemy.dialects.sqlite.dml import Insert as SqliteInsert
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.base import Base

Rows = Sequence[Mapping[str, object]]


def table_of(entity: type[Base]) -> Table:
    """The table of a declarative class."""
    return cast(Table, entity.__table__)


def is_sqlite(session: Session) -> bool:
    """Whether the session's database is SQLite; it is PostgreSQL otherwise."""
    return session.get_bind().dialect.name == "sqlite"


def upsert(session: Session, entity: type[Base], rows: Rows) -> None:
    """Add rows, or change those that have the same key; safe against others who do the same."""
    if rows:
        session.flush()
        insert = _insert(session, table_of(entity))
        session.connection().execute(
            insert.on_conflict_do_update(index_elements=_keys(entity), set_=_changed(entity, insert)),
            list(rows),
        )


def add_missing(session: Session, entity: type[Base], rows: Rows) -> int:
    """Add the rows that break no uniqueness, safe against others who add the same; how many were added."""
    if not rows:
        return 0
    session.flush()
    add = (
        _insert(session, table_of(entity)).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    )
    return session.connection().execute(add, list(rows)).rowcount


def copy_in(session: Session, entity: type[Base], rows: Iterable[Sequence[object]]) -> None:
    """Add or change many rows on PostgreSQL, five times as fast as one by one; no key may come twice.

    Args:
        session: the transaction; a staging table lives as long as it.
        entity: the table.
        rows: values in the order of the table's columns.
    """
    table = table_of(entity)
    staged, names = f"staged_{table.name}", ", ".join(column.name for column in table.columns)
    session.flush()
    connection = session.connection()
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {staged} (LIKE {table.name}) ON COMMIT DROP"
    )
    with (
        cast(Any, connection.connection.driver_connection).cursor() as cursor,
        cursor.copy(f"COPY {staged} ({names}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
    keys = _keys(entity)
    changed = ", ".join(f"{name} = excluded.{name}" for name in _others(entity))
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {staged} "  # noqa: S608  our own names
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changed}"
    )
    connection.exec_driver_sql(f"TRUNCATE {staged}")


def in_code_order(
    session: Session, column: InstrumentedAttribute[str]
) -> ColumnElement[str] | InstrumentedAttribute[str]:
    """Order text as Python does, whatever language PostgreSQL was set up for: same data, same plan."""
    return column if is_sqlite(session) else column.collate("C")


def _insert(session: Session, table: Table) -> SqliteInsert | PostgresqlInsert:
    return sqlite.insert(table) if is_sqlite(session) else postgresql.insert(table)


def _keys(entity: type[Base]) -> list[str]:
    return [column.name for column in table_of(entity).primary_key]


def _others(entity: type[Base]) -> list[str]:
    return [column.name for column in table_of(entity).columns if not column.primary_key]


def _changed(entity: type[Base], insert: SqliteInsert | PostgresqlInsert) -> dict[str, object]:
    return {name: insert.excluded[name] for name in _others(entity)}
