"""The approval stage: what is asked goes on record, and the decision is read from there."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run
from sqlalchemy.orm import Session

from models.approvals import MANUFACTURING, MARKDOWN, ApprovalRecord, decide, find_approval, request_approval
from models.plans import find_allocation, find_markdown_of, require_forecast_of
from models.workflows import load_stage_result
from schemas.errors import NotFoundError, WrongStateError
from schemas.settings import get_settings
from schemas.stages import ANALYZE_MARKDOWN
from tasks.artifacts import publish_note
from tasks.runtime import open_database


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


@task(name="request_approval", cache_policy=NO_CACHE, persist_result=False)
def request_manufacturing_approval(workflow_id: str) -> None:
    """Put the proposed order on record for a person to decide; asked again, the first record stands."""
    with open_database().write() as session:
        forecast = require_forecast_of(session, workflow_id)
        allocation = find_allocation(session, forecast.forecast_id)
        if allocation is None:
            raise NotFoundError(f"workflow {workflow_id} has no proposed order to approve")
        _request(session, workflow_id, MANUFACTURING, allocation.order_data)
        category_id, text = forecast.category_id, _order_asked(allocation.order_data)
    publish_note("approval", category_id, text)


@task(name="request_approval", cache_policy=NO_CACHE, persist_result=False)
def request_markdown_approval(workflow_id: str) -> None:
    """Put the recommended markdown on record for a person to decide; asked again, the first record stands."""
    with open_database().write() as session:
        markdown = find_markdown_of(session, workflow_id)
        analysed = load_stage_result(session, workflow_id, ANALYZE_MARKDOWN.name)
        if markdown is None or analysed is None:
            raise NotFoundError(f"workflow {workflow_id} has no recommended markdown to approve")
        _request(session, workflow_id, MARKDOWN, analysed.summary)
        text = (
            f"**To approve**: mark down by {markdown.recommended_markdown_pct:.0%}.\n\n{markdown.reasoning}"
        )
    publish_note("markdown-approval", workflow_id, text)


def _request(session: Session, workflow_id: str, kind: str, data: dict[str, object]) -> None:
    now = datetime.now(UTC)
    timeout = timedelta(days=get_settings().approval_timeout_days)
    request_approval(
        session,
        ApprovalRecord(
            workflow_id=workflow_id, kind=kind, requested_at=now, expires_at=now + timeout, data=data
        ),
    )


def _order_asked(data: dict[str, object]) -> str:
    return (
        f"**To approve**: make {data['manufacturing_qty']:,} units for a forecast of "
        f"{data['forecast_total']:,} (safety stock {data['safety_stock_pct']:.0%}).\n\n"
        f"{data['reasoning']}\n\n"
        f"Flow run `{flow_run.name}` is suspended until somebody decides."
    )


def read_decision(workflow_id: str, kind: str) -> Decision | None:
    """The decision on record; None while there is none."""
    with open_database().read() as session:
        approval = find_approval(session, workflow_id, kind)
    if approval is None or approval.decision is None or approval.decided_at is None:
        return None
    return Decision(kind, approval.decision, approval.decided_by or "", approval.decided_at, approval.note)


def settle_decision(workflow_id: str, kind: str, *, action: str, decided_by: str, note: str) -> Decision:
    """The decision on record after a resume; an answer from Prefect's UI becomes one where none is."""
    try:
        with open_database().write() as session:
            approval = find_approval(session, workflow_id, kind)
            decide(
                session,
                workflow_id,
                kind,
                decision=action,
                decided_by=decided_by,
                at=datetime.now(UTC),
                after=approval.data if approval else {},
                note=note or None,
            )
    except WrongStateError:
        pass  # decided through the API: that one stands
    decision = read_decision(workflow_id, kind)
    if decision is None:
        raise NotFoundError(f"workflow {workflow_id} has no {kind} decision on record")
    return decision
