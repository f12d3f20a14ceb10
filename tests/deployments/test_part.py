"""A part of the service as its keeper sees it: real processes, and little patience."""

import asyncio
import sys

import pytest

from deployments.part import Patience, ServicePart
from schemas.errors import UnavailableError

LITTLE = Patience(
    start=0.2, silence=0.2, look_every=0.05, stable_after=60.0, restart_delays=(0.01,), most_failures=3
)
SLEEPS, ENDS = "import time; time.sleep(60)", "raise SystemExit(3)"


def part(tmp_path, program, *, alive=True, folder="."):
    async def answers():
        return alive

    return ServicePart(
        "api", [sys.executable, "-c", program], {}, tmp_path / folder / "api.log", answers, LITTLE
    )


async def test_a_part_that_ends_again_and_again_is_given_up_and_named(tmp_path):
    told = []
    with pytest.raises(UnavailableError, match=r"api ended with exit code 3, 4 times in a row.*api\.log"):
        await part(tmp_path, ENDS).keep(told.append)
    assert len(told) == LITTLE.most_failures


async def test_a_part_that_cannot_be_started_is_tried_again_and_it_is_said(tmp_path):
    told = asyncio.Queue()
    kept = part(tmp_path, SLEEPS, folder="later")
    keeper = asyncio.create_task(kept.keep(told.put_nowait))
    assert "could not be started" in await told.get()
    (tmp_path / "later").mkdir()
    while kept.process is None:  # noqa: ASYNC110  it starts at its next try
        await asyncio.sleep(0.01)
    keeper.cancel()
    await kept.stop()


async def test_a_part_that_answers_no_more_is_ended_and_started_again(tmp_path):
    told = asyncio.Queue()
    kept = part(tmp_path, SLEEPS, alive=False)
    keeper = asyncio.create_task(kept.keep(told.put_nowait))
    assert "answered no more" in await told.get()
    keeper.cancel()
    await kept.stop()


async def test_a_part_that_answers_is_left_alone(tmp_path):
    kept = part(tmp_path, SLEEPS)
    keeper = asyncio.create_task(kept.keep(lambda _: None))
    _, unfinished = await asyncio.wait({keeper}, timeout=LITTLE.silence * 3)
    assert unfinished
    assert kept.process.returncode is None
    keeper.cancel()
    await kept.stop()
