"""The queue in front of Prefect: workflows on record get their runs one after another, the first one first.

Many runs created at once lock the database of a Prefect on SQLite, so that some fail for good; and whoever
asks for a plan should not wait for Prefect at all. A workflow without a run is the queue, and it lives in the
product's database: any API process goes on with it, and the same workflow gets the same run.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.orm import Session

from api.engine import NewRun, WorkflowEngine
from models.plans import Forecast
from models.session import Database
from models.states import count_handed_over, give_run, skip_attempt, waiting_for_run
from models.workflows import SeasonParametersRow, Workflow
from schemas.errors import UnavailableError
from schemas.stages import FLOW_NAMES, WorkflowType

HANDED_OVER = 8  # runs that may wait in Prefect; what is more waits here
POLL_SECONDS = 1.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Order:
    workflow_id: str
    run: NewRun


class Starter:
    """Makes the runs of the workflows that have none."""

    def __init__(self, database: Database, engine: WorkflowEngine) -> None:
        self._database = database
        self._engine = engine
        self._news = asyncio.Event()

    def soon(self) -> None:
        """There is a workflow to start."""
        self._news.set()

    async def run(self) -> None:
        """Start what waits, until cancelled."""
        while True:
            try:
                await self.start_waiting()
            except UnavailableError as error:
                log.info("start_later", error=error.detail)
            except Exception:
                log.exception("start_failed")
                await asyncio.sleep(POLL_SECONDS)
            try:
                await asyncio.wait_for(self._news.wait(), POLL_SECONDS)
            except TimeoutError:
                continue
            self._news.clear()

    async def start_waiting(self) -> None:
        """Make the runs of those that wait, as many as there is room for.

        Raises:
            UnavailableError: Prefect cannot be reached, or does not know our deployments yet.
        """
        for order in await asyncio.to_thread(self._next):
            await self._start(order)

    def _next(self) -> list[_Order]:
        with self._database.read() as session:
            room = HANDED_OVER - count_handed_over(session)
            waiting = waiting_for_run(session, max(room, 0))
            return [_Order(workflow.workflow_id, _run_of(session, workflow)) for workflow in waiting]

    async def _start(self, order: _Order) -> None:
        run = await self._engine.start_run(order.run)
        ended = run.state is not None and run.state.is_final()
        await asyncio.to_thread(self._note, order, None if ended else str(run.id))
        log.info("workflow_started", workflow_id=order.workflow_id, flow_run_id=str(run.id), ended=ended)

    def _note(self, order: _Order, run_id: str | None) -> None:
        with self._database.write() as session:
            if run_id is None:
                skip_attempt(session, order.workflow_id)
            else:
                give_run(session, order.workflow_id, run_id)


def _run_of(session: Session, workflow: Workflow) -> NewRun:
    """What is asked of Prefect: a name and tags that an operator finds it by, and a key that makes it one."""
    kind = WorkflowType(workflow.workflow_type)
    start, week = _season_start(session, workflow), workflow.request.get("week")
    about = {"category": workflow.category_id, "season": start, "week": week}
    words = [str(workflow.category_id or "all seasons")]
    words += [f"from {start}"] if start else []
    words += [f"after week {week}"] if week else []
    again = f":{workflow.attempts}" if workflow.attempts > 1 else ""
    parameters: dict[str, Any] = workflow.request if kind == WorkflowType.VARIANCE else {}
    return NewRun(
        flow_name=FLOW_NAMES[kind],
        name=f"{' '.join(words)} ({workflow.workflow_id})",
        key=workflow.workflow_id + again,
        parameters={"workflow_id": workflow.workflow_id, **parameters},
        tags=(
            "fashion-forecast",
            kind.value,
            *(f"{name}:{value}" for name, value in about.items() if value is not None),
        ),
    )


def _season_start(session: Session, workflow: Workflow) -> str | None:
    planned = session.get(SeasonParametersRow, workflow.workflow_id)
    if planned is not None:
        return planned.season_start_date.isoformat()
    forecast = session.get(Forecast, workflow.request.get("forecast_id") or "")
    return forecast.season_start_date.isoformat() if forecast else None
