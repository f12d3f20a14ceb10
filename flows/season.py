"""Plan a season: from its parameters to an approved order."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Cancelled

from flows.waiting import wait_for_decision
from models.approvals import MANUFACTURING
from tasks.allocation.task import allocate_inventory, finalise_order
from tasks.approval.task import request_manufacturing_approval
from tasks.clustering.task import cluster_stores
from tasks.demand.task import forecast_demand
from tasks.markdown.task import plan_markdown
from tasks.narration.task import narrate_plan
from tasks.parameters.task import extract_parameters


@flow(name="plan_season", persist_result=True, validate_parameters=False)
def plan_season(workflow_id: str) -> dict[str, Any] | State[Any]:
    """Forecast a category's season, propose what to make and what each store gets, wait for the approval, and
    make the order final. Started by the API or by hand with the id of a workflow that is on record; safe to
    run again from any point."""
    parameters = extract_parameters(workflow_id)
    forecast = forecast_demand(workflow_id)
    cluster_stores(workflow_id)
    allocate_inventory(workflow_id)
    narrate_plan(workflow_id)
    request_manufacturing_approval(workflow_id)
    decision = wait_for_decision(workflow_id, MANUFACTURING)
    order = finalise_order(workflow_id)
    if decision.is_rejection:
        return Cancelled(message=decision.sentence)
    markdown = plan_markdown(workflow_id)
    return {**parameters, **forecast, **order, **markdown}
