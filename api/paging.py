"""What lists share: how much of them is asked for."""

from typing import Annotated

from fastapi import Query

from schemas.defaults import LARGEST

Skip = Annotated[int, Query(ge=0, le=LARGEST.skip)]
PageSize = Annotated[int, Query(ge=1, le=LARGEST.page)]
Cursor = Annotated[
    str | None,
    Query(
        max_length=LARGEST.cursor, pattern="^[0-9A-Za-z_=-]+$", description="`next_cursor` of the page before"
    ),
]
