"""Everything that the database knows of one workflow, read at once, and what it adds up to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prefect.client.schemas.objects import FlowRun

from api.engine import status_of
from api.messages import FinishedStage, Known, OpenApproval
from models.approvals import MANUFACTURING, MARKDOWN, ApprovalRecord, list_approvals
from models.plans import Allocation, Forecast, Markdown, find_allocation, find_forecast_of, find_markdown
from models.session import Database
from models.states import Learnt
from models.workflows import StageResult, Workflow, get_workflow, list_stage_results
from schemas.messages import Agent, ApprovalAction
from schemas.stages import REVIEW_SEASONS
from schemas.workflows import WorkflowStatus

_EXCEPTION = re.compile(r"^(Flow run encountered an exception: )?(\w+Error: )?")
_APPROVALS = {
    MANUFACTURING: (Agent.INVENTORY, ApprovalAction.MANUFACTURING),
    MARKDOWN: (Agent.PRICING, ApprovalAction.MARKDOWN),
}


@dataclass(frozen=True)
class Story:
    """A workflow with all that its stages have stored."""

    workflow: Workflow
    stages: list[StageResult]
    approvals: list[ApprovalRecord]
    forecast: Forecast | None
    allocation: Allocation | None
    markdown: Markdown | None

    @classmethod
    def read(cls, database: Database, workflow_id: str) -> "Story":
        """Read it in one transaction.

        Raises:
            NotFoundError: there is no such workflow.
        """
        with database.read() as session:
            workflow = get_workflow(session, workflow_id)
            forecast = find_forecast_of(session, workflow_id)
            about = workflow.request.get("forecast_id")
            if forecast is None and about is not None:
                forecast = session.get(Forecast, about)
            return cls(
                workflow=workflow,
                stages=list_stage_results(session, workflow_id),
                approvals=list_approvals(session, workflow_id),
                forecast=forecast,
                allocation=find_allocation(session, forecast.forecast_id) if forecast else None,
                markdown=find_markdown(session, forecast.forecast_id) if forecast else None,
            )

    @property
    def status(self) -> WorkflowStatus:
        """How the workflow stood when it was last heard of."""
        return WorkflowStatus(self.workflow.status)

    @property
    def output(self) -> dict[str, Any]:
        """The plan in a few numbers."""
        output: dict[str, Any] = {}
        if self.forecast is not None:
            output["total_season_demand"] = self.forecast.total_season_demand
            output["peak_week"] = self.forecast.peak_week
        if self.allocation is not None:
            output["manufacturing_qty"] = self.allocation.manufacturing_qty
            output["initial_allocation_total"] = self.allocation.initial_allocation_total
            output["holdback_total"] = self.allocation.holdback_total
            output["safety_stock_pct"] = self.allocation.safety_stock_percentage
        for stage in self.stages:
            if stage.stage == REVIEW_SEASONS.name:
                output |= stage.summary
        return output

    def ids(self) -> dict[str, str | None]:
        """What the workflow made."""
        return {
            "forecast_id": self.forecast.forecast_id if self.forecast else None,
            "allocation_id": self.allocation.allocation_id if self.allocation else None,
            "markdown_id": self.markdown.markdown_id if self.markdown else None,
        }

    def error_message(self, run: FlowRun, now: datetime) -> str | None:
        """Why the workflow's run did not end well, in words; None where it did or has not ended."""
        status = status_of(run)
        if status not in {WorkflowStatus.FAILED, WorkflowStatus.CANCELLED}:
            return None
        for approval in self.approvals:
            if status == WorkflowStatus.FAILED and approval.decision is None and approval.expires_at <= now:
                return (
                    f"the {approval.kind} approval expired at {approval.expires_at:%Y-%m-%d %H:%M} UTC: "
                    "nobody had decided by then; start the plan again"
                )
        message = (run.state.message if run.state else None) or f"the run was {status}"
        return _EXCEPTION.sub("", message)


def learnt_of(story: Story, run: FlowRun, now: datetime) -> Learnt:
    """How the workflow's run stands."""
    return Learnt(
        status=status_of(run),
        since=run.state.timestamp if run.state else now,
        started_at=run.start_time,
        error_message=story.error_message(run, now),
    )


def known_of(story: Story, run: FlowRun, running: Mapping[str, datetime], now: datetime) -> Known:
    """What the stream's messages are worked out from."""
    return Known(
        status=status_of(run),
        created_at=story.workflow.created_at,
        status_since=run.state.timestamp if run.state else now,
        finished=[
            FinishedStage(stage.stage, stage.summary, stage.started_at, stage.completed_at)
            for stage in story.stages
        ],
        running=running,
        approvals=[
            OpenApproval(
                kind=approval.kind,
                agent=_APPROVALS[approval.kind][0],
                action=_APPROVALS[approval.kind][1],
                data=approval.data.model_dump(mode="json"),
                requested_at=approval.requested_at,
                decided=approval.decision is not None,
            )
            for approval in story.approvals
        ],
        result={**story.ids(), **story.output},
        error_message=story.error_message(run, now) or "",
    )
