"""The six messages of a workflow's stream. Every one carries type, workflow_id, timestamp and sequence."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field


class Agent(StrEnum):
    """Who speaks in the stream."""

    ORCHESTRATOR = "Orchestrator"
    DEMAND = "Demand Agent"
    INVENTORY = "Inventory Agent"
    PRICING = "Pricing Agent"


class ApprovalAction(StrEnum):
    """What a human is asked to approve."""

    MANUFACTURING = "approve_manufacturing_order"
    MARKDOWN = "approve_markdown"


DECISION_OPTIONS: tuple[str, ...] = ("modify", "accept", "reject")


class AgentStarted(BaseModel):
    """A stage began."""

    type: Literal["agent_started"] = "agent_started"
    agent: Agent
    stage: str | None = None


class AgentProgress(BaseModel):
    """A stage moved on; `progress_pct` is the whole workflow's and never falls."""

    type: Literal["agent_progress"] = "agent_progress"
    agent: Agent
    message: str
    progress_pct: Annotated[float, Field(ge=0, le=100)]
    stage: str | None = None


class AgentCompleted(BaseModel):
    """A stage ended well; `result` sums it up."""

    type: Literal["agent_completed"] = "agent_completed"
    agent: Agent
    duration_seconds: float
    result: dict[str, Any]
    stage: str | None = None


class HumanInputRequired(BaseModel):
    """The run waits for a person."""

    type: Literal["human_input_required"] = "human_input_required"
    agent: Agent
    action: ApprovalAction
    data: dict[str, Any]
    options: tuple[str, ...] = DECISION_OPTIONS


class WorkflowComplete(BaseModel):
    """The run ended well."""

    type: Literal["workflow_complete"] = "workflow_complete"
    duration_seconds: float
    result: dict[str, Any]


class ErrorMessage(BaseModel):
    """A stage or the run failed, crashed or was cancelled."""

    type: Literal["error"] = "error"
    agent: Agent
    error_message: str


Message = Annotated[
    AgentStarted | AgentProgress | AgentCompleted | HumanInputRequired | WorkflowComplete | ErrorMessage,
    Field(discriminator="type"),
]
