"""The application: what is made at start-up, what every request passes, and the routes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version

from anyio import to_thread
from fastapi import Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi_offline import FastAPIOffline

from api import engine, stream
from api.admission import Admission
from api.approvals import Resumer
from api.bridge import Bridge
from api.description import describe
from api.errors import install_error_handlers, require_media_type
from api.hub import Hub
from api.logs import configure_logs
from api.middleware import BodyLimit, RequestContext
from api.pulse import Pulse
from api.routes import agents, approvals, catalogue, data, health, parameters, plans, seasons, workflows
from api.security import Guard, Tokens
from api.starter import Starter
from api.sweep import Sweep
from api.throttle import RequestLimit
from api.workflows import Workflows
from models.session import Database
from schemas.settings import Settings, get_settings
from tasks.parameters.service import load_model

MEBIBYTE, KIBIBYTE = 1024 * 1024, 1024
THREADS = 16  # requests that read the database at once


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the database and Prefect's client; run what goes on beside the requests while the API lives."""
    state, settings = app.state, app.state.settings
    await asyncio.to_thread(load_model, settings)
    state.database = Database(settings.resolved_database_url)
    state.hub = Hub(state.database)
    state.loop = asyncio.get_running_loop()
    to_thread.current_default_thread_limiter().total_tokens = THREADS
    async with engine.connect() as prefect:
        starter, bridge = Starter(state.database, prefect), Bridge(state.database, prefect, state.hub)
        sweep = Sweep(state.database, prefect, bridge)
        ui = settings.prefect_api_url.removesuffix("/").removesuffix("/api")
        state.workflows = Workflows(
            state.database,
            ui,
            to_start=lambda: state.loop.call_soon_threadsafe(starter.soon),
            to_end=lambda: state.loop.call_soon_threadsafe(sweep.soon),
        )
        state.resumer, state.pulse = Resumer(state.database, prefect), Pulse(prefect, settings)
        parts = (state.hub, bridge, sweep, starter, state.resumer, state.pulse)
        tasks = [asyncio.create_task(part.run()) for part in parts]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            state.database.close()


def create_app(settings: Settings | None = None) -> FastAPI:
    """Make the application."""
    settings = settings or get_settings()
    configure_logs(settings)
    app = FastAPIOffline(
        title="fashion-forecast",
        summary="Plans a retailer's season: demand, buy, allocation, replenishment and markdown.",
        version=version("fashion-forecast"),
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.throttle = RequestLimit(settings.extractions_per_minute)
    install_error_handlers(app)
    for module in (seasons, workflows, plans, catalogue, approvals, data, agents, parameters):
        app.include_router(module.router, dependencies=[Depends(require_media_type)])
    app.include_router(health.router)
    app.include_router(stream.router)
    app.add_middleware(
        BodyLimit,
        json_bytes=settings.max_body_kb * KIBIBYTE,
        upload_bytes=settings.max_upload_mb * MEBIBYTE,
    )
    app.add_middleware(Admission)
    app.add_middleware(Guard, tokens=Tokens(settings))
    app.add_middleware(RequestContext)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST", "PUT"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Request-Id"],
        expose_headers=["X-Request-Id", "Retry-After"],
    )
    describe(app, guarded=settings.guarded)
    return app
