"""Engines, sessions and transactions. Nothing is made at import; commits happen here alone."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session, sessionmaker

from schemas.errors import InvalidInputError

BUSY_TIMEOUT_MS = 30_000
BUSY_PAUSE_SECONDS = 0.01
POOL = {"pool_size": 8, "max_overflow": 24, "pool_timeout": 5.0}  # room for every thread of a process


def parse_url(url: str) -> URL:
    """Read a database URL; PostgreSQL's short forms get the psycopg driver.

    Raises:
        InvalidInputError: not a URL of SQLite or PostgreSQL.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise InvalidInputError(  # the URL is not repeated: it may hold a password
            "DATABASE_URL is not a database URL; write sqlite:///file.db or postgresql://user@host/name"
        ) from error
    if parsed.get_backend_name() in {"postgres", "postgresql"}:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite":
        return parsed.set(drivername="sqlite")
    raise InvalidInputError(
        f"DATABASE_URL names {parsed.drivername}; only SQLite and PostgreSQL are supported"
    )


def make_engine(url: str) -> Engine:
    """An engine for `url`; a SQLite file's folder is made if it is missing."""
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, **POOL)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, **POOL)
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction handling begins late and would let two writers deadlock: we say BEGIN.
    connection.isolation_level = None
    for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")
    _switch_to_wal(connection)


def _switch_to_wal(connection: Any) -> None:
    """Of all locks, SQLite does not wait for the one that gives a new file its write-ahead log."""
    patience = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                raise
            time.sleep(BUSY_PAUSE_SECONDS)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writes = not connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _reading(engine: Engine) -> Engine:
    if engine.dialect.name == "sqlite":
        return engine.execution_options(read_only=True)
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


class Database:
    """A database as the rest of the product sees it: `read()` and `write()` transactions."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = make_engine(url)
        self._write = sessionmaker(self.engine, expire_on_commit=False)
        self._read = sessionmaker(_reading(self.engine), expire_on_commit=False)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back on any error."""
        with self._write.begin() as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only reads, as the database is at one moment; it waits for no writer."""
        with self._read() as session:
            yield session

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()
