"""Whether the parts that requests do not wait for are there, looked at every second beside them."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from api.engine import WorkflowEngine
from schemas.resources import HealthCheck
from schemas.settings import Settings
from tasks.parameters.service import probe_model

BEAT_SECONDS = 1.0
MODEL_BEATS = 30  # the language model is not needed to be ready, and its server is somebody else's
NOT_LOOKED = HealthCheck(ok=False, detail="not looked at yet")
log = structlog.get_logger(__name__)


class Pulse:
    """The last known health of Prefect, of its workers and of the language model."""

    def __init__(self, engine: WorkflowEngine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self.checks: dict[str, HealthCheck] = {"prefect": NOT_LOOKED, "worker": NOT_LOOKED, "llm": NOT_LOOKED}

    async def run(self) -> None:
        """Look until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._every(BEAT_SECONDS, self._look_at_prefect))
            group.create_task(self._every(BEAT_SECONDS * MODEL_BEATS, self._look_at_model))

    async def _every(self, seconds: float, look: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await look()
            except Exception:
                log.exception("health_not_known")
            await asyncio.sleep(seconds)

    async def _look_at_prefect(self) -> None:
        there = await self._engine.reaches_prefect()
        worker = there and await self._engine.has_worker(self._settings.work_pool)
        self.checks["prefect"] = _check(there, "answers", "does not answer")
        self.checks["worker"] = _check(worker, "online", "none online")

    async def _look_at_model(self) -> None:
        found = await probe_model(self._settings)
        self.checks["llm"] = HealthCheck.model_validate(found.model_dump())


def _check(ok: bool, yes: str, no: str) -> HealthCheck:
    return HealthCheck(ok=ok, detail=yes if ok else no)
