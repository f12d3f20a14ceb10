"""Fixtures that every room's tests may use: a fresh database, on SQLite and on PostgreSQL."""

import os
import pwd
import shutil
import socket
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from models.schema import upgrade
from models.session import Database

REQUIRED = (
    "FASHION_FORECAST_TEST_POSTGRES"  # set to `required`, a missing PostgreSQL fails instead of skipping
)


def _postgres_binary(name: str) -> str | None:
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return shutil.which(name) or (str(versions[0]) if versions else None)


def _account() -> str | None:
    """PostgreSQL does not run as root: the account that it runs as then."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), None)


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of our own for the session: its URL, with the database left out."""
    initdb, pg_ctl = _postgres_binary("initdb"), _postgres_binary("pg_ctl")
    if initdb is None or pg_ctl is None:
        if os.environ.get(REQUIRED) == "required":
            pytest.fail("PostgreSQL is required here, and initdb or pg_ctl is missing")
        pytest.skip("PostgreSQL is not installed (initdb, pg_ctl)")
    account = _account()
    folder = Path(
        f"/tmp/ff-pg-{uuid.uuid4().hex[:8]}"
    )  # a socket's path has to be short, and theirs to enter
    folder.mkdir(mode=0o700)
    if account:
        shutil.chown(folder, account)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]

    def run(*command: str) -> None:
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        subprocess.run(
            command,
            check=True,
            user=account,
            cwd="/",
            env=environment,
            stdout=subprocess.DEVNULL,
            timeout=120,
        )

    data = str(folder / "data")
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories= -c fsync=off"
    try:
        run(initdb, "-D", data, "-U", "planner", "-A", "trust", "-E", "UTF8", "--no-sync")
        run(pg_ctl, "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
        yield f"postgresql://planner@127.0.0.1:{port}/"
        run(pg_ctl, "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def fresh_postgres(postgres_url: str) -> Iterator[Callable[[], str]]:
    """Makes empty PostgreSQL databases, and drops them again."""
    server = create_engine(
        f"{postgres_url}postgres".replace("://", "+psycopg://"), isolation_level="AUTOCOMMIT"
    )
    made = []

    def make() -> str:
        name = f"t_{uuid.uuid4().hex[:12]}"
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        made.append(name)
        return postgres_url + name

    yield make
    with server.connect() as connection:
        for name in made:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    make: Callable[[], str] = request.getfixturevalue("fresh_postgres")
    return make()


@pytest.fixture
def database(empty_database_url: str) -> Iterator[Database]:
    """A database with the newest schema, on SQLite and on PostgreSQL."""
    upgrade(empty_database_url)
    database = Database(empty_database_url)
    yield database
    database.close()
