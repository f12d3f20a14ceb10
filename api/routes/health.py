"""Whether the product is ready."""

import asyncio
from importlib.metadata import version

import structlog
from fastapi import APIRouter, Request, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from models.session import Database
from schemas.resources import Health, HealthCheck

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/api", tags=["health"])
NOT_READY = 503
NEEDED = ("database", "prefect", "worker")


@router.get(
    "/health",
    summary="Whether every part answers",
    responses={NOT_READY: {"model": Health, "description": "A part that is needed does not answer."}},
)
async def health(request: Request, response: Response) -> Health:
    """200 when database, Prefect and a worker answer, 503 when one of them does not. The language model is
    not needed to be ready."""
    state = request.app.state
    database = await asyncio.to_thread(_database, state.database)
    checks = {"database": database, **state.pulse.checks}
    ready = all(checks[name].ok for name in NEEDED)
    if not ready:
        response.status_code = NOT_READY
        response.headers["Retry-After"] = "2"
    return Health(
        status="ready" if ready else "not ready", version=version("fashion-forecast"), checks=checks
    )


def _database(database: Database) -> HealthCheck:
    try:
        with database.read() as session:
            session.execute(text("SELECT 1 FROM workflows LIMIT 1"))
    except SQLAlchemyError as error:
        log.warning("database_unhealthy", error=str(error))
        return HealthCheck(ok=False, detail=f"does not answer: {type(error).__name__}")
    return HealthCheck(ok=True, detail=database.engine.dialect.name)
