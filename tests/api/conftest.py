"""The API in this process, on a real database, with a Prefect server that nobody answers for."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prefect.settings import PREFECT_API_URL, temporary_settings

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
