"""The bridge from Prefect to what is on record: the stream of messages, and each workflow's state.

Events make it quick, states make it right: an event says that something happened to a run; what is owed
is then worked out from the run's state and from the stages' stored results, and the sweep does the same every
few seconds, so that an event that was lost is a delay and never a gap.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any

import structlog
from prefect.client.schemas.objects import StateType
from prefect.events import Event
from prefect.events.clients import get_events_subscriber
from prefect.events.filters import EventFilter, EventNameFilter

from api.engine import WorkflowEngine, status_of
from api.hub import Hub
from api.messages import OwedMessage, owed, started
from api.stories import Story, known_of, learnt_of
from models.session import Database
from models.states import Learnt, learn
from models.stream import append_message, message_keys
from models.workflows import find_by_flow_run, get_workflow
from schemas.errors import UnavailableError
from schemas.messages import AgentProgress
from schemas.stages import PROGRESS_EVENT, STAGES
from schemas.workflows import WorkflowStatus

RECONNECT_SECONDS = 1.0
REMEMBERED_RUNS = 1000
FLOW_RUN, TASK_RUN = "prefect.flow-run.", "prefect.task-run."
STAGES_MAY_RUN = {WorkflowStatus.RUNNING, WorkflowStatus.FAILED, WorkflowStatus.CANCELLED}
log = structlog.get_logger(__name__)


class Bridge:
    """Turns what Prefect does into numbered messages and states; what is due is looked at one by one."""

    def __init__(self, database: Database, engine: WorkflowEngine, hub: Hub) -> None:
        self._database = database
        self._engine = engine
        self._hub = hub
        self._due: dict[str, None] = {}
        self._news = asyncio.Event()
        self._workflow_of_run: dict[str, str] = {}

    def look_at(self, workflow_id: str) -> None:
        """Something may have happened to a workflow; told twice before its turn, it is looked at once."""
        self._due[workflow_id] = None
        self._news.set()

    async def run(self) -> None:
        """Listen and reconcile until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._reconcile_what_is_due())

    async def _reconcile_what_is_due(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._due:
                workflow_id = next(iter(self._due))
                del self._due[workflow_id]
                try:
                    await self.reconcile(workflow_id)
                except UnavailableError as error:  # the sweep comes back to it
                    log.info("reconcile_later", workflow_id=workflow_id, error=error.detail)
                except Exception:
                    log.exception("reconcile_failed", workflow_id=workflow_id)

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
        if event.event == PROGRESS_EVENT:
            await self._progress(workflow_id, event)
        elif event.event == f"{TASK_RUN}Running":
            await self._stage_started(workflow_id, event)
        elif event.event.startswith(FLOW_RUN) or event.event == f"{TASK_RUN}Completed":
            self.look_at(workflow_id)

    async def _workflow_of(self, event: Event) -> str | None:
        run_id = _flow_run_of(event)
        if run_id is None:
            return None
        if run_id not in self._workflow_of_run:
            workflow_id = await asyncio.to_thread(self._read_workflow_id, run_id)
            if workflow_id is None:
                return None
            if len(self._workflow_of_run) >= REMEMBERED_RUNS:
                self._workflow_of_run.clear()
            self._workflow_of_run[run_id] = workflow_id
        return self._workflow_of_run[run_id]

    def _read_workflow_id(self, run_id: str) -> str | None:
        with self._database.read() as session:
            workflow = find_by_flow_run(session, run_id)
            return workflow.workflow_id if workflow else None

    async def _stage_started(self, workflow_id: str, event: Event) -> None:
        stage = (event.resource.get("prefect.resource.name") or "").rpartition("-")[0]
        if stage in STAGES:
            await self._store(workflow_id, [started(stage, event.occurred)])

    async def _progress(self, workflow_id: str, event: Event) -> None:
        payload: dict[str, Any] = dict(event.payload)
        stage = STAGES.get(str(payload.get("stage")))
        if stage is None:
            return
        await asyncio.to_thread(self._store_progress, workflow_id, event, payload)
        self._hub.wake()

    def _store_progress(self, workflow_id: str, event: Event, payload: dict[str, Any]) -> None:
        stage = STAGES[str(payload["stage"])]
        with self._database.write() as session:
            if f"{stage.name}:completed" in message_keys(session, workflow_id):
                return  # it comes late, and tells what is known
            reached = get_workflow(session, workflow_id).progress_pct
            progress = AgentProgress(
                agent=stage.agent,
                message=str(payload["message"]),
                progress_pct=max(float(payload["progress_pct"]), reached),
                stage=stage.name,
            )
            begun = started(stage.name, event.occurred)
            append_message(session, workflow_id, begun.key, begun.message, begun.at)
            append_message(session, workflow_id, f"progress:{event.id}", progress, event.occurred)

    async def reconcile(self, workflow_id: str) -> None:
        """Store every message that the workflow's stream owes and does not have, and how its run stands."""
        run_id = await asyncio.to_thread(self._read_run_id, workflow_id)
        run = (await self._engine.read_runs([run_id])).get(run_id) if run_id else None
        if run_id is None or run is None:
            return  # the starter's, or the sweep's, to mend
        running = await self._running_stages(run_id) if status_of(run) in STAGES_MAY_RUN else {}
        # After the run's state: what a run stored before it ended is there when its end is seen.
        story = await asyncio.to_thread(Story.read, self._database, workflow_id)
        if story.status.is_final:
            return
        now = datetime.now(UTC)
        found, learnt = owed(known_of(story, run, running, now)), learnt_of(story, run, now)
        await self._store(workflow_id, found, run_id, learnt)

    def _read_run_id(self, workflow_id: str) -> str | None:
        with self._database.read() as session:
            return get_workflow(session, workflow_id).flow_run_id

    async def _running_stages(self, run_id: str) -> dict[str, datetime]:
        running: dict[str, datetime] = {}
        for task_run in await self._engine.read_task_runs(run_id):
            name = task_run.name.rpartition("-")[0]
            if name in STAGES and task_run.start_time and task_run.state_type != StateType.COMPLETED:
                running[name] = task_run.start_time
        return running

    async def _store(
        self, workflow_id: str, found: list[OwedMessage], run_id: str = "", learnt: Learnt | None = None
    ) -> None:
        if await asyncio.to_thread(self._append, workflow_id, found, run_id, learnt):
            self._hub.wake()

    def _append(self, workflow_id: str, found: list[OwedMessage], run_id: str, learnt: Learnt | None) -> int:
        with self._database.read() as session:
            known = message_keys(session, workflow_id)
            workflow = get_workflow(session, workflow_id)
        missing = [each for each in found if each.key not in known]
        stood = (workflow.status, workflow.status_since)
        moved = learnt is not None and (learnt.status, learnt.since) != stood
        if missing or moved:
            with self._database.write() as session:
                for each in missing:
                    append_message(session, workflow_id, each.key, each.message, each.at)
                if learnt is not None:
                    learn(session, workflow_id, run_id, learnt)
        return len(missing)


def _flow_run_of(event: Event) -> str | None:
    resources = [event.resource, *event.related]
    ids = (resource.get("prefect.resource.id") or "" for resource in resources)
    return next((each.removeprefix(FLOW_RUN) for each in ids if each.startswith(FLOW_RUN)), None)
