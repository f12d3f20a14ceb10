"""Weigh a markdown at its checkpoint, and wait for a person to decide it."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Cancelled

from flows.waiting import wait_for_decision
from models.approvals import MARKDOWN
from tasks.approval.task import request_markdown_approval
from tasks.markdown.task import analyze_markdown, settle_markdown
from tasks.narration.task import narrate_markdown


@flow(name="markdown_season", persist_result=True, validate_parameters=False)
def markdown_season(workflow_id: str) -> dict[str, Any] | State[Any]:
    """Recommend the depth that brings most, beside doing nothing, wait for the approval, and make it final.
    Started by the weekly review; safe to run again from any point."""
    recommended = analyze_markdown(workflow_id)
    narrate_markdown(workflow_id)
    request_markdown_approval(workflow_id)
    decision = wait_for_decision(workflow_id, MARKDOWN)
    settled = settle_markdown(workflow_id)
    if decision.is_rejection:
        return Cancelled(message=decision.sentence)
    return {**recommended, **settled}
