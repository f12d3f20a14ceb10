"""The WebSocket of a workflow: everything so far, then everything new, in order."""

import asyncio
import contextlib
from datetime import UTC
from typing import Any

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from api.hub import Hub
from models.session import Database
from models.stream import WorkflowLog, messages_after
from models.workflows import get_workflow
from schemas.errors import NotFoundError

CLOSE_NOT_FOUND = 4404
CLOSE_BAD_QUERY = 4400
POLL_SECONDS = 1.0  # another API process may have stored a message without waking us

log = structlog.get_logger(__name__)
router = APIRouter()


def wire_message(row: WorkflowLog) -> dict[str, Any]:
    """A stored message as it is sent."""
    return {
        "type": row.type,
        "workflow_id": row.workflow_id,
        "timestamp": row.timestamp.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "sequence": row.sequence,
        **row.payload,
    }


@router.websocket("/api/workflows/{workflow_id}/stream")
async def stream(websocket: WebSocket, workflow_id: str, after: str = "0") -> None:
    """Send a workflow's messages from `after` on; the text `ping` is answered with `pong`."""
    state = websocket.app.state
    await websocket.accept()
    try:
        await asyncio.to_thread(_require_workflow, state.database, workflow_id)
    except NotFoundError as error:
        await websocket.close(CLOSE_NOT_FOUND, error.detail)
        return
    if not after.isdigit():
        await websocket.close(CLOSE_BAD_QUERY, "after is the sequence of the last message seen: 0, 1, 2 …")
        return
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(_send_all(websocket, state.database, state.hub, workflow_id, int(after)))
            both.create_task(_answer_pings(websocket))
    except* (WebSocketDisconnect, RuntimeError) as gone:  # the framework has either for a client that left
        log.info("stream_ended", workflow_id=workflow_id, reasons=[repr(each) for each in gone.exceptions])


def _require_workflow(database: Database, workflow_id: str) -> None:
    with database.read() as session:
        get_workflow(session, workflow_id)


async def _answer_pings(websocket: WebSocket) -> None:
    while True:
        if await websocket.receive_text() == "ping":
            await websocket.send_text("pong")


async def _send_all(websocket: WebSocket, database: Database, hub: Hub, workflow_id: str, after: int) -> None:
    with hub.listening(workflow_id) as news:
        while True:
            news.clear()
            for row in await asyncio.to_thread(_read_after, database, workflow_id, after):
                await websocket.send_json(wire_message(row))
                after = row.sequence
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), POLL_SECONDS)


def _read_after(database: Database, workflow_id: str, after: int) -> list[WorkflowLog]:
    with database.read() as session:
        return list(messages_after(session, workflow_id, after))
