"""Approvals: modify, accept, reject."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from api.approvals import Resumer
from api.database import database_of
from api.errors import problem_responses
from api.security import authenticate
from models.approvals import MANUFACTURING, MARKDOWN, ApprovalRecord, list_approvals
from models.workflows import get_workflow
from schemas.decisions import (
    STATUS_OF,
    Action,
    ApprovalView,
    Asked,
    ManufacturingAnswer,
    ManufacturingDecision,
    MarkdownAnswer,
    MarkdownDecision,
)
from schemas.fields import WorkflowId
from schemas.orders import ManufacturingOrder
from tasks.approval.service import open_approval, record_decision
from tasks.markdown.service import decided_markdown

router = APIRouter(prefix="/api/approvals", tags=["approvals"])
Caller = Annotated[str, Depends(authenticate)]


@router.post(
    "/manufacturing",
    summary="Decide the manufacturing order",
    responses=problem_responses(401, 404, 409, 422, 503),
)
def decide_manufacturing(
    request: Request, body: ManufacturingDecision, caller: Caller
) -> ManufacturingAnswer:
    """modify recalculates and commits nothing; accept commits the order and resumes the run; reject ends it.
    Of two deciders at once one wins, the other gets 409."""
    database = database_of(request)
    approval = open_approval(database, body.workflow_id, MANUFACTURING)
    proposed = approval.data
    assert isinstance(proposed, ManufacturingOrder)  # noqa: S101  a manufacturing approval is about one
    order = proposed if body.safety_stock_pct is None else proposed.at(body.safety_stock_pct)
    _decide(request, approval, body.action, caller, order, body.note)
    return ManufacturingAnswer(
        workflow_id=body.workflow_id,
        action=body.action,
        manufacturing_qty=order.manufacturing_qty,
        safety_stock_pct=order.safety_stock_pct,
        forecast_total=order.forecast_total,
        initial_allocation=order.initial_allocation,
        holdback=order.holdback,
        reasoning=order.reasoning,
        status=STATUS_OF[body.action],
        data=order.model_dump(mode="json"),
    )


@router.post(
    "/markdown",
    summary="Decide the markdown",
    responses=problem_responses(401, 404, 409, 422, 503),
)
def decide_markdown(request: Request, body: MarkdownDecision, caller: Caller) -> MarkdownAnswer:
    """modify recalculates at another elasticity or target; accept commits it; reject keeps the price."""
    database = database_of(request)
    approval = open_approval(database, body.workflow_id, MARKDOWN)
    decided = decided_markdown(database, approval, body)
    _decide(request, approval, body.action, caller, decided, body.note)
    return MarkdownAnswer(
        **decided.model_dump(include=set(MarkdownAnswer.model_fields)),
        workflow_id=body.workflow_id,
        action=body.action,
        status=STATUS_OF[body.action],
        data=decided.model_dump(mode="json"),
    )


def _decide(
    request: Request,
    approval: ApprovalRecord,
    action: Action,
    caller: str,
    after: Asked,
    note: str | None,
) -> None:
    """Commit the decision and wake whoever tells the run; a modification commits nothing."""
    if action == "modify":
        return
    record_decision(
        database_of(request), approval, decision=action, decided_by=caller, after=after, note=note
    )
    resumer: Resumer = request.app.state.resumer
    request.app.state.loop.call_soon_threadsafe(resumer.soon)


@router.get(
    "/{workflow_id}", summary="A workflow's approvals on record", responses=problem_responses(401, 404, 503)
)
def read_approvals(request: Request, workflow_id: WorkflowId) -> list[ApprovalView]:
    """What was asked, and who decided, when, from what to what."""
    with database_of(request).read() as session:
        get_workflow(session, workflow_id)
        return [ApprovalView.model_validate(approval) for approval in list_approvals(session, workflow_id)]
