"""Admission as plain ASGI: what a client that hangs up, and one too many, meet."""

import asyncio
import json

import pytest

from api import admission
from api.admission import Admission

SCOPE = {
    "type": "http",
    "method": "GET",
    "path": "/api/slow",
    "headers": [],
    "query_string": b"",
    "state": {},
}


class Client:
    """Sends one request; hangs up when told to."""

    def __init__(self):
        self.sent = []
        self.gone = asyncio.Event()
        self._asked = False

    async def receive(self):
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        self.sent.append(message)


async def test_nobody_works_for_a_client_that_hung_up():
    begun, ended = asyncio.Event(), []

    async def slow(scope, receive, send):
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(scope["path"])

    client = Client()
    call = asyncio.create_task(Admission(slow)(SCOPE, client.receive, client.send))
    await begun.wait()
    client.gone.set()
    await call
    assert (ended, client.sent) == (["/api/slow"], [])


async def test_one_too_many_waits_for_a_bounded_time_and_is_told_when_to_come_again(monkeypatch):
    monkeypatch.setattr(admission, "MOST_AT_ONCE", 1)
    monkeypatch.setattr(admission, "WAIT_SECONDS", 0.05)
    begun = asyncio.Event()

    async def slow(scope, receive, send):
        begun.set()
        await asyncio.Event().wait()

    admit = Admission(slow)
    first, second = Client(), Client()
    call = asyncio.create_task(admit(SCOPE, first.receive, first.send))
    await begun.wait()
    await admit(SCOPE, second.receive, second.send)
    first.gone.set()
    await call

    start, body = second.sent
    assert start["status"] == 503
    assert (b"retry-after", b"2") in start["headers"]
    assert json.loads(body["body"])["title"]


async def test_an_error_of_the_application_goes_on_to_who_renders_it():
    async def broken(scope, receive, send):
        raise ValueError("broken")

    client = Client()
    with pytest.raises(ValueError, match="broken"):
        await Admission(broken)(SCOPE, client.receive, client.send)
