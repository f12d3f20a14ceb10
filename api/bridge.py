"""The bridge from Prefect to the stream of messages.

Events make it quick, states make it right: an event says that something happened to a run; what is owed
is then worked out from the run's state and from the stages' stored results, and the same is done every few
seconds for every unfinished workflow, so that an event that was lost is a delay and never a gap.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any

import structlog
from prefect.client.schemas.objects import StateType
from prefect.events import Event
from prefect.events.clients import get_events_subscriber
from prefect.events.filters import EventFilter, EventNameFilter

from api.engine import WorkflowEngine
from api.hub import Hub
from api.messages import OwedMessage, owed, started
from api.stories import Story, known_of
from models.session import Database
from models.stream import append_message, last_progress, message_keys, unfinished_workflows
from models.workflows import find_by_flow_run, get_workflow
from schemas.errors import UnavailableError
from schemas.messages import AgentProgress
from schemas.stages import PROGRESS_EVENT, STAGES

RECONCILE_SECONDS = 3.0
RECONNECT_SECONDS = 1.0
FLOW_RUN, TASK_RUN = "prefect.flow-run.", "prefect.task-run."
log = structlog.get_logger(__name__)


class Bridge:
    """Turns what Prefect does into numbered messages, one workflow at a time."""

    def __init__(self, database: Database, engine: WorkflowEngine, hub: Hub) -> None:
        self._database = database
        self._engine = engine
        self._hub = hub
        self._turns: dict[str, asyncio.Lock] = {}
        self._workflow_of_run: dict[str, str] = {}

    async def run(self) -> None:
        """Listen and reconcile until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._reconcile_all())

    async def _listen(self) -> None:
        names = EventNameFilter(prefix=[FLOW_RUN, TASK_RUN, PROGRESS_EVENT])
        while True:
            try:
                async with get_events_subscriber(
                    filter=EventFilter(event=names), reconnection_attempts=5, reconnect_on_clean_close=True
                ) as events:
                    async for event in events:
                        await self._hear(event)
            except Exception as error:  # noqa: BLE001  whatever cuts the line, we dial again
                log.info("events_lost", error=str(error))
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _hear(self, event: Event) -> None:
        workflow_id = await self._workflow_of(event)
        if workflow_id is None:
            return
        try:
            if event.event == PROGRESS_EVENT:
                await self._progress(workflow_id, event)
            elif event.event == f"{TASK_RUN}Running":
                await self._stage_started(workflow_id, event)
            elif event.event.startswith(FLOW_RUN) or event.event == f"{TASK_RUN}Completed":
                await self.reconcile(workflow_id)
        except UnavailableError as error:
            log.info("reconcile_later", workflow_id=workflow_id, error=error.detail)

    async def _workflow_of(self, event: Event) -> str | None:
        run_id = _flow_run_of(event)
        if run_id is None:
            return None
        if run_id not in self._workflow_of_run:
            workflow_id = await asyncio.to_thread(self._read_workflow_id, run_id)
            if workflow_id is None:
                return None
            self._workflow_of_run[run_id] = workflow_id
        return self._workflow_of_run[run_id]

    def _read_workflow_id(self, run_id: str) -> str | None:
        with self._database.read() as session:
            workflow = find_by_flow_run(session, run_id)
            return workflow.workflow_id if workflow else None

    async def _stage_started(self, workflow_id: str, event: Event) -> None:
        stage = (event.resource.get("prefect.resource.name") or "").rpartition("-")[0]
        if stage in STAGES:
            async with self._turn(workflow_id):
                await self._store(workflow_id, [started(stage, event.occurred)])

    async def _progress(self, workflow_id: str, event: Event) -> None:
        payload: dict[str, Any] = dict(event.payload)
        stage = STAGES.get(str(payload.get("stage")))
        if stage is None:
            return
        async with self._turn(workflow_id):
            await asyncio.to_thread(self._store_progress, workflow_id, event, payload)
        self._hub.wake(workflow_id)

    def _store_progress(self, workflow_id: str, event: Event, payload: dict[str, Any]) -> None:
        stage = STAGES[str(payload["stage"])]
        with self._database.write() as session:
            if f"{stage.name}:completed" in message_keys(session, workflow_id):
                return  # it comes late, and tells what is known
            progress = AgentProgress(
                agent=stage.agent,
                message=str(payload["message"]),
                progress_pct=max(float(payload["progress_pct"]), last_progress(session, workflow_id)),
                stage=stage.name,
            )
            begun = started(stage.name, event.occurred)
            append_message(session, workflow_id, begun.key, begun.message, begun.at)
            append_message(session, workflow_id, f"progress:{event.id}", progress, event.occurred)

    async def _reconcile_all(self) -> None:
        while True:
            try:
                for workflow_id in await asyncio.to_thread(self._unfinished):
                    await self.reconcile(workflow_id)
            except UnavailableError as error:
                log.info("reconcile_later", error=error.detail)
            except Exception:
                log.exception("reconcile_failed")
            await asyncio.sleep(RECONCILE_SECONDS)

    def _unfinished(self) -> list[str]:
        with self._database.read() as session:
            return unfinished_workflows(session)

    async def reconcile(self, workflow_id: str) -> None:
        """Store every message that the workflow's stream owes and does not have yet."""
        async with self._turn(workflow_id):
            run_id = await asyncio.to_thread(self._read_run_id, workflow_id)
            run = (await self._engine.read_runs([run_id])).get(run_id) if run_id else None
            running: dict[str, datetime] = {}
            if run_id is not None:
                for task_run in await self._engine.read_task_runs(run_id):
                    name = task_run.name.rpartition("-")[0]
                    if name in STAGES and task_run.start_time and task_run.state_type != StateType.COMPLETED:
                        running[name] = task_run.start_time
            if run_id is not None and run is None:
                return  # Prefect lost the run; the workflow's status says so when it is asked for
            # After the run's state: what a run stored before it ended is there when its end is seen.
            story = await asyncio.to_thread(Story.read, self._database, workflow_id)
            await self._store(workflow_id, owed(known_of(story, run, running, datetime.now(UTC))))

    def _read_run_id(self, workflow_id: str) -> str | None:
        with self._database.read() as session:
            return get_workflow(session, workflow_id).flow_run_id

    def _turn(self, workflow_id: str) -> asyncio.Lock:
        return self._turns.setdefault(workflow_id, asyncio.Lock())

    async def _store(self, workflow_id: str, found: list[OwedMessage]) -> None:
        if await asyncio.to_thread(self._append, workflow_id, found):
            self._hub.wake(workflow_id)

    def _append(self, workflow_id: str, found: list[OwedMessage]) -> int:
        with self._database.read() as session:
            known = message_keys(session, workflow_id)
        missing = [each for each in found if each.key not in known]
        if missing:
            with self._database.write() as session:
                for each in missing:
                    append_message(session, workflow_id, each.key, each.message, each.at)
        return len(missing)


def _flow_run_of(event: Event) -> str | None:
    resources = [event.resource, *event.related]
    ids = (resource.get("prefect.resource.id") or "" for resource in resources)
    return next((each.removeprefix(FLOW_RUN) for each in ids if each.startswith(FLOW_RUN)), None)
