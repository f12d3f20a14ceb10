"""Fixtures that every room's tests may use: a fresh database, on SQLite and on PostgreSQL.

PostgreSQL is a server of the session's own, or the one that TEST_DATABASE_URL names (whose user may create
databases). Without either, its half is skipped, unless FASHION_FORECAST_TEST_POSTGRES=required.
"""

import os
import pwd
import shutil
import socket
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, make_url

from models.schema import upgrade
from models.session import Database, parse_url

if TYPE_CHECKING:
    from small_retailer import Prepared

# How long an example takes says how busy the machine is, and nothing of the law that it tries.
settings.register_profile("without deadlines", deadline=None)
settings.load_profile("without deadlines")

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
    """A PostgreSQL server for the session: its URL, with the database left out."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield make_url(given).set(database="").render_as_string(hide_password=False)
        return
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


NewDatabase = Callable[..., str]


class PostgresDatabases:
    """Makes databases on a server, and drops them again."""

    def __init__(self, server_url: str) -> None:
        self._server = make_url(server_url)
        self._engine = create_engine(parse_url(self._url("postgres")), isolation_level="AUTOCOMMIT")
        self._made: list[str] = []

    def _url(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)

    def make(self, template: str = "template0") -> str:
        """A new database's URL."""
        name = f"t_{uuid.uuid4().hex[:12]}"
        self._do(f"CREATE DATABASE {name} TEMPLATE {template}")
        self._made.append(name)
        return self._url(name)

    def close(self) -> None:
        """Drop what was made."""
        for name in self._made:
            self._do(f"DROP DATABASE {name} WITH (FORCE)")
        self._engine.dispose()

    def _do(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> Iterator[str]:
    """The name of a PostgreSQL database with the newest schema and no rows."""
    databases = PostgresDatabases(postgres_url)
    url = databases.make()
    upgrade(url)
    yield str(make_url(url).database)
    databases.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with the newest schema and no rows."""
    path = tmp_path_factory.mktemp("template") / "newest.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def prepared(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> "Prepared":
    """A small retailer's history on a database, and a season's forecast."""
    from small_retailer import prepare

    return prepare(sqlite_template, tmp_path_factory.mktemp("small-retailer"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewDatabase]:
    """Makes fresh databases of one kind: `new_database(migrated=True)` has the newest schema."""
    if request.param == "sqlite":

        def make_file(*, migrated: bool = False) -> str:
            path = tmp_path / f"{uuid.uuid4().hex[:12]}.db"
            if migrated:
                shutil.copy(request.getfixturevalue("sqlite_template"), path)
            return f"sqlite:///{path}"

        yield make_file
        return
    databases = PostgresDatabases(request.getfixturevalue("postgres_url"))

    def make(*, migrated: bool = False) -> str:
        return databases.make(request.getfixturevalue("postgres_template") if migrated else "template0")

    yield make
    databases.close()


@pytest.fixture
def empty_database_url(new_database: NewDatabase) -> str:
    """An empty database, once on SQLite and once on PostgreSQL."""
    return new_database()


@pytest.fixture
def database(new_database: NewDatabase) -> Iterator[Database]:
    """A database with the newest schema, on SQLite and on PostgreSQL."""
    database = Database(new_database(migrated=True))
    yield database
    database.close()
