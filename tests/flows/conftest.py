"""Real flows in this process, on one Prefect server for the session and a small retailer's database."""

import asyncio
import gc
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flow_runs import Engine
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_HOME, temporary_settings
from prefect.testing.utilities import prefect_test_harness
from small_retailer import Prepared

from deployments.register import register
from schemas.settings import Settings, environment_name, get_settings
from tasks.runtime import open_database

START_TIMEOUT_SECONDS = 180


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One Prefect server for the session, with the deployments: starting it takes longest of all."""
    home = temporary_settings({PREFECT_HOME: tmp_path_factory.mktemp("prefect")})
    with home, prefect_test_harness(server_startup_timeout=START_TIMEOUT_SECONDS):
        asyncio.run(_register())
        yield


async def _register() -> None:
    async with get_client() as client:
        await register(client, Settings())


@pytest.fixture
def engine(
    prefect_server: None, prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    """The small retailer's database, as this process's own."""
    path = tmp_path / "fashion-forecast.db"
    shutil.copy(prepared.file, path)
    monkeypatch.setenv(environment_name("home"), str(tmp_path))
    monkeypatch.setenv(environment_name("database_url"), f"sqlite:///{path}")
    _forget_the_process()
    yield Engine(open_database())
    open_database().close()
    _forget_the_process()
    gc.collect()  # what Prefect left open is warned of here, and not in somebody else's test


def _forget_the_process() -> None:
    """Settings and database are a process's own, read once; here each test is one."""
    get_settings.cache_clear()
    open_database.cache_clear()
