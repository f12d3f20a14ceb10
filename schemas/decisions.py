"""Requests and answers about approvals."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.fields import Elasticity, Note, SafetyStock, Sent, Share, WorkflowId
from schemas.markdowns import MarkdownProposal
from schemas.orders import ManufacturingOrder

Action = Literal["modify", "accept", "reject"]
DecisionStatus = Literal["recalculated", "approved", "rejected"]
STATUS_OF: dict[Action, DecisionStatus] = {
    "modify": "recalculated",
    "accept": "approved",
    "reject": "rejected",
}
Asked = ManufacturingOrder | MarkdownProposal  # what a person decides, by kind


class ManufacturingDecision(Sent):
    """Decide the manufacturing order. modify recalculates and commits nothing; accept commits and goes on;
    reject ends the plan. Without a safety stock, the recommended one stands."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"workflow_id": "wf_0123456789abcdef", "action": "modify", "safety_stock_pct": 0.25}
        },
    )

    workflow_id: WorkflowId
    action: Action
    safety_stock_pct: SafetyStock | None = None
    note: Note | None = None


class ManufacturingAnswer(BaseModel):
    """The order after the decision, or as it would be after a modification."""

    workflow_id: str
    action: Action
    manufacturing_qty: int
    safety_stock_pct: float
    forecast_total: int
    initial_allocation: int
    holdback: int
    reasoning: str
    status: DecisionStatus
    data: dict[str, Any] = Field(
        default_factory=dict, description="What the order costs and brings, in money."
    )


class MarkdownDecision(Sent):
    """Decide the markdown. modify recalculates at another elasticity or target and commits nothing; accept
    commits and goes on; reject keeps the price. What is left out stays as recommended."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "workflow_id": "wf_0123456789abcdef",
                "action": "modify",
                "elasticity_coefficient": 2.5,
            }
        },
    )

    workflow_id: WorkflowId
    action: Action
    elasticity_coefficient: Elasticity | None = None
    actual_sell_through_pct: Share | None = None
    target_sell_through_pct: Share | None = None
    note: Note | None = None


class MarkdownAnswer(BaseModel):
    """The markdown after the decision, or as it would be after a modification."""

    workflow_id: str
    action: Action
    recommended_markdown_pct: float
    elasticity_coefficient: float
    gap_pct: float
    expected_demand_lift_pct: float
    reasoning: str
    status: DecisionStatus
    data: dict[str, Any] = Field(default_factory=dict, description="The whole ladder, in money.")


class ApprovalView(BaseModel):
    """An approval: what was asked, and who decided, when, from what to what."""

    model_config = ConfigDict(from_attributes=True)

    workflow_id: str
    kind: str
    requested_at: datetime
    expires_at: datetime
    data: Asked
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None
    before: Asked | None
    after: Asked | None
    note: str | None
