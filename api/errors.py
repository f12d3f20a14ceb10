"""Every error as RFC 9457 problem details; a stack trace goes to the log and never leaves the process."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.params import Form
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from schemas.errors import FashionForecastError, UnavailableError, UnsupportedMediaError

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


class ProblemResponse(JSONResponse):
    """Problem details on the wire; what is said of a text that no encoding holds is said with escapes."""

    media_type = "application/problem+json"

    def render(self, content: Any) -> bytes:
        """As JSON; `\\ud800` is half a character, and JSON's own way to write it."""
        return json.dumps(content, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace")


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
    headers: dict[str, str] = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return ProblemResponse(body, error.status, {**headers, **error.headers})


class _PlainError(FashionForecastError):
    """An error of the framework's own, in our shape."""

    def __init__(
        self, status: int, detail: str, headers: Mapping[str, str] | None = None, **details: Any
    ) -> None:
        super().__init__(detail, **details)
        self.headers = headers or {}
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
        if first["loc"][0] == "path" and (methods := _methods_of(app, request.url.path, fixed=True)):
            headers = {"Allow": ", ".join(methods)}  # /approvals/markdown is a path of its own, and no id
            return problem_response(request, _PlainError(405, "Method Not Allowed", headers))
        if first["type"] == "json_invalid":
            return problem_response(request, _PlainError(400, "the body is not JSON, or is cut short"))
        where = ".".join(str(part) for part in first["loc"])
        return problem_response(request, _PlainError(422, f"{where}: {first['msg']}", errors=errors))

    @app.exception_handler(HTTPException)
    async def framework(request: Request, error: HTTPException) -> JSONResponse:
        headers = error.headers
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers = {"Allow": ", ".join(_allowed(app, request.url.path))}
        return problem_response(request, _PlainError(error.status_code, str(error.detail), headers))

    @app.exception_handler(OperationalError)
    @app.exception_handler(PoolTimeoutError)
    async def database_down(request: Request, error: OperationalError | PoolTimeoutError) -> JSONResponse:
        log.error("database_unavailable", error=str(error))
        unavailable = UnavailableError(
            "the database cannot be reached right now; try again shortly", retry_after=RETRY_AFTER_SECONDS
        )
        return problem_response(request, unavailable)


def _allowed(app: FastAPI, path: str) -> list[str]:
    return _methods_of(app, path, fixed=True) or _methods_of(app, path, fixed=False)


def _methods_of(app: FastAPI, path: str, *, fixed: bool) -> list[str]:
    """Every method that `path` has, as a path of its own if `fixed`, else with values in it; the router knows
    those of its first route alone."""
    methods: set[str] = set()
    for template, operations in app.openapi()["paths"].items():
        pattern, _, parameters = compile_path(template)
        if pattern.match(path) and fixed is not bool(parameters):
            methods |= {method.upper() for method in operations}
    return sorted(methods)


def unexpected_problem(request: Request) -> JSONResponse:
    """What is said of a fault of our own; the log has the rest."""
    return problem_response(
        request, FashionForecastError("something went wrong on our side; the log has it by request_id")
    )


async def require_media_type(request: Request) -> None:
    """Dependency of every route: a body is of the media type that the route takes.

    Raises:
        UnsupportedMediaError: it is of another.
    """
    field = getattr(request.scope["route"], "body_field", None)
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if field is None or not (sent or await request.body()):
        return
    form = isinstance(field.field_info, Form)
    fits = sent == "multipart/form-data" if form else sent == "application/json" or sent.endswith("+json")
    if not fits:
        wanted = "multipart/form-data" if form else "application/json"
        what = sent or "a body without a media type"
        raise UnsupportedMediaError(f"{what} is not taken here; send {wanted}")
