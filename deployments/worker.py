"""The warm worker: polls Prefect for flow runs and starts each in a process that has everything imported.

A process pool's worker takes 11 s from a run's creation to its first task, imports included; a fork of a
warmed process takes 1 s, and a crash still stays in its own process.
"""

import asyncio
import multiprocessing
import os
import socket
from datetime import UTC, datetime, timedelta
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any
from uuid import UUID

import anyio
import anyio.abc
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.responses import WorkerFlowRunResponse
from prefect.states import Cancelled, Crashed, Scheduled
from prefect.workers.base import BaseJobConfiguration, BaseVariables, BaseWorker, BaseWorkerResult

from deployments.child import run_flow_run

WORKER_TYPE = "warm"
ORPHAN_SWEEP_SECONDS = 5.0
GRACE_SECONDS = 5.0
BEAT_SECONDS = 5.0
SILENT_WORKER = timedelta(seconds=90)  # three of Prefect's heartbeats
RESTARTED, MOST_RESTARTS = "Restarted", 2  # of a run whose process died; then the run has failed
UNFINISHED = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]


class WarmWorkerResult(BaseWorkerResult):
    """How a flow run's process ended."""


class WarmWorker(BaseWorker[BaseJobConfiguration, BaseVariables, WarmWorkerResult]):
    """Runs each flow run in a fork of a warmed process, and takes over the runs of workers that died."""

    type = WORKER_TYPE
    job_configuration = BaseJobConfiguration
    job_configuration_variables = BaseVariables
    _description = "Starts each flow run in a fork of a process that has the forecasting libraries imported."
    _display_name = "Warm"

    def __init__(self, work_pool_name: str, *, limit: int) -> None:
        super().__init__(
            work_pool_name,
            name=f"warm-{socket.gethostname()}-{os.getpid()}",
            create_pool_if_not_found=False,
        )
        self._context = multiprocessing.get_context("forkserver")
        self._processes: dict[UUID, ForkServerProcess] = {}
        self._most = limit
        self._room = asyncio.Semaphore(limit)

    @staticmethod
    def warm_up() -> None:
        """Start the fork server and wait until it has imported everything."""
        forkserver.set_forkserver_preload(["deployments.warm"])
        first = multiprocessing.get_context("forkserver").Process(target=int)
        first.start()
        first.join()

    async def _get_scheduled_flow_runs(self) -> list[WorkerFlowRunResponse]:
        """Take no more than there is room for: what a poll brings may be more. Prefect's own limiter counts
        by flow run, and a run that is resumed before the process of its suspension has ended would be
        counted twice, which ends the worker."""
        if not self._space():
            return []
        found = await super()._get_scheduled_flow_runs()
        new = [each for each in found if each.flow_run.id not in self._submitting_flow_run_ids]
        return new[: self._space()]

    def _space(self) -> int:
        return max(self._most - len(self._processes.keys() | self._submitting_flow_run_ids), 0)

    async def run(
        self,
        flow_run: FlowRun,
        configuration: BaseJobConfiguration,
        task_status: anyio.abc.TaskStatus[Any] | None = None,
    ) -> WarmWorkerResult:
        """Start the flow run's process, once there is room for one more, and wait for it to end."""
        del configuration
        process = self._context.Process(target=run_flow_run, args=(str(flow_run.id),), name=flow_run.name)
        async with self._room:
            await anyio.to_thread.run_sync(process.start)
            self._processes[flow_run.id] = process
            identifier = self._identifier(process)
            if task_status is not None:
                task_status.started(identifier)
            try:
                with anyio.CancelScope() as scope:
                    await anyio.to_thread.run_sync(process.join, abandon_on_cancel=True)
                if scope.cancel_called:
                    process.terminate()
            finally:
                if self._processes.get(flow_run.id) is process:
                    del self._processes[flow_run.id]
        if process.exitcode:
            await self._after_death(flow_run.id, process.exitcode)
        return WarmWorkerResult(identifier=identifier, status_code=0)

    async def _after_death(self, flow_run_id: UUID, exit_code: int) -> None:
        """A process that was killed is started again, a few times; stages are idempotent: nothing doubles."""
        run = await self.client.read_flow_run(flow_run_id)
        if run.state is None or run.state.is_final() or run.state.is_cancelling() or run.state.is_paused():
            return  # the run's state already tells how it ended
        states = await self.client.read_flow_run_states(flow_run_id)
        deaths = sum(state.name == RESTARTED for state in states) + 1
        if deaths > MOST_RESTARTS:
            message = f"the run's process died {deaths} times, at last with exit code {exit_code}"
            await self._force(flow_run_id, Crashed(message=message))
        else:
            self._logger.warning("Flow run %s lost its process (%s); it runs again.", run.name, exit_code)
            message = f"Its process died ({exit_code}); runs again ({deaths} of {MOST_RESTARTS})."
            await self._force(flow_run_id, Scheduled(name=RESTARTED, message=message))

    def _identifier(self, process: ForkServerProcess) -> str:
        return f"{self.name}:{process.pid}"

    async def _cancel_run(self, flow_run_id: UUID) -> None:
        """End a running or pending run: Prefect's own worker ends only pending ones."""
        process = self._processes.get(flow_run_id)
        run = await self.client.read_flow_run(flow_run_id)
        if process is None and not await self._is_orphan(run):
            return  # another worker's
        if process is not None:
            process.terminate()
            await anyio.to_thread.run_sync(process.join, GRACE_SECONDS)
            if process.is_alive():
                process.kill()
        await self._force(flow_run_id, Cancelled(message="Cancelled on request."))

    async def sweep(self) -> None:
        """Take over orphans every few seconds, until cancelled; while the server restarts, none are found."""
        while True:
            try:
                await self.take_over_orphans()
            except Exception:
                self._logger.warning("Orphaned runs were not looked for; trying again", exc_info=True)
            await asyncio.sleep(ORPHAN_SWEEP_SECONDS)

    async def take_over_orphans(self) -> None:
        """Schedule again the unfinished runs whose worker is gone; stages are idempotent: nothing doubles."""
        runs = await self.client.read_flow_runs(
            flow_run_filter=FlowRunFilter(
                state=FlowRunFilterState(type=FlowRunFilterStateType(any_=UNFINISHED))
            ),
            work_pool_filter=WorkPoolFilter(name=WorkPoolFilterName(any_=[self._work_pool_name])),
        )
        for run in runs:
            if not await self._is_orphan(run):
                continue
            if run.state_type == StateType.CANCELLING:
                await self._force(run.id, Cancelled(message="Cancelled on request."))
            else:
                self._logger.warning("Flow run %s lost its worker; scheduling it again.", run.name)
                await self._force(
                    run.id, Scheduled(name="Rescheduled", message="Its worker died; runs again.")
                )

    async def _is_orphan(self, run: FlowRun) -> bool:
        if run.id in self._processes or run.id in self._submitting_flow_run_ids:
            return False
        since = datetime.now(UTC) - (run.state.timestamp if run.state else datetime.now(UTC))
        owner, _, _ = (run.infrastructure_pid or "").rpartition(":")
        if not owner or owner == self.name:
            return since > timedelta(seconds=2 * ORPHAN_SWEEP_SECONDS)
        return not await self._worker_lives(owner)

    async def _worker_lives(self, name: str) -> bool:
        host, _, pid = name.removeprefix("warm-").rpartition("-")
        if host == socket.gethostname():
            return _process_lives(int(pid))
        workers = await self.client.read_workers_for_work_pool(self._work_pool_name)
        beats = [worker.last_heartbeat_time for worker in workers if worker.name == name]
        return any(beat is not None and datetime.now(UTC) - beat < SILENT_WORKER for beat in beats)

    async def _force(self, flow_run_id: UUID, state: State[Any]) -> None:
        await self.client.set_flow_run_state(flow_run_id, state, force=True)


def _process_lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


async def beat(file: Path) -> None:
    """Touch a file every few seconds, until cancelled."""
    file.parent.mkdir(parents=True, exist_ok=True)
    while True:
        await asyncio.to_thread(file.touch)
        await asyncio.sleep(BEAT_SECONDS)


async def serve(work_pool: str, limit: int) -> None:
    """Run a warm worker until cancelled, sweeping for orphaned runs meanwhile."""
    worker = WarmWorker(work_pool, limit=limit)
    async with worker, anyio.create_task_group() as group:
        group.start_soon(worker.sweep)
        await worker.start()
