"""The fan-out of the streams: one reader an API process, each message made into text once, a queue a client.

The reader follows the order in which messages were committed, so it sees those of other API processes too. It
is woken by the bridge, and looks by itself every second. Handing a message to a client never waits: a client
whose queue is full is let go, and holds up nobody.
"""

import asyncio
import json
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC

import structlog
from sqlalchemy.exc import SQLAlchemyError

from models.session import Database
from models.stream import WorkflowLog, messages_from, newest_position

POLL_SECONDS = 1.0
AT_ONCE = 500  # messages that are read in one query
WAITING_MOST = 512  # messages that may wait for one client
CLOSE_RESTORED = 4410, "the database was restored; dial again, and read from the start"
CLOSE_TOO_SLOW = 4408, "messages came faster than they were read; dial again with the last sequence as after"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Told:
    """A message as it is sent, and where it stands."""

    workflow_id: str
    sequence: int
    position: int
    text: str

    @classmethod
    def of(cls, row: WorkflowLog) -> "Told":
        """A stored message, made into text."""
        message = {
            "type": row.type,
            "workflow_id": row.workflow_id,
            "timestamp": row.timestamp.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "sequence": row.sequence,
            "position": row.position,
            **row.payload,
        }
        return cls(row.workflow_id, row.sequence, row.position, json.dumps(message, separators=(",", ":")))


class Listener:
    """What waits for one client; `closing` is why it is to be let go."""

    def __init__(self) -> None:
        self.closing: tuple[int, str] | None = None
        self._waiting: deque[Told] = deque()
        self._news = asyncio.Event()

    def offer(self, told: Told) -> None:
        """Put a message in the queue; without room the client is let go."""
        if len(self._waiting) >= WAITING_MOST:
            self.let_go(CLOSE_TOO_SLOW)
        elif self.closing is None:
            self._waiting.append(told)
            self._news.set()

    def let_go(self, closing: tuple[int, str]) -> None:
        """Send nothing more, and say why."""
        self.closing = closing
        self._waiting.clear()
        self._news.set()

    async def next(self) -> Told | None:
        """The next message; None once the client is let go."""
        while not self._waiting:
            if self.closing is not None:
                return None
            self._news.clear()
            await self._news.wait()
        return self._waiting.popleft()


class Hub:
    """Hands every new message to those who listen to its workflow, and to those who listen to all."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: dict[str | None, set[Listener]] = {}
        self._news = asyncio.Event()
        self._position = 0
        self.begun = asyncio.Event()  # who listens before it would miss what is told between

    @contextmanager
    def listening(self, workflow_id: str | None) -> Iterator[Listener]:
        """A listener to one workflow, or with None to all, for as long as the block runs."""
        listener = Listener()
        self._listeners.setdefault(workflow_id, set()).add(listener)
        try:
            yield listener
        finally:
            self._listeners[workflow_id].discard(listener)
            if not self._listeners[workflow_id]:
                del self._listeners[workflow_id]

    def wake(self) -> None:
        """There are new messages."""
        self._news.set()

    async def run(self) -> None:
        """Read and hand on until cancelled; a database that is away is asked again."""
        while True:
            try:
                if not self.begun.is_set():
                    self._position = await asyncio.to_thread(self._newest)
                    self.begun.set()
                await self._hand_on()
            except SQLAlchemyError as error:
                log.warning("stream_waits_for_database", error=str(error))
                await asyncio.sleep(POLL_SECONDS)
            try:
                await asyncio.wait_for(self._news.wait(), POLL_SECONDS)
            except TimeoutError:
                continue
            self._news.clear()

    async def _hand_on(self) -> None:
        while True:
            rows, newest = await asyncio.to_thread(self._read)
            if newest < self._position:
                self._begin_again(newest)
            for told in rows:
                self._position = told.position
                for listener in self._who_listens(told.workflow_id):
                    listener.offer(told)
            if len(rows) < AT_ONCE:
                return
            await asyncio.sleep(0)  # the clients' turn

    def _who_listens(self, workflow_id: str) -> list[Listener]:
        return [*self._listeners.get(workflow_id, ()), *self._listeners.get(None, ())]

    def _begin_again(self, newest: int) -> None:
        """The database was brought back to an earlier day: what clients have read may never have been."""
        log.warning("stream_begins_again", newest=newest, was=self._position)
        self._position = newest
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.let_go(CLOSE_RESTORED)

    def _newest(self) -> int:
        with self._database.read() as session:
            return newest_position(session)

    def _read(self) -> tuple[list[Told], int]:
        with self._database.read() as session:
            rows = messages_from(session, self._position, AT_ONCE)
            return [Told.of(row) for row in rows], rows[-1].position if rows else newest_position(session)
