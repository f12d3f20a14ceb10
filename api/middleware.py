"""What every request passes: an id, a size limit, a log line. Plain ASGI, so that streams stay streams."""

import time
import uuid

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem_response, unexpected_problem
from schemas.errors import TooLargeError

REQUEST_ID_HEADER = b"x-request-id"
HEALTH_PATH = "/api/health"  # asked again and again, and of no interest
UPLOAD_OVERHEAD_BYTES = 64 * 1024
log = structlog.get_logger(__name__)


class RequestContext:
    """Gives each request an id (the client's own, where it sends a sane one) and logs how it ended."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = dict(scope["headers"]).get(REQUEST_ID_HEADER, b"").decode("latin-1")
        request_id = sent if sent.replace("-", "").isalnum() and len(sent) <= 64 else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        began, status, started = time.perf_counter(), 500, False

        async def send_with_id(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                started = True
                status = message["status"]
                message["headers"] = [*message["headers"], (REQUEST_ID_HEADER, request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception as error:
            log.exception("unexpected_error", path=scope["path"], exc_info=error)
            if started:
                raise  # half an answer is out: the server hangs up, or it would be taken for whole
            await unexpected_problem(Request(scope))(scope, receive, send_with_id)
        finally:
            milliseconds = round((time.perf_counter() - began) * 1000, 1)
            tell = log.debug if scope["path"] == HEALTH_PATH else log.info
            tell("request", method=scope["method"], path=scope["path"], status=status, ms=milliseconds)


class BodyLimit:
    """Refuses bodies over the limit: by their declared length at once, by their real one as they arrive."""

    def __init__(self, app: ASGIApp, *, json_bytes: int, upload_bytes: int) -> None:
        self.app = app
        self.json_bytes = json_bytes
        self.upload_bytes = upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        upload = headers.get(b"content-type", b"").startswith(b"multipart/form-data")
        limit = self.upload_bytes + UPLOAD_OVERHEAD_BYTES if upload else self.json_bytes
        detail = f"the request's body is larger than {limit // 1024} KiB, which is the most taken"
        declared = headers.get(b"content-length", b"")
        if declared.isdigit() and int(declared) > limit:
            await problem_response(Request(scope), TooLargeError(detail))(scope, receive, send)
            return
        received = 0

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise HTTPException(413, detail)  # the only kind that whoever reads the body lets through
            return message

        await self.app(scope, limited, send)
