"""The whole product, really running: Prefect server, worker and API as processes, on the sample retailer."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from rich.console import Console

from deployments.cli.client import Client
from deployments.cli.seed import seed_sample
from deployments.supervisor import Service
from models.schema import upgrade
from schemas.settings import Settings

PATIENCE_SECONDS = 120


class Running:
    """A running service, and what a test does to it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.service = Service(settings)
        self._call(self.service.start())
        self.wait_until_ready()
        self.client = Client(self.service.addresses.api_url)

    def _call(self, coroutine: Any) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        return future.result(PATIENCE_SECONDS * 2)

    def wait_until_ready(self) -> None:
        """Until every part answers."""
        self._call(self.service.wait_until_ready())

    def kill(self, *names: str) -> None:
        """kill -9 of parts, in this order; the supervisor starts them again."""
        for name in names:
            process = self.service.parts[name].process
            assert process is not None
            os.killpg(process.pid, signal.SIGKILL)

    def stop(self) -> None:
        """End everything."""
        self.client.close()
        self._call(self.service.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_SECONDS)
        self._loop.close()

    def start(self, key: str | None = None, **parameters: Any) -> str:
        """Start planning a season; gives the workflow's id."""
        body = {
            "category_id": "womens_dresses",
            "parameters": {"season_start_date": "2025-02-17", **parameters},
        }
        headers = {"Idempotency-Key": key} if key else None
        workflow_id: str = self.client.post("/api/workflows/forecast", body, headers)["workflow_id"]
        return workflow_id

    def messages_until(self, workflow_id: str, *kinds: str, after: int = 0) -> list[dict[str, Any]]:
        """The stream's messages until one of these types."""
        messages = []
        for message in self.client.messages(workflow_id, after):
            messages.append(message)
            if message["type"] in kinds:
                return messages
        raise AssertionError(f"the stream ended without {kinds}: {messages[-1]}")

    def decide(self, workflow_id: str, action: str, **more: Any) -> dict[str, Any]:
        """Decide the manufacturing order, once the API is back where it was killed."""
        body = {"workflow_id": workflow_id, "action": action, **more}
        answer: dict[str, Any] = self.client.post("/api/approvals/manufacturing", body)
        return answer

    def wait_for_status(self, workflow_id: str, *wanted: str) -> dict[str, Any]:
        """Poll a workflow until it has one of these statuses."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            view: dict[str, Any] = self.client.get(f"/api/workflows/{workflow_id}")
            if view["status"] in wanted:
                return view
            time.sleep(0.2)
        raise AssertionError(f"{workflow_id} did not become {wanted}: {view}")


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The service for the whole session: starting it takes longest of all."""
    home = tmp_path_factory.mktemp("service")
    settings = Settings(home=home, api_port=0, prefect_port=0, database_url="", prefect_api_url="")
    upgrade(settings.resolved_database_url)
    seed_sample(settings, Console(quiet=True))
    running = Running(settings)
    yield running
    running.stop()


@pytest.fixture
def start_service() -> Iterator[Callable[[Settings], Running]]:
    """Starts further services, each for one test."""
    started: list[Running] = []

    def start(settings: Settings) -> Running:
        started.append(Running(settings))
        return started[-1]

    yield start
    for each in started:
        each.stop()
