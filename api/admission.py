"""How many requests are under way at once. Waiting is bounded, and nobody works for a client that hung up."""

import asyncio

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem_response
from schemas.errors import UnavailableError

MOST_AT_ONCE = 64
WAIT_SECONDS = 5.0
RETRY_AFTER_SECONDS = 2


class Admission:
    """Lets a bounded number of requests in; who waits too long is answered 503, who hangs up is forgotten."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._room = asyncio.Semaphore(MOST_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        call = _Call(receive, send)
        work = asyncio.create_task(self._admit(scope, call))
        watch = asyncio.create_task(call.watch(work))
        try:
            await asyncio.wait({work})
        finally:
            watch.cancel()
            work.cancel()
            await asyncio.wait({watch, work})
        if not work.cancelled():
            work.result()

    async def _admit(self, scope: Scope, call: "_Call") -> None:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._room.acquire()
        except TimeoutError:
            busy = UnavailableError(
                "too many requests are under way; try again shortly", retry_after=RETRY_AFTER_SECONDS
            )
            await problem_response(Request(scope), busy)(scope, call.receive, call.send)
            return
        try:
            await self.app(scope, call.receive, call.send)
        finally:
            self._room.release()


class _Call:
    """One request's messages, read one ahead of the application so that a hang-up is seen at once."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._ahead: asyncio.Queue[Message] = asyncio.Queue(1)
        self._answered = False

    async def watch(self, work: asyncio.Task[None]) -> None:
        """Read what the client sends; end the work when it hangs up before it is answered."""
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect" and not self._answered:
                work.cancel()
                return
            await self._ahead.put(message)

    async def receive(self) -> Message:
        """What the client sent next."""
        return await self._ahead.get()

    async def send(self, message: Message) -> None:
        """Answer."""
        self._answered = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self._send(message)
