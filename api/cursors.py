"""Where a page of a list goes on: opaque to clients, and read back as the text that anybody may have sent."""

import base64
import binascii
import json
from datetime import UTC, datetime

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from schemas.errors import InvalidInputError
from schemas.fields import Name

Position = tuple[datetime, str]
_POSITION: TypeAdapter[Position] = TypeAdapter(tuple[AwareDatetime, Name])


def write_cursor(position: Position) -> str:
    """The cursor that goes on after `position`: when the last thing seen was made, and its id."""
    at, identity = position
    return base64.urlsafe_b64encode(json.dumps([at.isoformat(), identity]).encode()).decode()


def read_cursor(cursor: str) -> Position:
    """The position that a cursor stands for.

    Raises:
        InvalidInputError: it is not one that a list gave.
    """
    try:
        at, identity = _POSITION.validate_json(base64.urlsafe_b64decode(cursor))
        return at.astimezone(UTC), identity
    except (binascii.Error, ValidationError, ValueError, OverflowError) as error:
        raise InvalidInputError(
            "cursor is not one that this list gave; leave it out to start over"
        ) from error
