"""How a stage runs as a Prefect task: it is given its run, stores its result once, and reports progress."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from prefect import Task, task
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import exponential_backoff
from sqlalchemy.exc import OperationalError

from models.session import Database
from models.workflows import load_stage_result
from schemas.settings import get_settings
from schemas.stages import Stage
from tasks.prefect_operator import PrefectOperator
from tasks.stage import StageRun, Summary

TRANSIENT_TRIES = 4


@cache
def open_database() -> Database:
    """This process's database, opened on first use."""
    return Database(get_settings().resolved_database_url)


def _is_transient(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Only what may be different the next time: a database that was busy or away."""
    return isinstance(state.result(raise_on_failure=False), OperationalError)


def stage_task(
    stage: Stage, function: Callable[[StageRun], Summary], *, timeout_seconds: float
) -> Task[[str], Summary]:
    """Make a Prefect task of a stage.

    The task takes a workflow's id and gives the stage's summary. Run again, it gives back what is stored.
    """

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
        now = datetime.now(UTC)
        return function(StageRun(stage, workflow_id, get_settings(), database, now, PrefectOperator()))

    return run
