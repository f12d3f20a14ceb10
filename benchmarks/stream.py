"""How long a message takes from its commit to the last of many clients: `python benchmarks/stream.py`.

Serves the product's API in this process, on a fresh database and loopback only; clients live in processes of
their own, and some never read. Messages are committed here as the bridge does it: both moments are known.
"""

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

MOST_CLIENTS, MOST_MESSAGES, PROCESSES = 2000, 500, 4


def listen(url: str, count: int, ready: Any, end: Any) -> None:
    """One process of clients that read: each tells when it got which message."""
    heard: list[tuple[int, float]] = []

    async def client(connect: Any) -> None:
        async with connect(url, compression=None) as line:
            ready.put(1)
            async for text in line:
                told = json.loads(text)
                heard.append((told["position"], time.time()))

    async def all_of_them() -> None:
        from websockets.asyncio.client import connect

        with contextlib.suppress(Exception):
            await asyncio.gather(*(client(connect) for _ in range(count)))

    threading.Thread(target=lambda: asyncio.run(all_of_them()), daemon=True).start()
    end.get()
    ready.put(heard)


def be_silent(url: str, count: int, ready: Any, end: Any) -> None:
    """Clients that never read what they are sent."""
    host, _, rest = url.removeprefix("ws://").partition("/")
    name, _, port = host.partition(":")
    lines = []
    for _ in range(count):
        line = socket.create_connection((name, int(port)))
        line.sendall(
            f"GET /{rest} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        lines.append(line)
        ready.put(1)
    end.get()


@contextlib.contextmanager
def serving(folder: str) -> Iterator[tuple[str, Any]]:
    """The API in a thread of this process; gives its address and the application."""
    os.environ["PREFECT_API_URL"] = "http://127.0.0.1:9/api"  # nobody: no season is planned here
    os.environ["PREFECT_HOME"] = folder
    import uvicorn

    from api.app import create_app
    from models.schema import upgrade
    from schemas.settings import Settings

    settings = Settings(home=Path(folder), database_url="", log_level="WARNING")
    upgrade(settings.resolved_database_url)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = create_app(settings)
    options: dict[str, Any] = {"ws": "websockets-sansio", "ws_per_message_deflate": False, "log_config": None}
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, access_log=False, **options))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"127.0.0.1:{port}", app
    server.should_exit = True
    thread.join(20)


def main() -> None:
    """Measure, and print."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--clients", type=int, default=450)
    ask.add_argument("--silent", type=int, default=50)
    ask.add_argument("--messages", type=int, default=60)
    ask.add_argument("--a-second", type=float, default=4.0)
    ask.add_argument(
        "--idle", type=float, default=15.0, help="Seconds of silence in which the CPU is measured."
    )
    given = ask.parse_args()
    clients, messages = min(given.clients, MOST_CLIENTS), min(given.messages, MOST_MESSAGES)
    with tempfile.TemporaryDirectory() as folder, serving(folder) as (address, app):
        measure(address, app, clients, min(given.silent, MOST_CLIENTS), messages, given.a_second, given.idle)


def measure(
    address: str, app: Any, clients: int, silent: int, messages: int, a_second: float, idle: float
) -> None:
    """Connect everybody, commit the messages, and collect who got them when."""
    from models.stream import append_message, newest_position
    from models.workflows import NewWorkflow, create_workflow
    from schemas.messages import Agent, AgentProgress
    from schemas.stages import WorkflowType

    database, hub, loop = app.state.database, app.state.hub, app.state.loop
    now = datetime.now(UTC)
    with database.write() as session:
        new = NewWorkflow(WorkflowType.FORECAST, None, {}, now, unique="1")
        workflow_id = create_workflow(session, new)[0].workflow_id
    url = f"ws://{address}/api/workflows/{workflow_id}/stream"
    spawn = multiprocessing.get_context("spawn")
    ready, ends = spawn.Queue(), [spawn.Queue() for _ in range(PROCESSES)]
    silence = spawn.Queue()
    shares = [clients // PROCESSES + (n < clients % PROCESSES) for n in range(PROCESSES)]
    people = [
        spawn.Process(target=listen, args=(url, share, ready, end), daemon=True)
        for share, end in zip(shares, ends, strict=True)
    ]
    people.append(spawn.Process(target=be_silent, args=(url, silent, ready, silence), daemon=True))
    for person in people:
        person.start()
    for _ in range(clients + silent):
        ready.get(timeout=120)
    time.sleep(1)
    before, wall = time.process_time(), time.time()
    time.sleep(idle)
    cost = (time.process_time() - before) / (time.time() - wall)
    committed = {}
    for number in range(messages):
        message = AgentProgress(agent=Agent.DEMAND, message=f"step {number}", progress_pct=number % 100)
        with database.write() as session:
            append_message(session, workflow_id, str(number), message, datetime.now(UTC))
            position = newest_position(session)
        committed[position] = time.time()
        loop.call_soon_threadsafe(hub.wake)
        time.sleep(1 / a_second)
    time.sleep(3)
    heard: dict[int, list[float]] = {}
    for end in ends:
        end.put("tell")
        for position, at in ready.get(timeout=60):
            heard.setdefault(position, []).append(at)
    silence.put("end")
    last = sorted((max(heard[position]) - at) * 1000 for position, at in committed.items())
    got = sum(len(each) for each in heard.values())
    print(f"{clients} clients that read, {silent} that do not, {messages} messages at {a_second:g} a second")
    print(f"received {got} of {clients * messages}")
    print(f"idle: {cost:.1%} of a core")
    quantile = last[min(int(len(last) * 0.95), len(last) - 1)]
    middle = statistics.median(last)
    print(f"commit to the last client: median {middle:.0f} ms, p95 {quantile:.0f} ms, most {last[-1]:.0f} ms")
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
