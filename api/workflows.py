"""Starting, reading, cancelling and retrying workflows. All of it is read and written in the product's
database: what is to happen in Prefect is on record first, and the starter and the sweep see to it."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from api.cursors import read_cursor, write_cursor
from api.stories import Story
from models.catalogue import find_category, save_categories
from models.keys import ClientKey, create_for_client
from models.session import Database
from models.states import Standing, cancel, page_of_standings, retry, standing
from models.workflows import NewWorkflow, Workflow, save_season_parameters
from schemas.economics import NOTHING_GIVEN
from schemas.errors import WrongStateError
from schemas.stages import WorkflowType
from schemas.workflows import (
    ForecastRequest,
    WorkflowPage,
    WorkflowResults,
    WorkflowStatus,
    WorkflowView,
)
from tasks.parameters.service import SeasonRead

CANCELLED = "Cancelled on request."


@dataclass(frozen=True)
class Workflows:
    """The workflows of one API process.

    Attributes:
        to_start: called when a workflow waits for its run.
        to_end: called when a workflow was ended whose run goes on.
    """

    database: Database
    prefect_ui_url: str
    to_start: Callable[[], None]
    to_end: Callable[[], None]

    async def start_forecast(
        self, request: ForecastRequest, read: SeasonRead, key: ClientKey | None
    ) -> Workflow:
        """Record a season's plan, to be run in its turn; the same key gives the same workflow.

        Args:
            read: the parameters that the request means.

        Raises:
            NotFoundError: no such category.
            WrongStateError: the key was used for another request.
        """
        workflow = await asyncio.to_thread(self._record_forecast, request, read, key)
        self.to_start()
        return workflow

    def _record_forecast(self, request: ForecastRequest, read: SeasonRead, key: ClientKey | None) -> Workflow:
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
            )
            workflow, is_new = create_for_client(session, new, key)
            if is_new:
                save_season_parameters(
                    session,
                    workflow.workflow_id,
                    read.parameters,
                    user_input=sentence,
                    extraction=read.extraction,
                )
        return workflow

    def view(self, workflow_id: str) -> WorkflowView:
        """A workflow as it stands."""
        with self.database.read() as session:
            return self._view(standing(session, workflow_id))

    def _view(self, stands: Standing) -> WorkflowView:
        row = stands.workflow
        run = row.flow_run_id
        return WorkflowView(
            workflow_id=row.workflow_id,
            workflow_type=WorkflowType(row.workflow_type),
            category_id=row.category_id,
            status=WorkflowStatus(row.status),
            current_agent=row.current_agent,
            progress_pct=row.progress_pct,
            forecast_id=stands.forecast_id,
            started_at=row.started_at,
            updated_at=row.status_since,
            completed_at=row.completed_at,
            error_message=row.error_message,
            prefect_url=f"{self.prefect_ui_url}/runs/flow-run/{run}" if run else None,
            created_at=row.created_at,
            queue_position=stands.queue_position,
            attempts=row.attempts,
        )

    def results(self, workflow_id: str) -> WorkflowResults:
        """What a workflow that has ended gave.

        Raises:
            WrongStateError: it has not ended.
        """
        story = Story.read(self.database, workflow_id)
        workflow = story.workflow
        if workflow.completed_at is None:
            raise WrongStateError(
                f"workflow {workflow_id} is {workflow.status}; its results are there once it has ended"
            )
        seconds = (workflow.completed_at - workflow.created_at).total_seconds()
        output: dict[str, Any] = {**story.output, "workflow_duration_seconds": round(seconds, 3)}
        return WorkflowResults(
            workflow_id=workflow_id,
            status=story.status,
            **story.ids(),
            output_data=output,
            error_message=workflow.error_message,
        )

    async def cancel(self, workflow_id: str) -> WorkflowStatus:
        """Cancel a workflow that has not ended.

        Raises:
            WrongStateError: it has ended.
        """
        await asyncio.to_thread(self._cancel, workflow_id)
        self.to_end()
        return WorkflowStatus.CANCELLED

    def _cancel(self, workflow_id: str) -> None:
        with self.database.write() as session:
            cancel(session, workflow_id, datetime.now(UTC), CANCELLED)

    async def retry(self, workflow_id: str) -> WorkflowStatus:
        """Run a workflow that failed once more.

        Raises:
            WrongStateError: it has not failed.
        """
        await asyncio.to_thread(self._retry, workflow_id)
        self.to_start()
        return WorkflowStatus.PENDING

    def _retry(self, workflow_id: str) -> None:
        with self.database.write() as session:
            retry(session, workflow_id, datetime.now(UTC))

    def page(
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
        with self.database.read() as session:
            rows = page_of_standings(
                session,
                limit=limit,
                before=before,
                status=status,
                workflow_type=workflow_type,
                category_id=category_id,
            )
        last = rows[-1].workflow if len(rows) == limit else None
        return WorkflowPage(
            workflows=[self._view(row) for row in rows],
            next_cursor=write_cursor((last.created_at, last.workflow_id)) if last else None,
        )
