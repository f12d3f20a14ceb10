"""The product's errors. One base carries the HTTP status; one handler in the API renders them.

FashionForecastError            500  something of ours went wrong
├── InvalidInputError           422  what came in cannot be used; `errors` names each place
│   └── InvalidFileError        422  a CSV was refused, whole
├── NotFoundError               404  no such thing
├── WrongStateError             409  the thing exists, but not in a state that allows this
├── TooLargeError               413  more bytes than the setting allows
├── UnsupportedMediaError       415  not the media type that this takes
├── UnauthorizedError           401  no or wrong token
├── ForbiddenError              403  a token that does not allow this
├── TooManyRequestsError        429  throttled; `retry_after` says for how long
└── UnavailableError            503  the workflow engine or the database cannot be reached
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any


class FashionForecastError(Exception):
    """Base of every error that the product raises on purpose.

    Args:
        detail: a sentence that names the thing, what was wrong with it and what to do.
        errors: one entry a place, each with at least `loc` and `msg`.
        total_errors: how many there are in all, where `errors` is cut short.
        retry_after: seconds after which trying again can help.
    """

    status = 500
    title = "Internal error"
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(
        self,
        detail: str,
        *,
        errors: Sequence[dict[str, Any]] = (),
        total_errors: int | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = list(errors)
        self.total_errors = len(self.errors) if total_errors is None else total_errors
        self.retry_after = retry_after


class InvalidInputError(FashionForecastError):
    """What came in cannot be used."""

    status = 422
    title = "Invalid input"


class InvalidFileError(InvalidInputError):
    """A file was refused, whole; nothing of it was stored."""

    title = "Invalid file"


class NotFoundError(FashionForecastError):
    """No such thing."""

    status = 404
    title = "Not found"


class WrongStateError(FashionForecastError):
    """The thing exists, but not in a state that allows this."""

    status = 409
    title = "Wrong state"


class TooLargeError(FashionForecastError):
    """More bytes than the setting allows."""

    status = 413
    title = "Too large"


class UnsupportedMediaError(FashionForecastError):
    """Not a media type that this endpoint takes."""

    status = 415
    title = "Unsupported media type"


class UnauthorizedError(FashionForecastError):
    """No token, or a wrong one."""

    status = 401
    title = "Unauthorized"


class ForbiddenError(FashionForecastError):
    """A known token, whose role does not allow this."""

    status = 403
    title = "Forbidden"


class TooManyRequestsError(FashionForecastError):
    """Throttled."""

    status = 429
    title = "Too many requests"


class UnavailableError(FashionForecastError):
    """The workflow engine or the database cannot be reached right now."""

    status = 503
    title = "Unavailable"
