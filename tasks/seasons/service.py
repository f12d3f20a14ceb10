"""A stored season as it stands, and the workflows that its weeks call for."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from models.plans import Allocation, Forecast, find_allocation
from models.sales import load_actuals
from models.seasons import approved_markdown, current_of, list_replenishments, require_approved, root_of
from models.workflows import NewWorkflow, Workflow, create_workflow, list_followups, load_season_parameters
from schemas.stages import WorkflowType
from tasks.allocation.service import settled_economics
from tasks.planning.in_season.state import PublishedForecast, SeasonState, StandingMarkdown
from tasks.planning.in_season.stock import complete_weeks, stock_of


@dataclass(frozen=True)
class StoredSeason:
    """A season whose order is approved: how it stands, and the rows that it was read from.

    Attributes:
        root, current: the season's first forecast and its newest revision.
        reported: weeks with sales, also those after a gap.
        state: after all weeks that have no gap before them.
        markdown_workflow: the one that asked for the checkpoint's markdown; None while none has.
    """

    root: Forecast
    current: Forecast
    allocation: Allocation
    reported: frozenset[int]
    state: SeasonState
    markdown_workflow: str | None

    def due(self, as_of: date) -> int:
        """Weeks that are over on this day."""
        since = (as_of - self.root.season_start_date) // timedelta(weeks=1)
        return min(max(since, 0), self.state.weeks)

    def missing(self, as_of: date) -> list[int]:
        """Weeks that are over and have no sales reported."""
        return [week for week in range(1, self.due(as_of) + 1) if week not in self.reported]


def load_season(session: Session, forecast_id: str) -> StoredSeason:
    """Read a season, whichever of its revisions is named.

    Raises:
        NotFoundError: there is no such forecast.
        WrongStateError: its order is not approved.
    """
    root = root_of(session, forecast_id)
    allocation = require_approved(find_allocation(session, root.forecast_id), root.forecast_id)
    order = allocation.order_data
    recipe = root.recipe
    sales = load_actuals(session, root.forecast_id)
    reported = frozenset(week for week, _ in sales)
    asked = list_followups(session, WorkflowType.MARKDOWN, root.forecast_id)
    current, markdown = (
        current_of(session, root.forecast_id),
        approved_markdown(session, root.forecast_id),
    )
    state = SeasonState(
        recipe=recipe,
        parameters=load_season_parameters(session, root.workflow_id),
        economics=settled_economics(session, root, order.economics),
        published=_published(current),
        stock=stock_of(
            recipe.store_ids,
            allocation.manufacturing_qty,
            {row.store_id: row.initial_allocation for row in allocation.store_allocations},
            {row.week_number: row.shipments for row in list_replenishments(session, root.forecast_id)},
            sales,
            complete_weeks(reported),
        ),
        markdowns=()
        if markdown is None
        else (
            StandingMarkdown(
                markdown.week_number,
                markdown.recommended_markdown_pct or 0.0,
                markdown.elasticity_coefficient,
            ),
        ),
        markdown_asked=bool(asked),
    )
    return StoredSeason(root, current, allocation, reported, state, asked[0] if asked else None)


def _published(current: Forecast) -> PublishedForecast:
    units = [week.forecasted_units for week in current.weekly_demand_curve]
    return PublishedForecast(current.first_week, units, current.recipe)


def record_followup(session: Session, kind: WorkflowType, root: Forecast, week: int) -> Workflow:
    """Record the workflow that a season's week calls for; the same week calls for the same one."""
    key = f"{kind}:{root.forecast_id}:{week}"
    new = NewWorkflow(
        workflow_type=kind,
        category_id=root.category_id,
        request={"forecast_id": root.forecast_id, "week": week},
        created_at=datetime.now(UTC),
        unique=key,
        idempotency_key=key,
    )
    return create_workflow(session, new)[0]
