"""SQLite's half of backup and restore: its online backup, which copies inside one transaction."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL

from schemas.errors import InvalidFileError, InvalidInputError, NotFoundError


def file_of(url: URL) -> Path:
    """The database's file.

    Raises:
        InvalidInputError: it lives in memory.
    """
    if not url.database or url.database == ":memory:":
        raise InvalidInputError("a database in memory has no backup; set DATABASE_URL to a file")
    return Path(url.database)


def existing_file(url: URL) -> Path:
    """The database's file, which must be there.

    Raises:
        NotFoundError: it is not.
    """
    path = file_of(url)
    if not path.is_file():
        raise NotFoundError(f"there is no database {path}; was anything planned with this DATABASE_URL?")
    return path


def copy(source: Path, target: Path) -> None:
    """Copy a database into a file or over another database; whoever has it open sees all of it or nothing."""
    with closing(_open(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def make_single_file(path: Path) -> None:
    """Take a copy out of WAL mode: no further files beside it, and readable where nothing can be written."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=DELETE")


def check_into(path: Path, staged: Path) -> str | None:
    """Copy a backup to `staged` and read it whole.

    Returns:
        Its schema's revision; None where it has none.

    Raises:
        InvalidFileError: it is damaged.
    """
    try:
        copy(path, staged)
        with closing(_open(staged)) as database:
            problems = [str(row[0]) for row in database.execute("PRAGMA integrity_check(3)")]
            broken = database.execute("PRAGMA foreign_key_check").fetchone()
            revision = _revision(database)
    except sqlite3.DatabaseError as error:
        raise InvalidFileError(f"{path} is damaged: {error}. Nothing was changed") from error
    if problems != ["ok"] or broken is not None:
        found = "; ".join(problems) if problems != ["ok"] else f"rows of {broken[0]} refer to missing ones"
        raise InvalidFileError(f"{path} is damaged: {found}. Nothing was changed")
    return revision


def _open(path: Path) -> sqlite3.Connection:
    # A database in WAL mode may need its index beside it written; SQLite opens for reading where it cannot.
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)


def _revision(database: sqlite3.Connection) -> str | None:
    named = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    row = database.execute("SELECT version_num FROM alembic_version").fetchone() if named else None
    return None if row is None else str(row[0])
