"""Approvals: what is asked goes on record, one decision is committed, and the run reads it from there."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from models.approvals import MANUFACTURING, MARKDOWN, ApprovalRecord, decide, find_approval, request_approval
from models.plans import find_allocation, find_markdown_of, require_forecast_of
from models.session import Database
from models.workflows import get_workflow, load_stage_result
from schemas.decisions import Asked
from schemas.errors import NotFoundError, WrongStateError
from schemas.markdowns import MarkdownProposal
from schemas.orders import ManufacturingOrder
from schemas.stages import ANALYZE_MARKDOWN
from schemas.workflows import WorkflowStatus


@dataclass(frozen=True)
class Decision:
    """A decision that is on record."""

    kind: str
    decision: str
    decided_by: str
    decided_at: datetime
    note: str | None

    @property
    def is_rejection(self) -> bool:
        """Whether the plan ends here."""
        return self.decision == "reject"

    @property
    def sentence(self) -> str:
        """Who decided what, when."""
        verb = "rejected" if self.is_rejection else "accepted"
        note = f": {self.note}" if self.note else ""
        what = "order" if self.kind == MANUFACTURING else "markdown"
        return f"the {what} was {verb} by {self.decided_by} at {self.decided_at:%Y-%m-%d %H:%M} UTC{note}"


def ask_for_order(database: Database, workflow_id: str, *, days: float) -> tuple[str, str]:
    """Put the proposed order on record for a person to decide within `days`; asked again, the first record
    stands.

    Returns:
        The category and what is asked, in Markdown.
    """
    with database.write() as session:
        forecast = require_forecast_of(session, workflow_id)
        allocation = find_allocation(session, forecast.forecast_id)
        if allocation is None:
            raise NotFoundError(f"workflow {workflow_id} has no proposed order to approve")
        _request(session, workflow_id, MANUFACTURING, allocation.order_data, days)
        return forecast.category_id, _order_asked(allocation.order_data)


def ask_for_markdown(database: Database, workflow_id: str, *, days: float) -> str:
    """Put the recommended markdown on record for a person to decide within `days`; asked again, the first
    record stands. Gives what is asked, in Markdown."""
    with database.write() as session:
        markdown = find_markdown_of(session, workflow_id)
        analysed = load_stage_result(session, workflow_id, ANALYZE_MARKDOWN.name)
        if markdown is None or analysed is None:
            raise NotFoundError(f"workflow {workflow_id} has no recommended markdown to approve")
        _request(session, workflow_id, MARKDOWN, MarkdownProposal.model_validate(analysed.summary), days)
        depth = markdown.recommended_markdown_pct
        return f"**To approve**: mark down by {depth:.0%}.\n\n{markdown.reasoning}"


def _request(session: Session, workflow_id: str, kind: str, data: Asked, days: float) -> None:
    now = datetime.now(UTC)
    record = ApprovalRecord(
        workflow_id=workflow_id, kind=kind, requested_at=now, expires_at=now + timedelta(days=days), data=data
    )
    request_approval(session, record)


def _order_asked(order: ManufacturingOrder) -> str:
    return (
        f"**To approve**: make {order.manufacturing_qty:,} units for a forecast of "
        f"{order.forecast_total:,} (safety stock {order.safety_stock_pct:.0%}).\n\n"
        f"{order.reasoning}"
    )


def open_approval(database: Database, workflow_id: str, kind: str) -> ApprovalRecord:
    """The approval that waits for a decision.

    Raises:
        NotFoundError: there is no such workflow.
        WrongStateError: nothing waits there, it was decided already or expired, or the workflow has ended.
    """
    with database.read() as session:
        workflow = get_workflow(session, workflow_id)
        approval = find_approval(session, workflow_id, kind)
    if approval is None:
        raise WrongStateError(f"workflow {workflow_id} does not wait for a {kind} approval")
    if approval.decision is not None:
        raise WrongStateError(
            f"the {kind} approval of {workflow_id} was decided already: {approval.decision} by "
            f"{approval.decided_by} at {approval.decided_at:%Y-%m-%d %H:%M} UTC"
        )
    if approval.expires_at <= datetime.now(UTC):
        raise _expired(approval)
    if WorkflowStatus(workflow.status).is_final:
        raise WrongStateError(
            f"workflow {workflow_id} is {workflow.status}; nothing waits there to be decided"
        )
    return approval


def record_decision(
    database: Database,
    approval: ApprovalRecord,
    *,
    decision: str,
    decided_by: str,
    after: Asked,
    note: str | None,
) -> None:
    """Commit a decision; of two at once one wins.

    Raises:
        WrongStateError: somebody else was quicker.
    """
    with database.write() as session:
        decide(
            session,
            approval.workflow_id,
            approval.kind,
            decision=decision,
            decided_by=decided_by,
            at=datetime.now(UTC),
            after=after,
            note=note,
        )


def read_decision(database: Database, workflow_id: str, kind: str) -> Decision | None:
    """The decision on record; None while there is none."""
    with database.read() as session:
        approval = find_approval(session, workflow_id, kind)
    if approval is None or approval.decision is None or approval.decided_at is None:
        return None
    return Decision(kind, approval.decision, approval.decided_by or "", approval.decided_at, approval.note)


def seconds_to_decide(database: Database, workflow_id: str, kind: str, *, now: datetime) -> int:
    """How long a decision is still waited for, in whole seconds.

    Raises:
        WrongStateError: nobody decided in time.
        NotFoundError: nothing was asked.
    """
    with database.read() as session:
        approval = find_approval(session, workflow_id, kind)
    if approval is None:
        raise NotFoundError(f"workflow {workflow_id} has no {kind} approval to wait for")
    left = math.ceil((approval.expires_at - now).total_seconds())
    if left <= 0:
        raise _expired(approval)
    return left


def _expired(approval: ApprovalRecord) -> WrongStateError:
    return WrongStateError(
        f"the {approval.kind} approval of {approval.workflow_id} expired at "
        f"{approval.expires_at:%Y-%m-%d %H:%M} UTC; plan again"
    )
