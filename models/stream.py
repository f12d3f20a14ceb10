"""The ordered messages of each workflow's stream."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, exists, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, JsonDict
from models.workflows import Workflow
from schemas.messages import Message

END_KEY = "end"


class WorkflowLog(Base):
    """A message of a workflow's stream, numbered without gaps."""

    __tablename__ = "workflow_logs"
    __table_args__ = (
        UniqueConstraint("workflow_id", "key"),
        CheckConstraint("sequence >= 1", name="sequence_positive"),
    )

    workflow_id: Mapped[str] = mapped_column(ForeignKey("workflows.workflow_id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120))
    type: Mapped[str] = mapped_column(String(40))
    payload: Mapped[JsonDict]
    timestamp: Mapped[datetime]


def unfinished_workflows(session: Session) -> list[str]:
    """Workflows whose stream has not ended, oldest first."""
    ended = exists().where(WorkflowLog.workflow_id == Workflow.workflow_id, WorkflowLog.key == END_KEY)
    query = select(Workflow.workflow_id).where(~ended).order_by(Workflow.created_at, Workflow.workflow_id)
    return list(session.scalars(query))


def message_keys(session: Session, workflow_id: str) -> set[str]:
    """Keys of the messages that a stream has."""
    return set(session.scalars(select(WorkflowLog.key).where(WorkflowLog.workflow_id == workflow_id)))


def append_message(
    session: Session, workflow_id: str, key: str, message: Message, at: datetime
) -> WorkflowLog | None:
    """Give a message the next number; None where the stream has its key, or has ended.

    Writers take turns: on PostgreSQL by locking the workflow's row, on SQLite by the transaction itself.
    A stage that stores its result meanwhile is not held up.
    """
    own = select(Workflow.workflow_id).where(Workflow.workflow_id == workflow_id)
    session.execute(own.with_for_update(key_share=True))
    known = message_keys(session, workflow_id)
    if key in known or END_KEY in known:
        return None
    row = WorkflowLog(
        workflow_id=workflow_id,
        sequence=len(known) + 1,
        key=key,
        type=message.type,
        payload=message.model_dump(mode="json", exclude={"type"}),
        timestamp=at,
    )
    session.add(row)
    session.flush()
    return row


def messages_after(session: Session, workflow_id: str, sequence: int) -> Sequence[WorkflowLog]:
    """A stream's messages with a higher number, in order."""
    query = select(WorkflowLog).where(WorkflowLog.workflow_id == workflow_id, WorkflowLog.sequence > sequence)
    return session.scalars(query.order_by(WorkflowLog.sequence)).all()


def last_message(session: Session, workflow_id: str) -> WorkflowLog | None:
    """A stream's newest message."""
    query = select(WorkflowLog).where(WorkflowLog.workflow_id == workflow_id)
    return session.scalars(query.order_by(WorkflowLog.sequence.desc()).limit(1)).first()


def last_progress(session: Session, workflow_id: str) -> float:
    """The furthest progress that a stream has told, in per cent."""
    query = select(WorkflowLog.payload).where(
        WorkflowLog.workflow_id == workflow_id, WorkflowLog.type == "agent_progress"
    )
    return max((float(payload["progress_pct"]) for payload in session.scalars(query)), default=0.0)
