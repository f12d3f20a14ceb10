"""The WebSockets: everything so far, then everything new, in order; of one workflow, or of all."""

import asyncio
import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from sqlalchemy.exc import SQLAlchemyError

from api.hub import AT_ONCE, Hub, Listener, Told
from models.session import Database
from models.stream import messages_after, messages_from, newest_position
from models.workflows import get_workflow
from schemas.errors import FashionForecastError, InvalidInputError, NotFoundError

CLOSE_NOT_FOUND, CLOSE_BAD_QUERY = 4404, 4400
CLOSE_BINARY = 1003, "send text: ping is answered with pong"
CLOSE_UNAVAILABLE = 4503
CLOSE_SECONDS = 5.0  # that a client may take to hear why it is let go
SEND_SECONDS = 20.0  # that one message may wait for a client that does not read; then its line is cut
NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)

router = APIRouter()
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Source:
    """What a client listens to: how it is read from a number on, and which number a message has."""

    workflow_id: str | None
    read: Callable[[Database, int], list[Told]]
    number: Callable[[Told], int]


@router.websocket("/api/workflows/{workflow_id}/stream")
async def stream(websocket: WebSocket, workflow_id: str, after: str = "0") -> None:
    """Send a workflow's messages from `after` on; the text `ping` is answered with `pong`."""

    def check(database: Database) -> int:
        with database.read() as session:
            get_workflow(session, workflow_id)
        return _number(after)

    def read(database: Database, sequence: int) -> list[Told]:
        with database.read() as session:
            return [Told.of(row) for row in messages_after(session, workflow_id, sequence)]

    await _serve(websocket, _Source(workflow_id, read, lambda told: told.sequence), check)


@router.websocket("/api/stream")
async def stream_of_all(websocket: WebSocket, after: str | None = None) -> None:
    """Send every workflow's messages from the position `after` on; without it, those that are new."""

    def begin(database: Database) -> int:
        if after is not None:
            return _number(after)
        with database.read() as session:
            return newest_position(session)

    def read(database: Database, position: int) -> list[Told]:
        with database.read() as session:
            return [Told.of(row) for row in messages_from(session, position, AT_ONCE)]

    await _serve(websocket, _Source(None, read, lambda told: told.position), begin)


def _number(after: str) -> int:
    if NUMBER.fullmatch(after) is None:
        raise InvalidInputError("after is the number of the last message seen: 0, 1, 2 …")
    return int(after)


async def _serve(websocket: WebSocket, source: _Source, begin: Callable[[Database], int]) -> None:
    """Take a client in, send it everything from the moment of its connecting on, and say why it ends."""
    state = websocket.app.state
    with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
        try:
            try:
                after = await asyncio.to_thread(begin, state.database)
            finally:
                await websocket.accept()
            code, reason = await _converse(websocket, state.database, state.hub, source, after)
        except FashionForecastError as error:
            unknown = isinstance(error, NotFoundError)
            code, reason = CLOSE_NOT_FOUND if unknown else CLOSE_BAD_QUERY, error.detail
        except SQLAlchemyError as error:
            log.warning("stream_refused", error=str(error))
            code, reason = CLOSE_UNAVAILABLE, "the database cannot be reached right now; dial again shortly"
        async with asyncio.timeout(CLOSE_SECONDS):
            await websocket.close(code, reason)


async def _converse(
    websocket: WebSocket, database: Database, hub: Hub, source: _Source, after: int
) -> tuple[int, str]:
    """Send and listen until one of both ends; gives the code and the words to close with."""
    sending = asyncio.create_task(_send_all(websocket, database, hub, source, after))
    hearing = asyncio.create_task(_hear(websocket))
    both = {sending, hearing}
    for task in both:
        task.add_done_callback(lambda done: done.cancelled() or done.exception())  # told once, by the first
    try:
        done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        return next(iter(done)).result()
    finally:
        for task in both:
            task.cancel()
        await asyncio.wait(both)


async def _hear(websocket: WebSocket) -> tuple[int, str]:
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message["code"])
        if message.get("text") is None:
            return CLOSE_BINARY
        if message["text"] == "ping":
            await websocket.send_text("pong")


async def _send_all(
    websocket: WebSocket, database: Database, hub: Hub, source: _Source, after: int
) -> tuple[int, str]:
    after = await _catch_up(websocket, database, source, after)
    await hub.begun.wait()
    with hub.listening(source.workflow_id) as listener:
        after = await _catch_up(websocket, database, source, after)  # what came before it was listened to
        return await _send_news(websocket, listener, source, after)


async def _catch_up(websocket: WebSocket, database: Database, source: _Source, after: int) -> int:
    while stored := await asyncio.to_thread(source.read, database, after):
        for told in stored:
            await _send(websocket, told)
        after = source.number(stored[-1])
    return after


async def _send_news(
    websocket: WebSocket, listener: Listener, source: _Source, after: int
) -> tuple[int, str]:
    while (told := await listener.next()) is not None:
        if source.number(told) > after:
            await _send(websocket, told)
    assert listener.closing is not None  # noqa: S101  or there would be a next one
    return listener.closing


async def _send(websocket: WebSocket, told: Told) -> None:
    async with asyncio.timeout(SEND_SECONDS):
        await websocket.send_text(told.text)
