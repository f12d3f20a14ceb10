"""Waiting for a person: the run is suspended, and lives through the death of every process meanwhile."""

from typing import Literal

from prefect import get_run_logger, suspend_flow_run
from prefect.input import RunInput
from pydantic import Field

from schemas.settings import get_settings
from tasks.approval.service import Decision
from tasks.approval.task import read_decision, settle_decision

SECONDS_A_DAY = 86_400


class Approval(RunInput):
    """What resumes a run that waits. An operator may answer in Prefect's own UI; a decision already on
    record wins over it."""

    action: Literal["accept", "reject"] = Field("accept", description="accept goes on, reject ends the plan")
    decided_by: str = Field("operator", description="who decides")
    note: str = Field("", description="why")


def wait_for_decision(workflow_id: str, kind: str) -> Decision:
    """The decision on record; while there is none the run is suspended.

    Raises:
        FlowPauseTimeout: nobody decided in time.
    """
    decision = read_decision(workflow_id, kind)
    if decision is None:
        timeout = int(get_settings().approval_timeout_days * SECONDS_A_DAY)
        answer = suspend_flow_run(wait_for_input=Approval, key=kind, timeout=timeout)
        decision = settle_decision(
            workflow_id, kind, action=answer.action, decided_by=answer.decided_by, note=answer.note
        )
    get_run_logger().info(decision.sentence)
    return decision
