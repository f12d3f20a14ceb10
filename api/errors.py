"""Every error as RFC 9457 problem details; a stack trace goes to the log and never leaves the process."""

from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from schemas.errors import FashionForecastError, UnavailableError

RETRY_AFTER_SECONDS = 5
log = structlog.get_logger(__name__)


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "Not found",
                "status": 404,
                "detail": "there is no workflow wf_0123456789abcdef",
                "instance": "/api/workflows/wf_0123456789abcdef",
                "request_id": "5f0c2f9f7f0d4a3b8f0f5c1f2f3a4b5c",
            }
        },
    )

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    errors: list[dict[str, Any]] | None = None
    request_id: str | None = None


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's entries for the errors that a route can return."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def problem_response(request: Request, error: FashionForecastError) -> JSONResponse:
    """Render one error."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": request.url.path,
        "request_id": getattr(request.state, "request_id", None),
    }
    if error.errors:
        body["errors"] = error.errors
        body["total_errors"] = error.total_errors
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body, error.status, headers, media_type="application/problem+json")


class _PlainError(FashionForecastError):
    """An error of the framework's own, in our shape."""

    def __init__(self, status: int, detail: str, **details: Any) -> None:
        super().__init__(detail, **details)
        self.status = status
        self.title = HTTPStatus(status).phrase


def install_error_handlers(app: FastAPI) -> None:
    """Make every way of failing end in problem details."""

    @app.exception_handler(FashionForecastError)
    async def ours(request: Request, error: FashionForecastError) -> JSONResponse:
        return problem_response(request, error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [{"loc": list(e["loc"]), "msg": e["msg"], "type": e["type"]} for e in error.errors()]
        first = errors[0]
        where = ".".join(str(part) for part in first["loc"])
        return problem_response(request, _PlainError(422, f"{where}: {first['msg']}", errors=errors))

    @app.exception_handler(HTTPException)
    async def framework(request: Request, error: HTTPException) -> JSONResponse:
        return problem_response(request, _PlainError(error.status_code, str(error.detail)))

    @app.exception_handler(OperationalError)
    async def database_down(request: Request, error: OperationalError) -> JSONResponse:
        log.error("database_unavailable", error=str(error.orig))
        unavailable = UnavailableError(
            "the database cannot be reached right now; try again shortly", retry_after=RETRY_AFTER_SECONDS
        )
        return problem_response(request, unavailable)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        log.exception("unexpected_error", path=request.url.path, exc_info=error)
        return problem_response(
            request, FashionForecastError("something went wrong on our side; the log has it by request_id")
        )
