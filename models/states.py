"""How workflows stand: what was learnt of their runs, which wait for one, and what a person may change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Select, and_, case, delete, func, literal, or_, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from models.approvals import ApprovalRecord
from models.base import UtcDateTime
from models.plans import Forecast
from models.stream import END_KEY, append_message, retire_end
from models.workflows import Workflow, get_workflow
from schemas.errors import NotFoundError, WrongStateError
from schemas.messages import Agent, ErrorMessage
from schemas.stages import WorkflowType
from schemas.workflows import WorkflowStatus

FINAL = tuple(status.value for status in WorkflowStatus if status.is_final)
PENDING = WorkflowStatus.PENDING.value


@dataclass(frozen=True)
class Learnt:
    """What was learnt of a workflow from its run, and since when that is so."""

    status: WorkflowStatus
    since: datetime
    started_at: datetime | None
    error_message: str | None


@dataclass(frozen=True)
class Standing:
    """A workflow as it stands.

    Attributes:
        forecast_id: the newest forecast that it made.
        queue_position: 1 for the next to run; None where it does not wait to be run.
    """

    workflow: Workflow
    forecast_id: str | None
    queue_position: int | None


def learn(session: Session, workflow_id: str, run_id: str, learnt: Learnt) -> None:
    """Take up what was learnt of a workflow's run; one that has ended, or has another run by now, stays."""
    values: dict[str, object] = {
        "status": learnt.status.value,
        "status_since": learnt.since,
        "started_at": func.coalesce(Workflow.started_at, literal(learnt.started_at, UtcDateTime())),
    }
    if learnt.status.is_final:
        values |= {
            "completed_at": learnt.since,
            "settled_at": learnt.since,
            "error_message": learnt.error_message,
            "current_agent": None,
        }
    if learnt.status == WorkflowStatus.COMPLETED:
        values["progress_pct"] = 100.0
    session.execute(
        update(Workflow)
        .where(
            Workflow.workflow_id == workflow_id,
            Workflow.flow_run_id == run_id,
            Workflow.status.not_in(FINAL),
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def standing(session: Session, workflow_id: str) -> Standing:
    """A workflow as it stands.

    Raises:
        NotFoundError: there is none.
    """
    found = session.execute(_standings().where(Workflow.workflow_id == workflow_id)).first()
    if found is None:
        raise NotFoundError(f"there is no workflow {workflow_id}")
    return Standing(*found)


def page_of_standings(
    session: Session,
    *,
    limit: int,
    before: tuple[datetime, str] | None = None,
    status: WorkflowStatus | None = None,
    workflow_type: WorkflowType | None = None,
    category_id: str | None = None,
) -> list[Standing]:
    """Workflows, newest first; `before` is the (created_at, workflow_id) of the last one seen."""
    query = _standings()
    if before is not None:
        at, last = before
        query = query.where(
            or_(Workflow.created_at < at, and_(Workflow.created_at == at, Workflow.workflow_id < last))
        )
    if status is not None:
        query = query.where(Workflow.status == status.value)
    if workflow_type is not None:
        query = query.where(Workflow.workflow_type == workflow_type.value)
    if category_id is not None:
        query = query.where(Workflow.category_id == category_id)
    ordered = query.order_by(Workflow.created_at.desc(), Workflow.workflow_id.desc())
    return [Standing(*row) for row in session.execute(ordered.limit(limit))]


@cache  # the statement is the same each time, and dearer to make than to run
def _standings() -> Select[tuple[Workflow, str | None, int | None]]:
    forecast = (
        select(Forecast.forecast_id)
        .where(Forecast.workflow_id == Workflow.workflow_id)
        .order_by(Forecast.revision.desc())
        .limit(1)
        .scalar_subquery()
    )
    ahead = aliased(Workflow)
    place = (
        select(func.count())
        .where(
            ahead.status == PENDING,
            tuple_(ahead.created_at, ahead.workflow_id) <= tuple_(Workflow.created_at, Workflow.workflow_id),
        )
        .scalar_subquery()
    )
    return select(Workflow, forecast, case((Workflow.status == PENDING, place)))


def waiting_for_run(session: Session, limit: int) -> list[Workflow]:
    """Workflows that go on and have no run, the first recorded first."""
    query = select(Workflow).where(
        _unsettled(), Workflow.status.not_in(FINAL), Workflow.flow_run_id.is_(None)
    )
    return list(session.scalars(query.order_by(Workflow.created_at, Workflow.workflow_id).limit(limit)))


def count_handed_over(session: Session) -> int:
    """Workflows whose run is made and has not begun."""
    waits = (_unsettled(), Workflow.status == PENDING, Workflow.flow_run_id.is_not(None))
    return session.scalar(select(func.count()).select_from(Workflow).where(*waits)) or 0


def unsettled(session: Session) -> list[Workflow]:
    """Workflows that go on, or whose end may not be their run's yet; oldest first."""
    query = select(Workflow).where(_unsettled()).order_by(Workflow.created_at, Workflow.workflow_id)
    return list(session.scalars(query))


def _unsettled() -> ColumnElement[bool]:
    return Workflow.settled_at.is_(None)


def give_run(session: Session, workflow_id: str, run_id: str) -> None:
    """Note the run that was made for a workflow; one that was cancelled meanwhile is to be looked at."""
    session.execute(
        update(Workflow)
        .where(Workflow.workflow_id == workflow_id)
        .values(flow_run_id=run_id, settled_at=None)
        .execution_options(synchronize_session=False)
    )


def skip_attempt(session: Session, workflow_id: str) -> None:
    """Count on by one attempt: this one's run ended in a life of the database that is not on record here."""
    session.execute(
        update(Workflow)
        .where(Workflow.workflow_id == workflow_id)
        .values(attempts=Workflow.attempts + 1)
        .execution_options(synchronize_session=False)
    )


def forget_run(session: Session, workflow_id: str, run_id: str) -> None:
    """Note that Prefect knows nothing of a workflow's run: it is to get another."""
    session.execute(
        update(Workflow)
        .where(Workflow.workflow_id == workflow_id, Workflow.flow_run_id == run_id)
        .values(flow_run_id=None)
        .execution_options(synchronize_session=False)
    )


def settle(session: Session, workflow_id: str, at: datetime) -> None:
    """Note that a workflow's end on record is its run's too."""
    session.execute(
        update(Workflow)
        .where(Workflow.workflow_id == workflow_id, Workflow.status.in_(FINAL))
        .values(settled_at=at)
        .execution_options(synchronize_session=False)
    )


def cancel(session: Session, workflow_id: str, at: datetime, reason: str) -> None:
    """End a workflow; its run, where it has one, is told by the sweep.

    Raises:
        NotFoundError: there is none.
        WrongStateError: it has ended.
    """
    workflow = get_workflow(session, workflow_id)
    agent = Agent(workflow.current_agent or Agent.ORCHESTRATOR)
    append_message(session, workflow_id, END_KEY, ErrorMessage(agent=agent, error_message=reason), at)
    ended = session.execute(
        update(Workflow)
        .where(Workflow.workflow_id == workflow_id, Workflow.status.not_in(FINAL))
        .values(
            status=WorkflowStatus.CANCELLED.value,
            status_since=at,
            completed_at=at,
            error_message=reason,
            current_agent=None,
        )
        .returning(Workflow.workflow_id)
        .execution_options(synchronize_session=False)
    ).first()
    if ended is None:
        session.refresh(workflow)
        raise WrongStateError(
            f"workflow {workflow_id} is {workflow.status}; only one that goes on can be cancelled"
        )


def retry(session: Session, workflow_id: str, at: datetime) -> None:
    """Let a workflow that failed be run once more; what its stages have stored they need not do again. An
    approval that expired is asked anew.

    Raises:
        NotFoundError: there is none.
        WrongStateError: it has not failed.
    """
    attempt = get_workflow(session, workflow_id).attempts
    again = session.execute(
        update(Workflow)
        .where(
            Workflow.workflow_id == workflow_id,
            Workflow.status == WorkflowStatus.FAILED.value,
            Workflow.attempts == attempt,
        )
        .values(
            status=PENDING,
            status_since=at,
            completed_at=None,
            error_message=None,
            flow_run_id=None,
            settled_at=None,
            attempts=attempt + 1,
        )
        .returning(Workflow.workflow_id)
        .execution_options(synchronize_session=False)
    ).first()
    if again is None:
        status = session.scalar(select(Workflow.status).where(Workflow.workflow_id == workflow_id))
        raise WrongStateError(f"workflow {workflow_id} is {status}; only one that failed can be run again")
    retire_end(session, workflow_id, attempt, asked_again=_withdraw_expired(session, workflow_id, at))


def _withdraw_expired(session: Session, workflow_id: str, at: datetime) -> Sequence[str]:
    gone = (
        delete(ApprovalRecord)
        .where(
            ApprovalRecord.workflow_id == workflow_id,
            ApprovalRecord.decision.is_(None),
            ApprovalRecord.expires_at <= at,
        )
        .returning(ApprovalRecord.kind)
    )
    return list(session.scalars(gone))
