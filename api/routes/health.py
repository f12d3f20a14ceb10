"""Whether the product is ready."""

import asyncio
from importlib.metadata import version

import structlog
from fastapi import APIRouter, Request, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from models.session import Database
from schemas.resources import Health, HealthCheck
from schemas.settings import Settings
from tasks.parameters.service import probe_model

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/api", tags=["health"])
NOT_READY = 503


@router.get(
    "/health",
    summary="Whether every part answers",
    responses={NOT_READY: {"model": Health, "description": "A part that is needed does not answer."}},
)
async def health(request: Request, response: Response) -> Health:
    """200 when database, Prefect and a worker answer, 503 when one of them does not. The language model is
    not needed to be ready."""
    state = request.app.state
    database, prefect, worker = await asyncio.gather(
        asyncio.to_thread(_database, state.database),
        state.engine.reaches_prefect(),
        state.engine.has_worker(state.settings.work_pool),
    )
    needed = {
        "database": database,
        "prefect": HealthCheck(ok=prefect, detail="answers" if prefect else "does not answer"),
        "worker": HealthCheck(ok=worker, detail="online" if worker else "none online"),
    }
    ready = all(check.ok for check in needed.values())
    if not ready:
        response.status_code = NOT_READY
        response.headers["Retry-After"] = "2"
    return Health(
        status="ready" if ready else "not ready",
        version=version("fashion-forecast"),
        checks={**needed, "llm": await _model(state.settings)},
    )


def _database(database: Database) -> HealthCheck:
    try:
        with database.read() as session:
            session.execute(text("SELECT 1 FROM workflows LIMIT 1"))
    except SQLAlchemyError as error:
        log.warning("database_unhealthy", error=str(error))
        return HealthCheck(ok=False, detail=f"does not answer: {type(error).__name__}")
    return HealthCheck(ok=True, detail=database.engine.dialect.name)


async def _model(settings: Settings) -> HealthCheck:
    found = await probe_model(settings)
    return HealthCheck.model_validate(found.model_dump())
