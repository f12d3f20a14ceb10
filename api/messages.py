"""Which messages a workflow's stream owes, worked out from what is known of it: no Prefect, no database.

Every message has a key that makes it unique in its workflow, so that one found twice (by an event and by a
state, or by two API processes) is stored once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.messages import (
    Agent,
    AgentCompleted,
    AgentStarted,
    ApprovalAction,
    ErrorMessage,
    HumanInputRequired,
    Message,
    WorkflowComplete,
)
from schemas.stages import STAGES
from schemas.workflows import WorkflowStatus

END_KEY = "end"


@dataclass(frozen=True)
class OwedMessage:
    """A message that the stream owes."""

    key: str
    message: Message
    at: datetime


@dataclass(frozen=True)
class FinishedStage:
    """A stage whose result is stored."""

    name: str
    summary: dict[str, Any]
    started_at: datetime
    completed_at: datetime


@dataclass(frozen=True)
class OpenApproval:
    """An approval that was asked for."""

    kind: str
    agent: Agent
    action: ApprovalAction
    data: dict[str, Any]
    requested_at: datetime
    decided: bool


@dataclass(frozen=True)
class Known:
    """All that is known of one workflow right now."""

    status: WorkflowStatus
    created_at: datetime
    status_since: datetime
    finished: Sequence[FinishedStage]
    running: Mapping[str, datetime]
    approvals: Sequence[OpenApproval]
    result: dict[str, Any]
    error_message: str


def started_key(stage: str) -> str:
    """Key of a stage's start."""
    return f"{stage}:started"


def started(stage_name: str, at: datetime) -> OwedMessage:
    """A stage's start."""
    return OwedMessage(
        started_key(stage_name), AgentStarted(agent=STAGES[stage_name].agent, stage=stage_name), at
    )


def owed(known: Known) -> list[OwedMessage]:
    """Every message owed so far, in the order in which it happened; a stage's start before its end."""
    found: list[OwedMessage] = []
    spoken = [stage for stage in known.finished if stage.name in STAGES]  # a newer worker may know more
    for stage in sorted(spoken, key=lambda stage: stage.completed_at):
        found += [started(stage.name, stage.started_at), _completed(stage)]
    done = {stage.name for stage in known.finished}
    found += [started(name, at) for name, at in known.running.items() if name not in done and name in STAGES]
    waits = known.status == WorkflowStatus.AWAITING_APPROVAL
    asked = [
        _asked(approval) for approval in known.approvals if approval.decided or waits or known.status.is_final
    ]
    found = sorted([*found, *asked], key=lambda each: each.at)
    if known.status.is_final:
        found.append(_ended(known, done))
    return found


def _completed(stage: FinishedStage) -> OwedMessage:
    seconds = (stage.completed_at - stage.started_at).total_seconds()
    message = AgentCompleted(
        agent=STAGES[stage.name].agent,
        duration_seconds=round(seconds, 3),
        result=stage.summary,
        stage=stage.name,
    )
    return OwedMessage(f"{stage.name}:completed", message, stage.completed_at)


def _asked(approval: OpenApproval) -> OwedMessage:
    message = HumanInputRequired(agent=approval.agent, action=approval.action, data=approval.data)
    return OwedMessage(f"{approval.kind}:asked", message, approval.requested_at)


def _ended(known: Known, done: Collection[str]) -> OwedMessage:
    if known.status == WorkflowStatus.COMPLETED:
        seconds = (known.status_since - known.created_at).total_seconds()
        return OwedMessage(
            END_KEY,
            WorkflowComplete(duration_seconds=round(seconds, 3), result=known.result),
            known.status_since,
        )
    broken = [name for name in known.running if name not in done and name in STAGES]
    agent = STAGES[broken[-1]].agent if broken else Agent.ORCHESTRATOR
    return OwedMessage(
        END_KEY, ErrorMessage(agent=agent, error_message=known.error_message), known.status_since
    )
