"""Runs the parts of the service as child processes: starts them, waits until they answer, restarts those that
die, keeps their logs in one place, and leaves nothing running when it ends."""

import asyncio
import contextlib
import ctypes
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from deployments.environment import Addresses, choose_addresses, service_environment
from schemas.errors import UnavailableError
from schemas.settings import Settings

log = logging.getLogger(__name__)
START_TIMEOUT_SECONDS = 180.0
STOP_GRACE_SECONDS = 8.0
RESTART_DELAYS = (0.5, 1.0, 2.0, 5.0, 10.0)
STABLE_AFTER_SECONDS = 60.0

Tell = Callable[[str], None]


@dataclass
class ServicePart:
    """One process of the service."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    process: asyncio.subprocess.Process | None = field(default=None, init=False)

    async def start(self) -> asyncio.subprocess.Process:
        """Start the process; its output is appended to its log."""
        with self.log.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                *self.command,
                env=self.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        return self.process

    async def stop(self) -> None:
        """Ask the process to end, then end it and all that it started."""
        process = self.process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), STOP_GRACE_SECONDS)
        except TimeoutError:
            log.warning("%s did not end within %g s and is killed", self.name, STOP_GRACE_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _die_with_parent() -> None:
    # prctl(PR_SET_PDEATHSIG, SIGTERM): a killed supervisor leaves nothing running either.
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Service:
    """The running service: Prefect server (unless one is given), warm worker and API."""

    def __init__(self, settings: Settings, tell: Tell = lambda _: None) -> None:
        self.settings = settings
        self.addresses: Addresses = choose_addresses(settings)
        self.logs = settings.home.resolve() / "logs"
        self._tell = tell
        self._keepers: list[asyncio.Task[None]] = []
        self.parts = self._make_parts()

    def _make_parts(self) -> dict[str, ServicePart]:
        environment = service_environment(self.settings, self.addresses)
        host, _, port = self.addresses.prefect_ui_url.removeprefix("http://").partition(":")
        commands = {
            "prefect": [sys.executable, "-m", "prefect", "server", "start", "--host", host, "--port", port],
            "worker": [sys.executable, "-m", "deployments"],
            "api": [sys.executable, "-m", "api"],
        }
        if not self.addresses.starts_prefect:
            del commands["prefect"]
        return {
            name: ServicePart(name, command, environment, self.logs / f"{name}.log")
            for name, command in commands.items()
        }

    async def start(self) -> None:
        """Start every part and keep each alive."""
        self.logs.mkdir(parents=True, exist_ok=True)
        for part in self.parts.values():
            await part.start()
            self._keepers.append(asyncio.create_task(self._keep(part)))

    async def _keep(self, part: ServicePart) -> None:
        deaths = 0
        loop = asyncio.get_running_loop()
        while True:
            assert part.process is not None  # noqa: S101  it was started before it is kept
            born = loop.time()
            code = await part.process.wait()
            deaths = 0 if loop.time() - born > STABLE_AFTER_SECONDS else deaths + 1
            delay = RESTART_DELAYS[min(deaths, len(RESTART_DELAYS) - 1)]
            self._tell(
                f"{part.name} ended with exit code {code}; it starts again in {delay:g} s ({part.log})"
            )
            await asyncio.sleep(delay)
            await part.start()

    async def wait_until_ready(self, on_wait: Callable[[dict[str, bool]], None] = lambda _: None) -> None:
        """Wait until the API says that every part answers.

        Raises:
            UnavailableError: not within three minutes; the message names the logs.
        """
        checks: dict[str, bool] = {}
        deadline = asyncio.get_running_loop().time() + START_TIMEOUT_SECONDS
        async with httpx.AsyncClient(base_url=self.addresses.api_url, timeout=5) as client:
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


@asynccontextmanager
async def running_service(settings: Settings, tell: Tell = lambda _: None) -> AsyncIterator[Service]:
    """The service for as long as the block runs; nothing of it is left afterwards."""
    service = Service(settings, tell)
    try:
        await service.start()
        yield service
    finally:
        await service.stop()
