"""How a stage runs as a Prefect task: it is given its run, stores its result once, and reports progress."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from prefect import Task, task
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import get_run_context
from prefect.events import emit_event
from prefect.logging import get_run_logger
from prefect.tasks import exponential_backoff
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.session import Database
from models.workflows import load_stage_result, save_stage_result
from schemas.settings import Settings, get_settings
from schemas.stages import PROGRESS_EVENT, Stage

Summary = dict[str, Any]
TRANSIENT_TRIES = 4


@cache
def open_database() -> Database:
    """This process's database, opened on first use."""
    return Database(get_settings().resolved_database_url)


@dataclass(frozen=True)
class StageRun:
    """What a stage is given: whose it is, where its data are, and how to report."""

    stage: Stage
    workflow_id: str
    settings: Settings
    database: Database
    started_at: datetime

    def report(self, fraction: float, message: str) -> None:
        """Tell how far this stage is (0 to 1) and what it does; a report that is lost is no loss."""
        get_run_logger().info(message)
        context = get_run_context()
        flow_run_id = getattr(getattr(context, "task_run", None), "flow_run_id", None)
        emit_event(
            event=PROGRESS_EVENT,
            resource={"prefect.resource.id": f"fashion-forecast.workflow.{self.workflow_id}"},
            related=[
                {
                    "prefect.resource.id": f"prefect.flow-run.{flow_run_id}",
                    "prefect.resource.role": "flow-run",
                }
            ],
            payload={
                "workflow_id": self.workflow_id,
                "stage": self.stage.name,
                "message": message,
                "progress_pct": round(self.stage.progress(fraction), 1),
            },
        )

    def finish(self, session: Session, summary: Summary) -> Summary:
        """Put the stage's summary beside its typed result, in the same transaction."""
        save_stage_result(
            session,
            self.workflow_id,
            self.stage.name,
            agent=self.stage.agent,
            summary=summary,
            started_at=self.started_at,
            completed_at=datetime.now(UTC),
        )
        return summary


def _is_transient(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Only what may be different the next time: a database that was busy or away."""
    return isinstance(state.result(raise_on_failure=False), OperationalError)


def stage_task(
    stage: Stage, *, timeout_seconds: float
) -> Callable[[Callable[[StageRun], Summary]], Task[[str], Summary]]:
    """Make a Prefect task of a stage.

    The task takes a workflow's id and gives the stage's summary. Run again, it gives back what is stored.
    """

    def decorate(function: Callable[[StageRun], Summary]) -> Task[[str], Summary]:
        @task(
            name=stage.name,
            description=function.__doc__,
            tags=["stage"],
            timeout_seconds=timeout_seconds,
            cache_key_fn=lambda context, _: f"{stage.name}-{context.task_run.flow_run_id}",
            retries=TRANSIENT_TRIES - 1,
            retry_delay_seconds=exponential_backoff(backoff_factor=1),
            retry_jitter_factor=0.5,
            retry_condition_fn=_is_transient,
        )
        def run(workflow_id: str) -> Summary:
            database = open_database()
            with database.read() as session:
                stored = load_stage_result(session, workflow_id, stage.name)
            if stored is not None:
                return stored.summary
            return function(StageRun(stage, workflow_id, get_settings(), database, datetime.now(UTC)))

        return run

    return decorate
