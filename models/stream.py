"""The ordered messages of each workflow's stream, and of all streams together."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, JsonDict
from models.dialects import is_sqlite
from models.workflows import Workflow
from schemas.messages import AgentCompleted, AgentProgress, Message
from schemas.stages import STAGES

END_KEY = "end"
NUMBERING = 7_210_115  # any number of our own: PostgreSQL's advisory lock of whoever numbers a message


class WorkflowLog(Base):
    """A message of a workflow's stream, numbered without gaps.

    `position` numbers the messages of all workflows in the order in which they were committed: who has read
    up to one has missed none before it.
    """

    __tablename__ = "workflow_logs"
    __table_args__ = (
        UniqueConstraint("workflow_id", "key"),
        CheckConstraint("sequence >= 1", name="sequence_positive"),
        Index("ix_workflow_logs_position", "position", unique=True),
    )

    workflow_id: Mapped[str] = mapped_column(ForeignKey("workflows.workflow_id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120))
    type: Mapped[str] = mapped_column(String(40))
    payload: Mapped[JsonDict]
    timestamp: Mapped[datetime]
    position: Mapped[int] = mapped_column(BigInteger)


def message_keys(session: Session, workflow_id: str) -> set[str]:
    """Keys of the messages that a stream has."""
    return set(session.scalars(select(WorkflowLog.key).where(WorkflowLog.workflow_id == workflow_id)))


def append_message(
    session: Session, workflow_id: str, key: str, message: Message, at: datetime
) -> WorkflowLog | None:
    """Give a message the next numbers, and take up what it tells of its workflow; None where the stream has
    its key, or has ended.

    Writers take turns: on PostgreSQL by a lock that lasts as long as the transaction, on SQLite by the
    transaction itself. A stage that stores its result meanwhile is not held up.
    """
    if not is_sqlite(session):
        session.execute(text(f"SELECT pg_advisory_xact_lock({NUMBERING})"))
    known = message_keys(session, workflow_id)
    if key in known or END_KEY in known:
        return None
    row = WorkflowLog(
        workflow_id=workflow_id,
        sequence=len(known) + 1,
        position=newest_position(session) + 1,
        key=key,
        type=message.type,
        payload=message.model_dump(mode="json", exclude={"type"}),
        timestamp=at,
    )
    session.add(row)
    session.flush()
    _take_up(session, workflow_id, message)
    return row


def _take_up(session: Session, workflow_id: str, message: Message) -> None:
    workflow = session.get_one(Workflow, workflow_id, populate_existing=True)
    workflow.current_agent = getattr(message, "agent", None)
    if isinstance(message, AgentProgress):
        workflow.progress_pct = max(workflow.progress_pct, message.progress_pct)
    elif isinstance(message, AgentCompleted) and message.stage in STAGES:
        workflow.progress_pct = max(workflow.progress_pct, STAGES[message.stage].end_pct)
    session.flush()


def retire_end(session: Session, workflow_id: str, attempt: int, *, asked_again: Sequence[str]) -> None:
    """Let a stream that has ended go on: the end of this attempt, and questions that will be asked again,
    keep their place under keys of their own."""
    retired = [END_KEY, *(f"{kind}:asked" for kind in asked_again)]
    session.execute(
        update(WorkflowLog)
        .where(WorkflowLog.workflow_id == workflow_id, WorkflowLog.key.in_(retired))
        .values(key=WorkflowLog.key + f":{attempt}")
    )


def messages_after(session: Session, workflow_id: str, sequence: int) -> Sequence[WorkflowLog]:
    """A stream's messages with a higher number, in order."""
    query = select(WorkflowLog).where(WorkflowLog.workflow_id == workflow_id, WorkflowLog.sequence > sequence)
    return session.scalars(query.order_by(WorkflowLog.sequence)).all()


def messages_from(session: Session, position: int, limit: int) -> Sequence[WorkflowLog]:
    """The first `limit` messages of all workflows after a position, in order."""
    query = select(WorkflowLog).where(WorkflowLog.position > position)
    return session.scalars(query.order_by(WorkflowLog.position).limit(limit)).all()


def newest_position(session: Session) -> int:
    """Position of the message that was stored last; 0 before the first."""
    return session.scalar(select(func.max(WorkflowLog.position))) or 0
