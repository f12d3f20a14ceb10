"""Real flows in this process, on one Prefect server for the session and a small retailer's database."""

import asyncio
import gc
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flow_runs import PARAMETERS, Engine, Prepared
from live_season import CATEGORY, LiveSeason
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_HOME, temporary_settings
from prefect.testing.utilities import prefect_test_harness

from data import Retailer, generate_retailer, truth
from data.files import write_retailer
from deployments.register import register
from models.imports import import_history, import_stores
from models.session import Database
from schemas.settings import Settings, environment_name, get_settings
from tasks.runtime import open_database

START_TIMEOUT_SECONDS = 180
STORES = 9
NAME = next(each.name for each in truth.CATEGORIES if each.category_id == CATEGORY)


def _small(retailer: Retailer) -> Retailer:
    """One category in a few stores: its seasons are planned in seconds."""
    kept = set(retailer.stores["store_id"][:STORES])
    rows = retailer.history
    history = rows[rows["store_id"].isin(kept) & (rows["category"] == NAME)]
    stores = retailer.stores[retailer.stores["store_id"].isin(kept)]
    return Retailer(stores, history, {}, retailer.expected, retailer.tiers)


@pytest.fixture(scope="session")
def prepared(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder = tmp_path_factory.mktemp("small-retailer")
    files = write_retailer(folder / "data", retailer=_small(generate_retailer()))
    path = folder / "retailer.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    import_stores(database, files.stores, max_bytes=1 << 24)
    import_history(database, files.history, max_bytes=1 << 28, today=date(2026, 1, 1))
    forecast = LiveSeason(database, Settings()).forecast(PARAMETERS)
    database.close()
    return Prepared(path, forecast)


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
