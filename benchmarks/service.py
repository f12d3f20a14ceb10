"""A whole service for a benchmark: in a folder of its own, on the sample retailer, on loopback alone."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from deployments.cli.seed import seed_sample
from deployments.supervisor import Service, running_service
from models.schema import upgrade
from schemas.settings import Settings

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@asynccontextmanager
async def sample_service(database_url: str, prefect_database_url: str) -> AsyncIterator[Service]:
    """The service, ready; without URLs everything is in SQLite files that are gone afterwards."""
    with TemporaryDirectory(prefix="benchmark-") as folder:
        settings = Settings(
            home=Path(folder),
            api_port=0,
            prefect_port=0,
            database_url=database_url,
            prefect_database_url=prefect_database_url,
            prefect_api_url="",
        )
        upgrade(settings.resolved_database_url)
        seed_sample(settings, Console(quiet=True))
        async with running_service(settings, tell=print) as service:
            await service.wait_until_ready()
            yield service


def _by_parent() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(") ")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue  # no process, or one that ended meanwhile
        found.setdefault(parent, []).append(int(entry.name))
    return found


def flow_processes(service: Service) -> list[int]:
    """Processes of flow runs: what the worker's fork server started, and not what those start."""
    worker = service.parts["worker"].process
    mine = _by_parent()
    servers = mine.get(worker.pid, []) if worker else []
    return [each for server in servers for each in mine.get(server, [])]


def resident_mebibytes(pids: Sequence[int]) -> float:
    """Memory that these processes hold, what they share counted once each."""
    pages = 0
    for pid in pids:
        try:
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            continue
    return pages * PAGE_BYTES / 2**20
