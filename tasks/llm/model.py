"""How a language model is reached: settings, our own rate limit, and how long it may be tried."""

import asyncio
import logging
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

import httpx

from schemas.extraction import ModelHealth, ModelUsage

log = logging.getLogger(__name__)
PROBE_SECONDS = 2.0
WINDOW_SECONDS = 60.0
OPENAI_URL = "https://api.openai.com/v1"


@dataclass(frozen=True)
class ModelSettings:
    """An OpenAI-compatible server and a model on it.

    `timeout_seconds` is the total for one use, retries included; `requests_per_minute` is our own limit.
    """

    model: str
    api_key: str = field(repr=False)
    base_url: str | None = None
    api: Literal["chat_completions", "responses"] = "chat_completions"
    timeout_seconds: float = 5.0
    requests_per_minute: int = 60
    tracing: bool = False

    @property
    def url(self) -> str:
        """The server's address, without a slash at its end."""
        return (self.base_url or OPENAI_URL).rstrip("/")


class OutOfTimeError(Exception):
    """The time limit would be passed before the model can be asked again."""


class Throttle:
    """At most so many requests in any minute; who would have to wait past the deadline is turned away."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._sent: deque[float] = deque()

    async def admit(self, deadline: float) -> None:
        """Wait for a place, at most until `deadline` (monotonic seconds)."""
        while True:
            now = time.monotonic()
            while self._sent and self._sent[0] <= now - WINDOW_SECONDS:
                self._sent.popleft()
            if len(self._sent) < self.per_minute:
                self._sent.append(now)
                return
            free = self._sent[0] + WINDOW_SECONDS
            if free >= deadline:
                raise OutOfTimeError(f"more than {self.per_minute} requests a minute")
            await asyncio.sleep(free - now)


_THROTTLES: dict[tuple[str, str], Throttle] = {}


def throttle_for(settings: ModelSettings) -> Throttle:
    """The one throttle of this process for a server and a model."""
    key = (settings.url, settings.model)
    if key not in _THROTTLES or _THROTTLES[key].per_minute != settings.requests_per_minute:
        _THROTTLES[key] = Throttle(settings.requests_per_minute)
    return _THROTTLES[key]


class Meter:
    """What was used so far."""

    def __init__(self) -> None:
        self.usage = ModelUsage()

    def add(self, requests: int, input_tokens: int = 0, output_tokens: int = 0) -> None:
        """Count requests and tokens."""
        self.usage = self.usage + ModelUsage(
            requests=requests, input_tokens=input_tokens, output_tokens=output_tokens
        )


async def probe(settings: ModelSettings | None) -> ModelHealth:
    """Whether the configured model answers, by listing models: that costs no tokens."""
    if settings is None:
        return ModelHealth(configured=False, ok=True, detail="no language model configured: rules only")
    headers = {"Authorization": f"Bearer {settings.api_key}"}
    try:
        async with httpx.AsyncClient(timeout=PROBE_SECONDS) as client:
            answer = await asyncio.wait_for(
                client.get(f"{settings.url}/models", headers=headers), PROBE_SECONDS
            )
    except (httpx.HTTPError, TimeoutError, httpx.InvalidURL) as error:
        log.info("the language model's server at %s gave no answer: %r", settings.url, error)
        return _health(settings, ok=False, detail=f"no answer: {type(error).__name__}")
    if answer.status_code in {401, 403}:
        return _health(settings, ok=False, detail="the key was refused")
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return _health(settings, ok=True, detail="answers, but is rate-limited")
    if answer.is_server_error:
        return _health(settings, ok=False, detail=f"the server answers {answer.status_code}")
    return _health(settings, ok=True, detail="answers")


def _health(settings: ModelSettings, *, ok: bool, detail: str) -> ModelHealth:
    return ModelHealth(configured=True, ok=ok, model=settings.model, detail=detail)
