"""The API in this process, on a real database, with a Prefect server that nobody answers for."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prefect.settings import PREFECT_API_URL, temporary_settings
from sqlalchemy import event

from api.app import create_app
from models.catalogue import save_categories
from models.session import Database
from schemas.settings import Settings

NOBODY = "http://127.0.0.1:9/api"  # the discard port: connections are refused at once


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path,
        database_url=f"sqlite:///{tmp_path / 'api.db'}",
        prefect_api_url=NOBODY,
        max_upload_mb=1,
        max_body_kb=16,
    )


@pytest.fixture
def client(settings: Settings, tmp_path: Path, sqlite_template: Path) -> Iterator[TestClient]:
    shutil.copy(sqlite_template, tmp_path / "api.db")
    database = Database(settings.resolved_database_url)
    with database.write() as session:
        save_categories(session, ["Women's Dresses"])
    database.close()
    with (
        temporary_settings({PREFECT_API_URL: NOBODY}),
        TestClient(create_app(settings), raise_server_exceptions=False) as client,
    ):
        yield client


@pytest.fixture
def count_queries(client) -> Callable[[], AbstractContextManager[list[str]]]:
    """Collects the statements that requests send to the database; not those of the parts beside them."""
    engine = client.app.state.database.engine

    @contextmanager
    def counting() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(connection, cursor, statement, *_) -> None:
            if "anyio" in threading.current_thread().name.lower() and "SELECT" in statement:
                seen.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        yield seen
        event.remove(engine, "before_cursor_execute", note)

    return counting
