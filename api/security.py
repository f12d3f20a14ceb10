"""Who may use the API: bearer tokens, where any are set."""

import secrets

from fastapi import Request, WebSocket
from starlette.requests import HTTPConnection

from schemas.errors import UnauthorizedError
from schemas.settings import Settings

ANONYMOUS = "anonymous"


def caller_of(connection: HTTPConnection, settings: Settings) -> str:
    """The name that goes with the caller's token.

    A WebSocket in a browser cannot set headers, so there `?token=` is read as well.

    Raises:
        UnauthorizedError: tokens are set, and this caller has none of them.
    """
    if not settings.api_tokens:
        return ANONYMOUS
    scheme, _, sent = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        sent = connection.query_params.get("token", "") if isinstance(connection, WebSocket) else ""
    for name, token in settings.api_tokens.items():
        if secrets.compare_digest(sent.encode(), token.get_secret_value().encode()):
            return name
    raise UnauthorizedError("send a token that is known here: Authorization: Bearer <token>")


def authenticate(request: Request) -> str:
    """Dependency of every route but health: the caller's name."""
    return caller_of(request, request.app.state.settings)
