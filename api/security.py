"""Who may do what: bearer tokens, where any are set. Looked at before a request's body is read."""

import hmac
from hashlib import sha256
from pathlib import Path

import structlog
from fastapi import Request
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from api.errors import problem_response
from schemas.errors import ForbiddenError, InvalidInputError, UnauthorizedError
from schemas.people import ANONYMOUS, Person, Right, read_people
from schemas.settings import Settings

CLOSE_UNAUTHORIZED, CLOSE_FORBIDDEN = 4401, 4403
HEALTH_PATH, METRICS_PATH = "/api/health", "/metrics"
log = structlog.get_logger(__name__)


class Tokens:
    """The tokens that are known: the settings' own, and those of a file that is read again when it changes.

    A file that cannot be read any more leaves its last tokens in force, and says so in the log.

    Raises:
        InvalidInputError: the file cannot be read at the start.
    """

    def __init__(self, settings: Settings) -> None:
        self._given, self._file = settings.api_tokens, settings.api_tokens_file
        self._seen: object = None
        self._read: tuple[Person, ...] = ()
        if self._file is not None:
            try:
                self._read_again(self._file)
            except (OSError, ValueError) as error:
                raise InvalidInputError(f"the tokens in {self._file} cannot be read: {error}") from error

    @property
    def guarded(self) -> bool:
        """Whether tokens are asked for at all."""
        return bool(self._given) or self._file is not None

    def person(self, token: str) -> Person | None:
        """Whose token it is; it takes the same time however much of it is right."""
        sent = sha256(token.encode("utf-8", "surrogateescape")).digest()
        found = None
        for person in self._people():
            known = sha256(person.token.get_secret_value().encode()).digest()
            if hmac.compare_digest(sent, known):
                found = person
        return found

    def _people(self) -> tuple[Person, ...]:
        if self._file is not None:
            try:
                self._read_again(self._file)
            except (OSError, ValueError) as error:
                log.warning("tokens_not_read", file=str(self._file), error=str(error))
        return self._given + self._read

    def _read_again(self, file: Path) -> None:
        found = file.stat()
        mark = (found.st_mtime_ns, found.st_size, found.st_ino)
        if mark != self._seen:
            self._read = read_people(file.read_text(encoding="utf-8"))
            self._seen = mark


def right_needed(method: str, path: str) -> Right | None:
    """What a request needs; None where it is open to everybody."""
    if path == METRICS_PATH or (method == "POST" and path.endswith("/retry")):
        return Right.OPERATE
    if not path.startswith("/api/") or path == HEALTH_PATH:
        return None
    return Right.DECIDE if method == "POST" and path.startswith("/api/approvals/") else Right.PLAN


def _sent_token(connection: HTTPConnection) -> str:
    """A WebSocket in a browser cannot set headers, so there `?token=` is read as well."""
    scheme, _, sent = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return sent.strip()
    return connection.query_params.get("token", "") if connection.scope["type"] == "websocket" else ""


class Guard:
    """Lets in who may; the caller's name goes with the request."""

    def __init__(self, app: ASGIApp, tokens: Tokens) -> None:
        self.app, self._tokens = app, tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        try:
            scope.setdefault("state", {})["caller"] = self._admit(scope)
        except (UnauthorizedError, ForbiddenError) as error:
            if scope["type"] == "http":
                await problem_response(Request(scope), error)(scope, receive, send)
            else:
                line = WebSocket(scope, receive, send)
                await line.accept()
                forbidden = isinstance(error, ForbiddenError)
                await line.close(CLOSE_FORBIDDEN if forbidden else CLOSE_UNAUTHORIZED, error.detail)
            return
        await self.app(scope, receive, send)

    def _admit(self, scope: Scope) -> str:
        needed = right_needed(scope.get("method", "GET"), scope["path"])
        if needed is None or not self._tokens.guarded:
            return ANONYMOUS
        person = self._tokens.person(_sent_token(HTTPConnection(scope)))
        if person is None:
            raise UnauthorizedError("send a token that is known here: Authorization: Bearer <token>")
        if needed not in person.role.rights:
            raise ForbiddenError(f"{person.name} is {person.role}, which may not {needed} here")
        return person.name


def authenticate(request: Request) -> str:
    """Dependency of the routes that keep who did it: the caller's name."""
    name: str = request.state.caller
    return name
