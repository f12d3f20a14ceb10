"""The WebSockets on a real database: one reader, many clients, and each way of ending in words."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from starlette.websockets import WebSocketDisconnect

from api.hub import CLOSE_RESTORED, CLOSE_TOO_SLOW, WAITING_MOST, Hub
from models.session import Database
from models.stream import append_message
from models.workflows import NewWorkflow, create_workflow
from schemas.messages import Agent, AgentProgress
from schemas.stages import WorkflowType

NOW = datetime(2025, 1, 6, 9, tzinfo=UTC)


def workflow(database, unique):
    with database.write() as session:
        new = NewWorkflow(WorkflowType.FORECAST, None, {}, NOW, unique=unique)
        return create_workflow(session, new)[0].workflow_id


def tell(database, workflow_id, *keys):
    with database.write() as session:
        for key in keys:
            message = AgentProgress(agent=Agent.DEMAND, message=key, progress_pct=1)
            append_message(session, workflow_id, key, message, NOW)


@pytest.fixture
def stored(settings, client):
    with closing(Database(settings.resolved_database_url)) as database:
        yield database


def test_a_client_gets_what_was_told_and_then_what_another_process_tells(client, stored):
    hats = workflow(stored, "hats")
    tell(stored, hats, "a", "b")
    with client.websocket_connect(f"/api/workflows/{hats}/stream?after=1") as line:
        assert line.receive_json()["message"] == "b"
        tell(stored, hats, "c")
        assert (line.receive_json()["sequence"]) == 3
        line.send_text("ping")
        assert line.receive_text() == "pong"


def test_one_stream_carries_the_messages_of_all_workflows_in_one_order(client, stored):
    hats, coats = workflow(stored, "hats"), workflow(stored, "coats")
    tell(stored, hats, "a")
    tell(stored, coats, "b")
    tell(stored, hats, "c")
    with client.websocket_connect("/api/stream?after=1") as line:
        told = [line.receive_json() for _ in range(2)]
        tell(stored, coats, "d")
        told.append(line.receive_json())
    assert [(each["position"], each["message"], each["workflow_id"]) for each in told] == [
        (2, "b", coats),
        (3, "c", hats),
        (4, "d", coats),
    ]
    with client.websocket_connect("/api/stream") as line:
        tell(stored, hats, "e")
        assert line.receive_json()["message"] == "e"


@pytest.mark.parametrize("path", ["/api/stream", "/api/workflows/{}/stream"])
def test_a_number_that_is_none_closes_the_stream_with_4400(client, stored, path):
    url = path.format(workflow(stored, "hats"))
    for after in ("-1", "x", "²", "1.5", "", "9" * 30, "0x1"):
        with (
            client.websocket_connect(f"{url}?after={quote(after)}") as line,
            pytest.raises(WebSocketDisconnect) as closed,
        ):
            line.receive_text()
        assert (closed.value.code, "0, 1, 2" in closed.value.reason) == (4400, True)


def test_binary_frames_close_the_stream_in_words(client):
    with client.websocket_connect("/api/stream") as line:
        line.send_bytes(b"\x00\xff")
        with pytest.raises(WebSocketDisconnect) as closed:
            line.receive_text()
    assert closed.value.code == 1003


async def until(happened):
    while not happened():  # noqa: ASYNC110  a thread makes it true
        await asyncio.sleep(0.01)


@pytest.fixture
async def hub(database):
    hub = Hub(database)
    running = asyncio.create_task(hub.run())
    await hub.begun.wait()
    yield hub
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.database
async def test_a_client_that_does_not_read_is_let_go_and_holds_up_nobody(database, hub):
    hats = workflow(database, "hats")
    with hub.listening(hats) as slow, hub.listening(hats) as quick:
        seen = []
        for first in range(0, WAITING_MOST + 50, 50):
            tell(database, hats, *(str(first + n) for n in range(50)))
            hub.wake()
            seen += [(await quick.next()).sequence for _ in range(50)]
        await until(lambda: slow.closing is not None)
        assert await slow.next() is None
    assert slow.closing == CLOSE_TOO_SLOW
    assert quick.closing is None
    assert seen == list(range(1, len(seen) + 1))


@pytest.mark.database
async def test_a_message_is_made_into_text_once_however_many_listen(database, hub):
    hats = workflow(database, "hats")
    with hub.listening(hats) as one, hub.listening(hats) as other, hub.listening(None) as all_of_them:
        tell(database, hats, "a")
        hub.wake()
        told = [await listener.next() for listener in (one, other, all_of_them)]
    assert told[0] is told[1] is told[2]
    assert hub._listeners == {}


@pytest.mark.database
async def test_who_listens_is_let_go_when_the_database_was_brought_back_to_an_earlier_day(database, hub):
    hats = workflow(database, "hats")
    with hub.listening(hats) as listener:
        tell(database, hats, "a")
        assert (await listener.next()).sequence == 1
        with database.write() as session:
            session.connection().exec_driver_sql("DELETE FROM workflow_logs")
        assert await listener.next() is None
    assert listener.closing == CLOSE_RESTORED


async def test_after_the_database_was_away_the_reader_goes_on_where_it_was(tmp_path, sqlite_template):
    path = tmp_path / "live.db"
    path.write_bytes(sqlite_template.read_bytes())
    with closing(Database(f"sqlite:///{path}")) as database:
        hats = workflow(database, "hats")
        hub = Hub(database)
        running = asyncio.create_task(hub.run())
        await hub.begun.wait()
        with hub.listening(hats) as listener:
            tell(database, hats, "a")
            assert (await listener.next()).sequence == 1
            with database.write() as session:
                session.connection().exec_driver_sql("ALTER TABLE workflow_logs RENAME TO elsewhere")
            hub.wake()
            await asyncio.sleep(0.1)
            with database.write() as session:
                session.connection().exec_driver_sql("ALTER TABLE elsewhere RENAME TO workflow_logs")
            tell(database, hats, "b")
            assert (await listener.next()).sequence == 2
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
