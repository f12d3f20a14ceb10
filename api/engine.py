"""Prefect as the API sees it: runs are started by deployment name, read, resumed and cancelled.

No request waits for any of this: what the API answers it reads in the product's database.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import structlog
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    TaskRunFilter,
    TaskRunFilterFlowRunId,
    WorkerFilter,
    WorkerFilterStatus,
)
from prefect.client.schemas.objects import FlowRun, State, StateType, TaskRun
from prefect.client.schemas.responses import SetStateStatus
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.states import Cancelled, Cancelling

from schemas.errors import UnavailableError
from schemas.workflows import WorkflowStatus

log = structlog.get_logger(__name__)
RETRY_AFTER_SECONDS = 5
PATIENCE_SECONDS = 20.0  # for one answer; the client's own tries are within it
AT_ONCE = 200  # Prefect's own bound on a page of runs
RESUME_TRIES = 20
RESUME_WAIT_SECONDS = 0.25

_STATUS = {
    StateType.SCHEDULED: WorkflowStatus.PENDING,
    StateType.PENDING: WorkflowStatus.PENDING,
    StateType.RUNNING: WorkflowStatus.RUNNING,
    StateType.PAUSED: WorkflowStatus.AWAITING_APPROVAL,
    StateType.COMPLETED: WorkflowStatus.COMPLETED,
    StateType.FAILED: WorkflowStatus.FAILED,
    StateType.CRASHED: WorkflowStatus.FAILED,
    StateType.CANCELLED: WorkflowStatus.CANCELLED,
    StateType.CANCELLING: WorkflowStatus.CANCELLED,
}


def status_of(run: FlowRun | None) -> WorkflowStatus:
    """A workflow's status from its run's state; one that was resumed or taken over goes on running."""
    if run is None or run.state is None:
        return WorkflowStatus.PENDING
    status = _STATUS[run.state.type]
    return WorkflowStatus.RUNNING if status == WorkflowStatus.PENDING and run.run_count else status


@dataclass(frozen=True)
class NewRun:
    """A run to be made; the same key gives the same run."""

    flow_name: str
    name: str
    key: str
    parameters: dict[str, Any]
    tags: tuple[str, ...]


class WorkflowEngine:
    """A Prefect client that lives as long as the API; failing to reach Prefect is an UnavailableError."""

    def __init__(self, client: PrefectClient) -> None:
        self._client = client
        self._deployments: dict[str, UUID] = {}

    async def start_run(self, new: NewRun) -> FlowRun:
        """Create a flow run, or find the one that its key made before."""
        async with self._reaching():
            return await self._client.create_flow_run_from_deployment(
                await self._deployment(new.flow_name),
                parameters=new.parameters,
                idempotency_key=new.key,
                name=new.name,
                tags=new.tags,
            )

    async def _deployment(self, flow_name: str) -> UUID:
        if flow_name not in self._deployments:
            try:
                deployment = await self._client.read_deployment_by_name(f"{flow_name}/{flow_name}")
            except ObjectNotFound as error:
                raise UnavailableError(
                    f"the deployment {flow_name} is not registered yet; start a worker (fashion-forecast up)",
                    retry_after=RETRY_AFTER_SECONDS,
                ) from error
            self._deployments[flow_name] = deployment.id
        return self._deployments[flow_name]

    async def read_runs(self, run_ids: Sequence[str]) -> dict[str, FlowRun]:
        """Flow runs by id; those that Prefect no longer knows are left out."""
        found: dict[str, FlowRun] = {}
        for first in range(0, len(run_ids), AT_ONCE):
            wanted = FlowRunFilterId(any_=[UUID(run_id) for run_id in run_ids[first : first + AT_ONCE]])
            async with self._reaching():
                runs = await self._client.read_flow_runs(
                    flow_run_filter=FlowRunFilter(id=wanted), limit=AT_ONCE
                )
            found |= {str(run.id): run for run in runs}
        return found

    async def read_task_runs(self, run_id: str) -> list[TaskRun]:
        """All task runs of a flow run."""
        async with self._reaching():
            return await self._client.read_task_runs(
                task_run_filter=TaskRunFilter(flow_run_id=TaskRunFilterFlowRunId(any_=[UUID(run_id)])),
                limit=AT_ONCE,
            )

    async def resume(self, run_id: str, run_input: dict[str, Any]) -> bool:
        """Resume a suspended run; False where it is not suspended (any more).

        A resume right after the suspension can be refused for a moment, so it is tried again.
        """
        for _ in range(RESUME_TRIES):
            async with self._reaching():
                answer = await self._client.resume_flow_run(UUID(run_id), run_input=run_input)
            if answer.status == SetStateStatus.ACCEPT:
                return True
            if answer.status == SetStateStatus.ABORT:
                return False
            await asyncio.sleep(RESUME_WAIT_SECONDS)
        return False

    async def cancel(self, run: FlowRun) -> None:
        """Cancel a run: at once where no process runs it, by its worker otherwise."""
        running = run.state is not None and run.state.type in {StateType.RUNNING, StateType.PENDING}
        state: State[Any] = Cancelling() if running else Cancelled(message="Cancelled on request.")
        async with self._reaching():
            await self._client.set_flow_run_state(run.id, state, force=not running)

    async def reaches_prefect(self) -> bool:
        """Whether the Prefect server answers."""
        try:
            async with self._reaching():
                return await self._client.api_healthcheck() is None
        except UnavailableError:
            return False

    async def has_worker(self, work_pool: str) -> bool:
        """Whether a worker of the work pool is online."""
        try:
            async with self._reaching():
                workers = await self._client.read_workers_for_work_pool(
                    work_pool, worker_filter=WorkerFilter(status=WorkerFilterStatus(any_=["ONLINE"]))
                )
        except UnavailableError as error:
            log.info("workers_unknown", work_pool=work_pool, error=repr(error.__cause__))
            return False
        return bool(workers)

    @asynccontextmanager
    async def _reaching(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                yield
        except (httpx.TransportError, PrefectHTTPStatusError, ObjectNotFound, TimeoutError) as error:
            self._deployments.clear()  # another Prefect may answer next time
            raise UnavailableError(
                "the workflow engine cannot be reached right now; try again shortly",
                retry_after=RETRY_AFTER_SECONDS,
            ) from error


@asynccontextmanager
async def connect() -> AsyncIterator[WorkflowEngine]:
    """The engine at PREFECT_API_URL, for as long as the block runs."""
    async with get_client() as client:
        yield WorkflowEngine(client)
