"""Starting, reading and cancelling workflows."""

import asyncio
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from prefect.client.schemas.objects import FlowRun

from api.cursors import read_cursor, write_cursor
from api.engine import WorkflowEngine, status_of
from api.stories import Story
from models.catalogue import find_category, save_categories
from models.plans import find_forecast_of
from models.session import Database
from models.stream import last_message, last_progress
from models.workflows import (
    NewWorkflow,
    Workflow,
    create_workflow,
    get_workflow,
    page_of_workflows,
    save_season_parameters,
)
from schemas.economics import NOTHING_GIVEN
from schemas.errors import WrongStateError
from schemas.stages import FLOW_NAMES, STAGES, WorkflowType
from schemas.workflows import (
    ForecastRequest,
    WorkflowPage,
    WorkflowResults,
    WorkflowStatus,
    WorkflowView,
)
from tasks.parameters.service import SeasonRead

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Workflows:
    """The workflows of one API process."""

    database: Database
    engine: WorkflowEngine
    prefect_ui_url: str

    async def start_forecast(self, request: ForecastRequest, read: SeasonRead, key: str | None) -> Workflow:
        """Record a season's plan and start its run; the same key gives the same workflow.

        Args:
            read: the parameters that the request means.

        Raises:
            NotFoundError: no such category.
            WrongStateError: the key was used for another request.
            UnavailableError: Prefect cannot be reached; sent again, the same key goes on from here.
        """
        workflow, run_name = await asyncio.to_thread(self._record_forecast, request, read, key)
        await self._start(workflow, run_name, {})
        return workflow

    async def ensure_started(self, workflow_id: str) -> None:
        """Start the run of a workflow that is on record; one that has a run is left as it is."""
        workflow = await asyncio.to_thread(self._get, workflow_id)
        request = workflow.request
        week = f" after week {request['week']}" if "week" in request else ""
        name = f"{workflow.category_id or 'all seasons'}{week} ({workflow_id})"
        is_review = workflow.workflow_type == WorkflowType.VARIANCE
        await self._start(workflow, name, request if is_review else {})

    async def _start(self, workflow: Workflow, run_name: str, parameters: dict[str, Any]) -> None:
        if workflow.flow_run_id is not None:
            return
        flow = FLOW_NAMES[WorkflowType(workflow.workflow_type)]
        run_id = await self.engine.start_run(flow, workflow.workflow_id, run_name, parameters)
        await asyncio.to_thread(self._set_run, workflow.workflow_id, str(run_id))
        log.info("workflow_started", workflow_id=workflow.workflow_id, flow_run_id=str(run_id), flow=flow)

    def _record_forecast(
        self, request: ForecastRequest, read: SeasonRead, key: str | None
    ) -> tuple[Workflow, str]:
        sentence, terms = request.user_input, read.terms
        with self.database.write() as session:
            like = [find_category(session, name).category_id for name in request.like or ()]
            if like:
                save_categories(session, [request.category_id])
            category = find_category(session, request.category_id)
            new = NewWorkflow(
                workflow_type=WorkflowType.FORECAST,
                category_id=category.category_id,
                request={
                    "category_id": category.category_id,
                    "user_input": sentence,
                    "parameters": None if sentence else read.parameters.model_dump(mode="json"),
                    **({"terms": terms.model_dump(mode="json")} if terms != NOTHING_GIVEN else {}),
                    **({"like": like, "scale": request.scale} if like else {}),
                },
                created_at=datetime.now(UTC),
                unique=uuid.uuid4().hex,
                idempotency_key=key,
            )
            workflow, is_new = create_workflow(session, new)
            if is_new:
                save_season_parameters(
                    session,
                    workflow.workflow_id,
                    read.parameters,
                    user_input=sentence,
                    extraction=read.extraction,
                )
        start = read.parameters.season_start_date
        return workflow, f"{category.category_name} from {start} ({workflow.workflow_id})"

    def _set_run(self, workflow_id: str, run_id: str) -> None:
        with self.database.write() as session:
            get_workflow(session, workflow_id).flow_run_id = run_id

    async def _run_of(self, workflow: Workflow) -> FlowRun | None:
        if workflow.flow_run_id is None:
            return None
        return (await self.engine.read_runs([workflow.flow_run_id])).get(workflow.flow_run_id)

    async def view(self, workflow_id: str) -> WorkflowView:
        """A workflow as it stands."""
        workflow = await asyncio.to_thread(self._get, workflow_id)
        return await asyncio.to_thread(self._view, workflow, await self._run_of(workflow))

    def _get(self, workflow_id: str) -> Workflow:
        with self.database.read() as session:
            return get_workflow(session, workflow_id)

    def _view(self, workflow: Workflow, run: FlowRun | None) -> WorkflowView:
        now = datetime.now(UTC)
        status = status_of(run)
        with self.database.read() as session:
            forecast = find_forecast_of(session, workflow.workflow_id)
            message = last_message(session, workflow.workflow_id)
            progress = last_progress(session, workflow.workflow_id)
        story = Story.read(self.database, workflow.workflow_id)
        done = max(
            (STAGES[stage.stage].end_pct for stage in story.stages if stage.stage in STAGES), default=0.0
        )
        state = run.state if run else None
        return WorkflowView(
            workflow_id=workflow.workflow_id,
            workflow_type=WorkflowType(workflow.workflow_type),
            category_id=workflow.category_id,
            status=status,
            current_agent=None if status.is_final or message is None else message.payload.get("agent"),
            progress_pct=100.0 if status == WorkflowStatus.COMPLETED else max(progress, done),
            forecast_id=forecast.forecast_id if forecast else None,
            started_at=run.start_time if run else None,
            updated_at=max(each for each in (workflow.created_at, state and state.timestamp) if each),
            completed_at=state.timestamp if state and status.is_final else None,
            error_message=story.error_message(run, now),
            prefect_url=f"{self.prefect_ui_url}/runs/flow-run/{run.id}" if run else None,
            created_at=workflow.created_at,
        )

    async def results(self, workflow_id: str) -> WorkflowResults:
        """What a workflow that has ended gave.

        Raises:
            WrongStateError: it has not ended.
        """
        run = await self._run_of(await asyncio.to_thread(self._get, workflow_id))
        story = await asyncio.to_thread(Story.read, self.database, workflow_id)
        status = status_of(run)
        if not status.is_final:
            raise WrongStateError(
                f"workflow {workflow_id} is {status}; its results are there once it has ended"
            )
        output: dict[str, Any] = dict(story.output)
        if run is not None and run.state is not None:
            seconds = (run.state.timestamp - story.workflow.created_at).total_seconds()
            output["workflow_duration_seconds"] = round(seconds, 3)
        return WorkflowResults(
            workflow_id=workflow_id,
            status=status,
            **story.ids(),
            output_data=output,
            error_message=story.error_message(run, datetime.now(UTC)),
        )

    async def cancel(self, workflow_id: str) -> WorkflowStatus:
        """Cancel a workflow that has not ended.

        Raises:
            WrongStateError: it has ended.
        """
        workflow = await asyncio.to_thread(self._get, workflow_id)
        run = await self._run_of(workflow)
        status = status_of(run)
        if status.is_final or run is None:
            raise WrongStateError(
                f"workflow {workflow_id} is {status}; only one that goes on can be cancelled"
            )
        await self.engine.cancel(run)
        return WorkflowStatus.CANCELLED

    async def page(
        self,
        *,
        limit: int,
        cursor: str | None,
        status: WorkflowStatus | None,
        workflow_type: WorkflowType | None,
        category_id: str | None,
    ) -> WorkflowPage:
        """A page of workflows, newest first."""
        before = read_cursor(cursor) if cursor else None
        views: list[WorkflowView] = []
        while True:
            rows = await asyncio.to_thread(self._page, limit, before, workflow_type, category_id)
            runs = await self.engine.read_runs([row.flow_run_id for row in rows if row.flow_run_id])
            for row in rows:
                view = await asyncio.to_thread(self._view, row, runs.get(row.flow_run_id or ""))
                before = (row.created_at, row.workflow_id)
                if status is None or view.status == status:
                    views.append(view)
                if len(views) == limit:
                    return WorkflowPage(workflows=views, next_cursor=write_cursor(before))
            if len(rows) < limit:
                return WorkflowPage(workflows=views, next_cursor=None)

    def _page(
        self,
        limit: int,
        before: tuple[datetime, str] | None,
        workflow_type: WorkflowType | None,
        category_id: str | None,
    ) -> list[Workflow]:
        with self.database.read() as session:
            return page_of_workflows(
                session, limit=limit, before=before, workflow_type=workflow_type, category_id=category_id
            )
