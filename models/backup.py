"""Backups of the database, taken and brought back while the product runs.

A backup is one file: an SQLite database, or PostgreSQL's custom archive. Bringing it back happens in one
transaction of the database itself, after the file was read to its end: processes that are connected stay so,
never see half of it, and keep what they have if anything goes wrong. (On PostgreSQL, a read that begins while
the tables change may find none of the rows; the next one does.)
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models import backup_postgresql, backup_sqlite
from models.schema import known_revisions, upgrade
from models.session import parse_url
from schemas.errors import InvalidFileError, InvalidInputError, NotFoundError

SQLITE_START, POSTGRESQL_START = b"SQLite format 3\x00", b"PGDMP"


def backup(url: str, path: Path) -> int:
    """Copy the database to `path`, as it is at one moment; a file that is there is replaced at the end.

    Returns:
        The backup's size in bytes.

    Raises:
        NotFoundError: there is no such database, or PostgreSQL's programs are not installed.
        InvalidInputError: `path` is the database itself, or its folder is not there.
    """
    parsed = parse_url(url)
    if not path.parent.is_dir():
        raise InvalidInputError(f"there is no folder {path.parent} to put a backup in; make it first")
    if parsed.get_backend_name() == "sqlite":
        live = backup_sqlite.existing_file(parsed)
        _refuse_itself(live, path)
        with _replacing(path) as staged:
            backup_sqlite.copy(live, staged)
            backup_sqlite.make_single_file(staged)
    else:
        with _replacing(path) as staged:
            backup_postgresql.dump(parsed, staged)
    return path.stat().st_size


def restore(url: str, path: Path) -> str:
    """Put a backup in the database's place, brought up to this program's schema.

    Returns:
        The schema's revision that the backup was taken at.

    Raises:
        NotFoundError: there is no such file, or PostgreSQL's programs are not installed.
        InvalidFileError: the file is no backup of such a database, is damaged, or is newer than this program.
        InvalidInputError: `path` is the database itself.
    """
    parsed = parse_url(url)
    on_sqlite = parsed.get_backend_name() == "sqlite"
    _check_kind(path, on_sqlite=on_sqlite)
    if on_sqlite:
        live = backup_sqlite.file_of(parsed)
        _refuse_itself(live, path)
        live.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=live.parent, prefix=".restore-") as folder:
            staged = Path(folder) / "staged.db"
            revision = _known(path, backup_sqlite.check_into(path, staged))
            upgrade(f"sqlite:///{staged}")
            backup_sqlite.copy(staged, live)
        return revision
    with tempfile.TemporaryDirectory(prefix="restore-") as folder:
        script = Path(folder) / "restore.sql"
        revision = _known(path, backup_postgresql.check_into(path, script))
        backup_postgresql.run_script(parsed, script)
    upgrade(url)
    return revision


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its name once it is whole and on the disk."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    staged = Path(name)
    try:
        yield staged
        os.fsync(handle)
        staged.replace(path)
    finally:
        os.close(handle)
        staged.unlink(missing_ok=True)


def _check_kind(path: Path, *, on_sqlite: bool) -> None:
    if not path.is_file():
        raise NotFoundError(f"there is no backup {path}")
    with path.open("rb") as file:
        start = file.read(len(SQLITE_START))
    kinds = {"SQLite": start == SQLITE_START, "PostgreSQL": start.startswith(POSTGRESQL_START)}
    wanted = "SQLite" if on_sqlite else "PostgreSQL"
    if not kinds[wanted]:
        found = next((f"a backup of {name}" for name, fits in kinds.items() if fits), "no backup")
        raise InvalidFileError(f"{path} is {found}; this database is {wanted}. Nothing was changed")


def _refuse_itself(live: Path, path: Path) -> None:
    if live.resolve() == path.resolve():
        raise InvalidInputError(f"{path} is the database itself; name another file")


def _known(path: Path, revision: str | None) -> str:
    if revision is None:
        raise InvalidFileError(f"{path} holds no database of this product. Nothing was changed")
    if revision not in known_revisions():
        raise InvalidFileError(
            f"{path} was taken at schema {revision}, which this program does not know; "
            "upgrade the program first. Nothing was changed"
        )
    return revision
