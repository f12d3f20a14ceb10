"""Runs the parts of the service as child processes, side by side: waits until they answer, keeps each alive
and their logs in one place, and leaves nothing running when it ends."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from deployments.environment import Addresses, choose_addresses, heartbeat_file, service_environment
from deployments.part import PATIENCE, Answers, ServicePart, Tell
from schemas.errors import UnavailableError
from schemas.settings import Settings

ANSWER_SECONDS = 5.0


class Service:
    """The running service: Prefect server (unless one is given), warm worker and API."""

    def __init__(self, settings: Settings, tell: Tell = lambda _: None) -> None:
        self.settings = settings
        self.addresses: Addresses = choose_addresses(settings)
        self.logs = settings.home.resolve() / "logs"
        self._tell = tell
        self._keepers: set[asyncio.Task[None]] = set()
        self.parts = self._make_parts()

    def _make_parts(self) -> dict[str, ServicePart]:
        environment = service_environment(self.settings, self.addresses)
        host, _, port = self.addresses.prefect_ui_url.removeprefix("http://").partition(":")
        commands = {
            "prefect": [sys.executable, "-m", "prefect", "server", "start", "--host", host, "--port", port],
            "worker": [sys.executable, "-m", "deployments"],
            "api": [sys.executable, "-m", "api"],
        }
        answers: dict[str, Answers] = {
            "prefect": lambda: _answers(f"{self.addresses.prefect_api_url}/health"),
            "worker": lambda: _beats(heartbeat_file(self.settings)),
            "api": lambda: _answers(f"{self.addresses.api_url}/api/health"),
        }
        if not self.addresses.starts_prefect:
            del commands["prefect"]
        return {
            name: ServicePart(name, command, environment, self.logs / f"{name}.log", answers[name])
            for name, command in commands.items()
        }

    async def start(self) -> None:
        """Start every part and keep each alive."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self._keepers = {asyncio.create_task(part.keep(self._tell)) for part in self.parts.values()}

    async def until_lost(self) -> None:
        """Wait until a part cannot be kept alive any more.

        Raises:
            UnavailableError: which part, and where its log is.
        """
        done, _ = await asyncio.wait(self._keepers, return_when=asyncio.FIRST_COMPLETED)
        for keeper in done:
            keeper.result()

    async def wait_until_ready(self, on_wait: Callable[[dict[str, bool]], None] = lambda _: None) -> None:
        """Wait until the API says that every part answers.

        Raises:
            UnavailableError: not within three minutes; the message names the logs.
        """
        checks: dict[str, bool] = {}
        deadline = asyncio.get_running_loop().time() + PATIENCE.start
        async with httpx.AsyncClient(base_url=self.addresses.api_url, timeout=ANSWER_SECONDS) as client:
            while asyncio.get_running_loop().time() < deadline:
                with contextlib.suppress(httpx.HTTPError, ValueError):
                    answer = await client.get("/api/health")
                    checks = {name: check["ok"] for name, check in answer.json()["checks"].items()}
                    on_wait(checks)
                    if answer.status_code == httpx.codes.OK:
                        return
                await asyncio.sleep(0.25)
        missing = ", ".join(name for name, ok in checks.items() if not ok) or "the API"
        raise UnavailableError(f"{missing} did not answer within three minutes; see the logs in {self.logs}")

    async def stop(self) -> None:
        """End every part, the worker first, so that no run is cut off by its server."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for name in ("worker", "api", "prefect"):
            if name in self.parts:
                await self.parts[name].stop()


async def _answers(url: str) -> bool:
    """Whether anything is answered there, be it that a part is missing."""
    try:
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
            await client.get(url)
    except httpx.TransportError:
        return False
    return True


async def _beats(file: Path) -> bool:
    """Whether the file was touched lately."""
    try:
        touched = await asyncio.to_thread(file.stat)
    except FileNotFoundError:
        return False
    return time.time() - touched.st_mtime < PATIENCE.silence


@asynccontextmanager
async def running_service(settings: Settings, tell: Tell = lambda _: None) -> AsyncIterator[Service]:
    """The service for as long as the block runs; nothing of it is left afterwards."""
    service = Service(settings, tell)
    try:
        await service.start()
        yield service
    finally:
        await service.stop()
