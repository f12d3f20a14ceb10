"""The database's schema: upgraded and downgraded by Alembic, without any configuration file."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, event

import models  # noqa: F401  knows every table
from models.base import Base
from models.session import make_engine
from schemas.errors import InvalidInputError

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATING = 7_210_114  # any number of our own: PostgreSQL's advisory lock of whoever migrates


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the schema up to `revision`; does nothing where it is there already.

    Raises:
        InvalidInputError: there is no such revision, or the database is newer than this program.
    """
    _migrate(url, revision, up=True)


def downgrade(url: str, revision: str) -> None:
    """Bring the schema down to `revision` (`-1` for the one before, `base` for nothing).

    Raises:
        InvalidInputError: there is no such revision.
    """
    _migrate(url, revision, up=False)


def _migrate(url: str, revision: str, *, up: bool) -> None:
    engine = make_engine(url)
    on_sqlite = engine.dialect.name == "sqlite"
    if on_sqlite:
        _let_tables_be_replaced(engine)
    try:
        with engine.begin() as connection:
            if not on_sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATING})")
            (command.upgrade if up else command.downgrade)(_config(connection), revision)
            if on_sqlite:
                _check_references(connection)
    except CommandError as error:
        raise InvalidInputError(f"the schema cannot be brought to {revision!r}: {error}") from error
    finally:
        engine.dispose()


def _let_tables_be_replaced(engine: Engine) -> None:
    """SQLite alters a table by making it anew; with foreign keys on, dropping the old one would fail."""
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys=OFF"))


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        names = ", ".join(sorted({str(row[0]) for row in broken}))
        raise InvalidInputError(f"the migration would leave rows without what they refer to, in {names}")


def current(url: str) -> str | None:
    """The database's revision; None where it has no schema."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def newest() -> str | None:
    """The revision that this program knows as the newest."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def known_revisions() -> set[str]:
    """Every revision that this program has a migration for."""
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def differences(url: str) -> list[object]:
    """What autogenerate would still change; empty where schema and tables agree."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return list(compare_metadata(context, Base.metadata))
    finally:
        engine.dispose()
