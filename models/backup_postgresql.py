"""PostgreSQL's half of backup and restore: its own client programs, in one transaction."""

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import URL

from models.schema import MIGRATING
from schemas.errors import InvalidFileError, NotFoundError, UnavailableError

LAST_LINES = 3
LOCK_TRIES = 300
# Waiting for one table while holding others would deadlock with a writer: each try takes all or none.
ALL_OR_NONE = """SET LOCAL lock_timeout = '100ms';
DO $$ BEGIN
  FOR try IN 1..{tries} LOOP
    BEGIN
      LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE;
      RETURN;
    EXCEPTION WHEN lock_not_available THEN
      PERFORM pg_sleep(0.1 * random());
    END;
  END LOOP;
  RAISE 'the database is too busy; stop what writes to it and try again';
END $$;
SET LOCAL lock_timeout = 0;
"""


class ProgramFailedError(Exception):
    """A program ended badly; the text is the end of what it said."""


def dump(url: URL, staged: Path) -> None:
    """Write the database to an archive, as it is at one moment; nobody waits for it.

    Raises:
        NotFoundError: pg_dump is not installed.
        UnavailableError: the server cannot be reached, or refused.
    """
    try:
        _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={staged}", url=url)
    except ProgramFailedError as error:
        raise UnavailableError(f"PostgreSQL gave no backup: {error}") from error


def check_into(path: Path, script: Path) -> str | None:
    """Turn an archive into a script, which reads it whole.

    Returns:
        Its schema's revision; None where it has none.

    Raises:
        NotFoundError: pg_restore is not installed.
        InvalidFileError: it is damaged.
    """
    try:
        _run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(path))
        told = _run("pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(path))
    except ProgramFailedError as error:
        raise InvalidFileError(f"{path} is damaged: {error}. Nothing was changed") from error
    _, _, rows = told.partition("COPY ")
    revision = rows.splitlines()[1] if rows else None
    return None if revision == "\\." else revision


def run_script(url: URL, script: Path) -> None:
    """Put what the script makes in place of every table, in one transaction.

    Raises:
        NotFoundError: psql is not installed.
        UnavailableError: the server cannot be reached, or refused; the old tables are untouched.
    """
    before = script.with_suffix(".before.sql")
    before.write_text(_clearing(url))
    try:
        _run(
            "psql",
            "--no-psqlrc",
            "--quiet",
            "--single-transaction",
            "--set=ON_ERROR_STOP=1",
            f"--file={before}",
            f"--file={script}",
            url=url,
        )
    except ProgramFailedError as error:
        raise UnavailableError(f"PostgreSQL refused the backup, nothing was changed: {error}") from error


def _clearing(url: URL) -> str:
    """Drop every table, once nobody else uses or migrates them."""
    engine = create_engine(url)
    try:
        quote = engine.dialect.identifier_preparer.quote
        tables = ", ".join(quote(name) for name in inspect(engine).get_table_names())
    finally:
        engine.dispose()
    alone = f"SELECT pg_advisory_xact_lock({MIGRATING}) \\g /dev/null\n"
    if not tables:
        return alone
    return f"{alone}{ALL_OR_NONE.format(tables=tables, tries=LOCK_TRIES)}DROP TABLE {tables} CASCADE;\n"


def _run(program: str, *arguments: str, url: URL | None = None) -> str:
    """Run one of PostgreSQL's programs and give back what it printed; a password goes by the environment."""
    executable = shutil.which(program)
    if executable is None:
        raise NotFoundError(f"{program} is not installed here; install PostgreSQL's client programs")
    environment = {**os.environ, "LC_MESSAGES": "C"}
    where = []
    if url is not None:
        if url.password:
            environment["PGPASSWORD"] = str(url.password)
        plain = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
        where = [f"--dbname={plain.render_as_string(hide_password=False)}"]
    done = subprocess.run(  # noqa: S603  our own words, no shell
        [executable, *where, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ProgramFailedError("; ".join(done.stderr.strip().splitlines()[-LAST_LINES:]))
    return done.stdout
