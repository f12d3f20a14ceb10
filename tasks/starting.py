"""Starting the workflows that a season's weeks call for: each is on record first, and is started once."""

from prefect.client.schemas.objects import FlowRun
from prefect.deployments import run_deployment

from models.session import Database
from models.workflows import Workflow, get_workflow
from schemas.stages import FLOW_NAMES, WorkflowType


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
