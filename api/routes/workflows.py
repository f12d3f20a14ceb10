"""Workflows: start, list, read, cancel."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request

from api.database import database_of
from api.errors import problem_responses
from api.paging import Cursor, PageSize
from api.security import authenticate
from api.workflows import Workflows
from models.keys import ClientKey, digest_of
from models.workflows import Workflow, get_workflow, load_stage_result
from schemas.defaults import LARGEST
from schemas.fields import CategoryId, WorkflowId
from schemas.notes import AgentNote
from schemas.stages import NOTED_BY, WorkflowType
from schemas.workflows import (
    ForecastRequest,
    WorkflowAccepted,
    WorkflowCancelled,
    WorkflowPage,
    WorkflowResults,
    WorkflowRetried,
    WorkflowStatus,
    WorkflowView,
)
from tasks.demand.service import refuse_unconfirmed
from tasks.parameters.service import Hearing, read_season

router = APIRouter(prefix="/api/workflows", tags=["workflows"])
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=LARGEST.name,
        pattern="^[!-~]([ -~]*[!-~])?$",
        description="The same key gives the same workflow.",
        examples=["spring-2025"],
    ),
]


def workflows_of(request: Request) -> Workflows:
    """The workflows service of this process."""
    service: Workflows = request.app.state.workflows
    return service


def accepted(request: Request, workflow: Workflow) -> WorkflowAccepted:
    """The answer that says where to listen."""
    scheme = "wss" if request.url.scheme == "https" else "ws"
    return WorkflowAccepted(
        workflow_id=workflow.workflow_id,
        status=WorkflowStatus.PENDING,
        websocket_url=f"{scheme}://{request.url.netloc}/api/workflows/{workflow.workflow_id}/stream",
        created_at=workflow.created_at,
    )


@router.post(
    "/forecast",
    status_code=202,
    summary="Plan a category's season",
    responses=problem_responses(401, 404, 409, 413, 422, 503),
)
async def start_forecast(
    request: Request,
    body: ForecastRequest,
    caller: Annotated[str, Depends(authenticate)],
    idempotency_key: IdempotencyKey = None,
) -> WorkflowAccepted:
    """Start planning from parameters or from a sentence; follow it on the WebSocket. A sentence that is read
    with low confidence starts nothing: the answer asks what is unclear."""
    read = await read_season(body, Hearing(request.app.state.settings, caller, datetime.now(UTC)))
    if read.extraction is not None and not body.like:
        await asyncio.to_thread(refuse_unconfirmed, database_of(request), body.category_id, read.parameters)
    key = _client_key(request, body, caller, idempotency_key)
    workflow = await workflows_of(request).start_forecast(body, read, key)
    return accepted(request, workflow)


def _client_key(request: Request, body: ForecastRequest, caller: str, key: str | None) -> ClientKey | None:
    if key is None:
        return None
    kept_for = timedelta(days=request.app.state.settings.idempotency_key_days)
    return ClientKey(caller, key, digest_of(body.model_dump(mode="json")), kept_for)


@router.get("", summary="List workflows, newest first", responses=problem_responses(401, 422, 503))
def list_workflows(
    request: Request,
    status: WorkflowStatus | None = None,
    category_id: CategoryId | None = None,
    workflow_type: Annotated[WorkflowType | None, Query(alias="type")] = None,
    cursor: Cursor = None,
    limit: PageSize = 20,
) -> WorkflowPage:
    """A page of workflows."""
    return workflows_of(request).page(
        limit=limit, cursor=cursor, status=status, workflow_type=workflow_type, category_id=category_id
    )


@router.get("/{workflow_id}", summary="A workflow as it stands", responses=problem_responses(401, 404, 503))
def read_workflow(request: Request, workflow_id: WorkflowId) -> WorkflowView:
    """Status, progress and what it made so far."""
    return workflows_of(request).view(workflow_id)


@router.get(
    "/{workflow_id}/results",
    summary="What an ended workflow gave",
    responses=problem_responses(401, 404, 409, 503),
)
def read_results(request: Request, workflow_id: WorkflowId) -> WorkflowResults:
    """The plan in a few numbers, with the ids of its parts; 409 while it has not ended."""
    return workflows_of(request).results(workflow_id)


@router.get(
    "/{workflow_id}/notes",
    summary="The agents' notes on what a workflow made",
    responses=problem_responses(401, 404, 503),
)
def read_notes(request: Request, workflow_id: WorkflowId) -> list[AgentNote]:
    """What each agent says about its part, and whether the language model or the rules wrote it."""
    with database_of(request).read() as session:
        kind = WorkflowType(get_workflow(session, workflow_id).workflow_type)
        told = load_stage_result(session, workflow_id, NOTED_BY[kind].name)
    return [AgentNote.model_validate(note) for note in (told.summary["notes"] if told else [])]


@router.post(
    "/{workflow_id}/cancel",
    status_code=202,
    summary="Cancel a workflow",
    responses=problem_responses(401, 404, 409, 503),
)
async def cancel_workflow(request: Request, workflow_id: WorkflowId) -> WorkflowCancelled:
    """End a workflow that goes on or waits."""
    status = await workflows_of(request).cancel(workflow_id)
    return WorkflowCancelled(workflow_id=workflow_id, status=status)


@router.post(
    "/{workflow_id}/retry",
    status_code=202,
    summary="Run a failed workflow once more",
    responses=problem_responses(401, 404, 409, 503),
)
async def retry_workflow(request: Request, workflow_id: WorkflowId) -> WorkflowRetried:
    """For an operator: what the stages have stored is kept, an approval that expired is asked anew."""
    status = await workflows_of(request).retry(workflow_id)
    return WorkflowRetried(workflow_id=workflow_id, status=status)
