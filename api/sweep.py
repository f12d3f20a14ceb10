"""The sweep brings both databases together: what is on record here, and how the runs stand in Prefect.

A workflow whose run Prefect does not know gets another; a workflow that was ended has its run ended; a run
that stands otherwise than on record is looked at by the bridge. What agrees costs one query on either side.
"""

import asyncio
from datetime import UTC, datetime

import structlog
from prefect.client.schemas.objects import FlowRun, StateType

from api.bridge import Bridge
from api.engine import WorkflowEngine, status_of
from models.session import Database
from models.states import forget_run, settle, unsettled
from models.workflows import Workflow
from schemas.errors import UnavailableError
from schemas.workflows import WorkflowStatus

SWEEP_SECONDS = 3.0
log = structlog.get_logger(__name__)


class Sweep:
    """Looks at every workflow that goes on, or whose end its run may not know of."""

    def __init__(self, database: Database, engine: WorkflowEngine, bridge: Bridge) -> None:
        self._database = database
        self._engine = engine
        self._bridge = bridge
        self._news = asyncio.Event()

    def soon(self) -> None:
        """There is a run to be told of its end."""
        self._news.set()

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                await self.once()
            except UnavailableError as error:
                log.info("sweep_later", error=error.detail)
            except Exception:
                log.exception("sweep_failed")
            try:
                await asyncio.wait_for(self._news.wait(), SWEEP_SECONDS)
            except TimeoutError:
                continue
            self._news.clear()

    async def once(self) -> None:
        """Bring both sides together."""
        workflows = await asyncio.to_thread(self._unsettled)
        runs = await self._engine.read_runs([each.flow_run_id for each in workflows if each.flow_run_id])
        for workflow in workflows:
            await self._compare(workflow, runs.get(workflow.flow_run_id or ""))

    def _unsettled(self) -> list[Workflow]:
        with self._database.read() as session:
            return unsettled(session)

    async def _compare(self, workflow: Workflow, run: FlowRun | None) -> None:
        status = WorkflowStatus(workflow.status)
        if not status.is_final:
            if run is None:
                await asyncio.to_thread(self._forget, workflow)
            elif status == WorkflowStatus.RUNNING or _stands_otherwise(workflow, run):
                self._bridge.look_at(workflow.workflow_id)
        elif run is None or (run.state is not None and run.state.is_final()):
            await asyncio.to_thread(self._settle, workflow.workflow_id)
        elif run.state is None or run.state.type != StateType.CANCELLING:
            await self._engine.cancel(run)

    def _forget(self, workflow: Workflow) -> None:
        if workflow.flow_run_id is None:
            return  # it waits for the starter
        log.warning("run_missing", workflow_id=workflow.workflow_id, flow_run_id=workflow.flow_run_id)
        with self._database.write() as session:
            forget_run(session, workflow.workflow_id, workflow.flow_run_id)

    def _settle(self, workflow_id: str) -> None:
        with self._database.write() as session:
            settle(session, workflow_id, datetime.now(UTC))


def _stands_otherwise(workflow: Workflow, run: FlowRun) -> bool:
    since = run.state.timestamp if run.state else None
    return (status_of(run), since) != (WorkflowStatus(workflow.status), workflow.status_since)
