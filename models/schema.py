"""The database's schema: upgraded and downgraded by Alembic, without any configuration file."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection

import models  # noqa: F401  knows every table
from models.base import Base
from models.session import make_engine
from schemas.errors import InvalidInputError

MIGRATIONS = Path(__file__).parent / "migrations"


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
    try:
        with engine.begin() as connection:
            (command.upgrade if up else command.downgrade)(_config(connection), revision)
    except CommandError as error:
        raise InvalidInputError(f"the schema cannot be brought to {revision!r}: {error}") from error
    finally:
        engine.dispose()


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


def differences(url: str) -> list[object]:
    """What autogenerate would still change; empty where schema and tables agree."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return list(compare_metadata(context, Base.metadata))
    finally:
        engine.dispose()
