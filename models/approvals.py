"""Approvals: what was asked, and who decided, when, from what to what."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Typed
from models.dialects import add_missing
from models.workflows import Workflow
from schemas.decisions import Asked
from schemas.errors import NotFoundError, WrongStateError
from schemas.workflows import WorkflowStatus

MANUFACTURING, MARKDOWN = "manufacturing", "markdown"  # what is approved


class ApprovalRecord(Base):
    """One decision that a person takes; it is on record before the run goes on."""

    __tablename__ = "approvals"
    __table_args__ = (
        CheckConstraint("kind IN ('manufacturing', 'markdown')", name="kind_known"),
        CheckConstraint("decision IS NULL OR decision IN ('accept', 'reject')", name="decision_known"),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided_at_with_decision"),
    )

    workflow_id: Mapped[str] = mapped_column(ForeignKey("workflows.workflow_id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    requested_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    data: Mapped[Asked] = mapped_column(Typed(Asked))
    decision: Mapped[str | None] = mapped_column(String(10))
    decided_by: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[datetime | None]
    before: Mapped[Asked | None] = mapped_column(Typed(Asked))
    after: Mapped[Asked | None] = mapped_column(Typed(Asked))
    note: Mapped[str | None]
    resumed_at: Mapped[datetime | None] = mapped_column(index=True)


def request_approval(session: Session, approval: ApprovalRecord) -> ApprovalRecord:
    """Record what is asked; asked again, the first record stands."""
    asked = ("workflow_id", "kind", "requested_at", "expires_at", "data")
    add_missing(session, ApprovalRecord, [{name: getattr(approval, name) for name in asked}])
    return session.get_one(ApprovalRecord, (approval.workflow_id, approval.kind))


def find_approval(session: Session, workflow_id: str, kind: str) -> ApprovalRecord | None:
    """An approval that was asked for; None before it is."""
    return session.get(ApprovalRecord, (workflow_id, kind))


def list_approvals(session: Session, workflow_id: str) -> list[ApprovalRecord]:
    """A workflow's approvals, in the order they were asked."""
    query = select(ApprovalRecord).where(ApprovalRecord.workflow_id == workflow_id)
    return list(session.scalars(query.order_by(ApprovalRecord.requested_at)))


def decide(
    session: Session,
    workflow_id: str,
    kind: str,
    *,
    decision: str,
    decided_by: str,
    at: datetime,
    after: Asked | None = None,
    note: str | None = None,
) -> ApprovalRecord:
    """Record a decision; of two at once one wins.

    Args:
        after: what was decided; as it was asked by default.

    Raises:
        NotFoundError: nothing was asked.
        WrongStateError: it expired, or is decided already; the message says by whom and when. Or the workflow
            has ended.
    """
    require_going_on(session, workflow_id)
    approval = find_approval(session, workflow_id, kind)
    if approval is None:
        raise NotFoundError(f"workflow {workflow_id} has no {kind} approval")
    won = session.execute(
        update(ApprovalRecord)
        .where(
            ApprovalRecord.workflow_id == workflow_id,
            ApprovalRecord.kind == kind,
            ApprovalRecord.decision.is_(None),
            ApprovalRecord.expires_at > at,
        )
        .values(
            decision=decision,
            decided_by=decided_by,
            decided_at=at,
            before=approval.data,
            after=approval.data if after is None else after,
            note=note,
        )
        .execution_options(synchronize_session=False)
        .returning(ApprovalRecord.workflow_id)
    ).first()
    session.refresh(approval)
    if won is None and approval.decision is None:
        raise WrongStateError(
            f"the {kind} approval of {workflow_id} expired at {approval.expires_at:%Y-%m-%d %H:%M} UTC; "
            "plan again"
        )
    if won is None:
        raise WrongStateError(
            f"the {kind} approval of {workflow_id} was decided already: {approval.decision} by "
            f"{approval.decided_by} at {approval.decided_at:%Y-%m-%d %H:%M} UTC"
        )
    return approval


def require_going_on(session: Session, workflow_id: str) -> None:
    """Keep a workflow from ending until the transaction is over.

    Raises:
        WrongStateError: it has ended.
    """
    query = select(Workflow.status).where(Workflow.workflow_id == workflow_id)
    status = session.scalar(query.with_for_update(key_share=True))
    if status is not None and WorkflowStatus(status).is_final:
        raise WrongStateError(f"workflow {workflow_id} is {status}; nothing waits there to be decided")


def decided_but_not_resumed(session: Session) -> list[ApprovalRecord]:
    """Decisions whose run may not have been told yet."""
    query = select(ApprovalRecord).where(
        ApprovalRecord.decision.is_not(None), ApprovalRecord.resumed_at.is_(None)
    )
    return list(session.scalars(query))


def mark_resumed(session: Session, workflow_id: str, kind: str, at: datetime) -> None:
    """Note that the run has been told."""
    session.execute(
        update(ApprovalRecord)
        .where(ApprovalRecord.workflow_id == workflow_id, ApprovalRecord.kind == kind)
        .values(resumed_at=at)
    )
