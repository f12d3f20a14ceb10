"""A model of the Agents SDK that keeps a time limit, retries what may pass, and never asks too often.

The SDK's client does not retry by itself here (its retries and ours would multiply), and tracing is off
unless asked for: traces would go to OpenAI, with the key, whatever the server.
"""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import openai
from agents import Agent, AgentOutputSchema, Model, ModelResponse, RunConfig, RunHooks, Runner
from agents.exceptions import ModelBehaviorError
from agents.models.openai_chatcompletions import OpenAIChatCompletionsModel
from agents.models.openai_responses import OpenAIResponsesModel
from pydantic import BaseModel

from tasks.llm.model import Meter, ModelSettings, OutOfTimeError, Throttle, throttle_for

MOST_TRIES = 4
FIRST_WAIT_SECONDS = 0.2
MOST_TURNS = 24
LONGEST_WAIT_SECONDS = 3600.0
log = logging.getLogger(__name__)
TALKATIVE = ("openai", "openai.agents")  # their debug and error lines carry prompts and answers


class UnreachableError(Exception):
    """The model gave no answer that can be used; the plan goes on without it."""


class EmptyAnswerError(Exception):
    """The model answered nothing at all; asked again, it would go on so."""


class PatientModel(Model):
    """Another model, asked again within the deadline while asking again can help."""

    def __init__(
        self, inner: Model, deadline: float, throttle: Throttle, meter: Meter, seed: int = 0
    ) -> None:
        self._inner = inner
        self._deadline = deadline
        self._throttle = throttle
        self._meter = meter
        self._jitter = random.Random(seed)  # noqa: S311  spreads retries, guards nothing

    async def get_response(self, *args: Any, **kwargs: Any) -> ModelResponse:
        """One answer, or the last error."""
        for attempt in range(MOST_TRIES):
            await self._throttle.admit(self._deadline)
            try:
                async with asyncio.timeout(self._left()):
                    answer = await self._inner.get_response(*args, **kwargs)
            except (openai.APIConnectionError, openai.RateLimitError, openai.InternalServerError) as error:
                self._meter.add(1)
                if attempt == MOST_TRIES - 1:
                    raise
                log.info("the language model gave no answer (%s); asking again", type(error).__name__)
                await self._wait(self._pause(error, attempt))
            else:
                self._meter.add(1, answer.usage.input_tokens, answer.usage.output_tokens)
                if _is_empty(answer):
                    raise EmptyAnswerError("the model answered nothing")
                return answer
        raise OutOfTimeError("no tries left")

    def stream_response(self, *args: Any, **kwargs: Any) -> Any:
        """Streams are not retried; nothing here streams."""
        return self._inner.stream_response(*args, **kwargs)

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise OutOfTimeError("the time limit is over")
        return left

    def _pause(self, error: openai.APIError, attempt: int) -> float:
        asked = retry_after(getattr(error, "response", None))
        backoff = FIRST_WAIT_SECONDS * 2**attempt * (1 + self._jitter.random() / 2)
        return backoff if asked is None else asked

    async def _wait(self, seconds: float) -> None:
        if seconds >= self._left():
            raise OutOfTimeError(f"asked to wait {seconds:.0f} s, past the time limit")
        await asyncio.sleep(seconds)


def _is_empty(answer: ModelResponse) -> bool:
    """Whether there is no word and no call in an answer."""
    said = [item.model_dump() if isinstance(item, BaseModel) else item for item in answer.output]
    calls = [item for item in said if item.get("type") not in {"message", "reasoning"}]
    parts = [part for item in said if item.get("type") == "message" for part in item.get("content") or []]
    return not calls and not any(part.get("text") or part.get("refusal") for part in parts)


def retry_after(response: httpx.Response | None) -> float | None:
    """The seconds that a Retry-After header asks for, an hour at most; None without a readable one."""
    value = None if response is None else response.headers.get("retry-after")
    try:
        seconds = float(value or "nan")
    except ValueError:
        return None
    return None if seconds != seconds else min(max(seconds, 0.0), LONGEST_WAIT_SECONDS)


class ForgivingSchema(AgentOutputSchema):
    """An output type whose JSON may come in a code fence or between words."""

    def validate_json(self, json_str: str) -> Any:
        """Read the outermost object."""
        start, end = json_str.find("{"), json_str.rfind("}")
        said: str = json_str[start : end + 1] if 0 <= start < end else json_str
        return super().validate_json(said)


@asynccontextmanager
async def open_model(settings: ModelSettings) -> AsyncIterator[Model]:
    """The SDK's model for a server, closed afterwards; its libraries keep the conversation out of the log."""
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    client = openai.AsyncOpenAI(
        api_key=settings.api_key, base_url=settings.url, max_retries=0, timeout=settings.timeout_seconds
    )
    try:
        if settings.api == "responses":
            yield OpenAIResponsesModel(model=settings.model, openai_client=client)
        else:
            yield OpenAIChatCompletionsModel(model=settings.model, openai_client=client)
    finally:
        await client.close()


async def run_agent(
    agent: Agent[Any],
    said: str,
    settings: ModelSettings,
    meter: Meter,
    *,
    context: Any = None,
    hooks: RunHooks[Any] | None = None,
    scripted: Model | None = None,
) -> Any:
    """The agent's final output, within the time limit.

    Args:
        agent: who is asked.
        said: what it is told.
        settings: the server; `timeout_seconds` limits everything.
        meter: counts what was used, also when nothing came of it.
        context: handed to the tools.
        hooks: told about the run.
        scripted: a model in place of the server's.

    Raises:
        UnreachableError: whatever went wrong; its words carry no key and nothing of the conversation.
    """
    deadline = time.monotonic() + settings.timeout_seconds
    try:
        async with asyncio.timeout(settings.timeout_seconds), open_model(settings) as inner:
            model = PatientModel(scripted or inner, deadline, throttle_for(settings), meter)
            return await _with_one_repair(agent, said, model, settings, context, hooks)
    except Exception as error:  # a bad body raises anything at all, and no model may stop a plan
        log.warning("the language model %s gave nothing: %s", settings.model, type(error).__name__)
        raise UnreachableError(type(error).__name__) from error


async def _with_one_repair(
    agent: Agent[Any],
    said: str,
    model: Model,
    settings: ModelSettings,
    context: Any,
    hooks: RunHooks[Any] | None,
) -> Any:
    configuration = RunConfig(
        model=model,
        tracing_disabled=not settings.tracing,
        trace_include_sensitive_data=False,
    )
    try:
        result = await Runner.run(
            agent, said, context=context, hooks=hooks, run_config=configuration, max_turns=MOST_TURNS
        )
    except ModelBehaviorError as error:
        log.info("the language model gave no valid answer (%s); asking once more", type(error).__name__)
        again = f"{said}\n\nYour last answer was not valid. Answer again, in the required form only."
        result = await Runner.run(
            agent, again, context=context, hooks=hooks, run_config=configuration, max_turns=MOST_TURNS
        )
    return result.final_output
