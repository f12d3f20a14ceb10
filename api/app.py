"""The application: what is made at start-up, what every request passes, and the routes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version

from fastapi import Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi_offline import FastAPIOffline

from api import engine, stream
from api.approvals import Resumer
from api.bridge import Bridge
from api.description import describe
from api.errors import install_error_handlers, require_media_type
from api.hub import Hub
from api.logs import configure_logs
from api.middleware import BodyLimit, RequestContext
from api.routes import agents, approvals, catalogue, data, health, parameters, plans, seasons, workflows
from api.security import Guard, Tokens
from api.throttle import RequestLimit
from api.workflows import Workflows
from models.session import Database
from schemas.settings import Settings, get_settings
from tasks.parameters.service import load_model

MEBIBYTE, KIBIBYTE = 1024 * 1024, 1024


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the database and Prefect's client; run the bridge and the resumer for as long as the API lives."""
    state, settings = app.state, app.state.settings
    await asyncio.to_thread(load_model, settings)
    state.database = Database(settings.resolved_database_url)
    state.hub = Hub()
    state.loop = asyncio.get_running_loop()
    async with engine.connect() as state.engine:
        ui = settings.prefect_api_url.removesuffix("/").removesuffix("/api")
        state.workflows = Workflows(state.database, state.engine, ui)
        state.resumer = Resumer(state.database, state.engine)
        bridge = Bridge(state.database, state.engine, state.hub)
        tasks = [asyncio.create_task(bridge.run()), asyncio.create_task(state.resumer.run())]
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
