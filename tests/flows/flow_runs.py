"""Workflows started, run and resumed as the API and the worker do it, in this one process."""

import asyncio
import contextlib
from typing import Any
from uuid import UUID

import pytest
from live_season import LiveSeason
from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import Pause
from prefect.flow_engine import load_flow, load_flow_run, run_flow

from api.engine import connect
from api.starter import Starter
from models.session import Database
from models.workflows import get_workflow
from schemas.settings import get_settings

# Prefect leaves its clients' sockets to the garbage collector, which warns of each.
REAL_FLOWS = [
    pytest.mark.slow,
    pytest.mark.flows,
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]


class Engine:
    """Starts, runs and resumes workflows as the API and the worker do, one process for both."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.season = LiveSeason(database, get_settings())

    def start(self) -> None:
        """Give every recorded workflow that waits for one its run."""

        async def start() -> None:
            async with connect() as engine:
                await Starter(self.database, engine).start_waiting()

        asyncio.run(start())

    def resume(self, workflow_id: str, run_input: dict[str, Any]) -> None:
        """Resume a suspended run with an answer."""

        async def resume() -> bool:
            async with connect() as engine:
                return await engine.resume(str(self.run_of(workflow_id).id), run_input)

        assert asyncio.run(resume())

    def run(self, workflow_id: str) -> State[Any]:
        """Run a workflow's run until it ends or is suspended."""
        flow_run = self.run_of(workflow_id)
        with contextlib.suppress(Pause):
            run_flow(load_flow(flow_run), flow_run=flow_run, return_type="state")
        state = self.run_of(workflow_id).state
        assert state is not None
        return state

    def run_of(self, workflow_id: str) -> FlowRun:
        """The workflow's run, as Prefect knows it."""
        with self.database.read() as session:
            run_id = get_workflow(session, workflow_id).flow_run_id
        assert run_id is not None
        return load_flow_run(UUID(run_id))
