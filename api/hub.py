"""Wakes the streams of a workflow when it has a new message."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Hub:
    """One event a listener: waking never waits, so that a slow client holds up nobody."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    @contextmanager
    def listening(self, workflow_id: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever the workflow has a new message."""
        event = asyncio.Event()
        self._listeners[workflow_id].add(event)
        try:
            yield event
        finally:
            self._listeners[workflow_id].discard(event)
            if not self._listeners[workflow_id]:
                del self._listeners[workflow_id]

    def wake(self, workflow_id: str) -> None:
        """Wake everyone who listens to the workflow."""
        for event in self._listeners.get(workflow_id, ()):
            event.set()
