"""Workflows that start other workflows: recorded under a key, so that each is started once."""

from datetime import UTC, datetime

from prefect.client.schemas.objects import FlowRun
from prefect.deployments import run_deployment
from sqlalchemy.orm import Session

from models.session import Database
from models.workflows import NewWorkflow, Workflow, create_workflow, get_workflow
from schemas.stages import FLOW_NAMES, WorkflowType


def record_followup(
    session: Session, kind: WorkflowType, category_id: str, forecast_id: str, week: int
) -> Workflow:
    """Record the workflow that a season's week calls for; the same week calls for the same one."""
    key = f"{kind}:{forecast_id}:{week}"
    new = NewWorkflow(
        workflow_type=kind,
        category_id=category_id,
        request={"forecast_id": forecast_id, "week": week},
        created_at=datetime.now(UTC),
        unique=key,
        idempotency_key=key,
    )
    return create_workflow(session, new)[0]


def start_followup(database: Database, workflow_id: str) -> None:
    """Start a recorded workflow's run; one that has a run is left as it is."""
    with database.read() as session:
        workflow = get_workflow(session, workflow_id)
    if workflow.flow_run_id is not None:
        return
    flow = FLOW_NAMES[WorkflowType(workflow.workflow_type)]
    run = run_deployment(
        f"{flow}/{flow}",
        parameters={"workflow_id": workflow_id},
        idempotency_key=workflow_id,
        flow_run_name=run_name(workflow),
        timeout=0,
        as_subflow=False,
        tags=["fashion-forecast"],
    )
    assert isinstance(run, FlowRun)  # noqa: S101  called without a loop it answers at once
    with database.write() as session:
        get_workflow(session, workflow_id).flow_run_id = str(run.id)


def run_name(workflow: Workflow) -> str:
    """What the run is called in the Prefect UI."""
    week = workflow.request.get("week")
    return f"{workflow.category_id} after week {week} ({workflow.workflow_id})"
