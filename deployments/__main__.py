"""Start a warm worker: `python -m deployments`."""

import asyncio

import anyio
from prefect.client.orchestration import get_client

from deployments.environment import heartbeat_file
from deployments.pruning import prune_daily
from deployments.register import register
from deployments.worker import WarmWorker, beat, serve
from schemas.settings import Settings, get_settings

PAUSE_SECONDS = 0.25


async def main() -> None:
    """Warm up, register, serve; restarted by its supervisor when anything goes wrong."""
    settings = get_settings()
    alive = asyncio.create_task(beat(heartbeat_file(settings)))
    pruning = asyncio.create_task(prune_daily(settings))
    async with anyio.create_task_group() as group:
        group.start_soon(anyio.to_thread.run_sync, WarmWorker.warm_up)
        group.start_soon(_wait_and_register, settings)
    await serve(settings.work_pool, settings.worker_limit)
    alive.cancel()
    pruning.cancel()


async def _wait_and_register(settings: Settings) -> None:
    """Register the deployments as soon as the Prefect server answers."""
    async with get_client() as client:
        while await client.api_healthcheck() is not None:  # noqa: ASYNC110  another process becomes ready
            await asyncio.sleep(PAUSE_SECONDS)
        await register(client, settings)


if __name__ == "__main__":
    asyncio.run(main())
