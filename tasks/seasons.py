"""A season in progress, read from the database for the stages that work on it."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from sqlalchemy.orm import Session

from models.plans import Allocation, Forecast, Markdown, find_allocation
from models.sales import load_actuals
from models.seasons import approved_markdown, current_of, list_replenishments, require_approved, root_of
from models.workflows import load_season_parameters
from schemas.orders import ManufacturingOrder
from schemas.parameters import SeasonParameters
from tasks.planning.in_season.stock import SeasonStock, complete_weeks, stock_of
from tasks.planning.in_season.update import ForecastUpdate, update_forecast
from tasks.planning.paths import DemandPaths, DemandRecipe
from tasks.planning.pricing.ladder import demand_lift


@dataclass(frozen=True)
class SeasonInProgress:
    """What is known of a season: its plan, its sales so far, where its units are."""

    root: Forecast
    current: Forecast
    parameters: SeasonParameters
    allocation: Allocation
    order: ManufacturingOrder
    recipe: DemandRecipe
    stock: SeasonStock
    reported: frozenset[int]
    markdown: Markdown | None

    @property
    def weeks(self) -> int:
        """The season's weeks."""
        return self.parameters.forecast_horizon_weeks

    @property
    def done(self) -> int:
        """Weeks 1 … n whose sales are all reported."""
        return self.stock.weeks

    @property
    def newest_week(self) -> int:
        """The last of the weeks whose sales are all reported, however far back this view was asked for."""
        return complete_weeks(self.reported)

    def due(self, as_of: date) -> int:
        """Weeks that are over on this day."""
        since = (as_of - self.root.season_start_date) // timedelta(weeks=1)
        return min(max(since, 0), self.weeks)

    def missing(self, as_of: date) -> list[int]:
        """Weeks that are over and have no sales reported."""
        return [week for week in range(1, self.due(as_of) + 1) if week not in self.reported]

    def remaining(self) -> ForecastUpdate:
        """The demand of the weeks left at full price, corrected by what was sold."""
        return update_forecast(
            self.recipe,
            self.stock.sold.astype(float),
            sold_out=self.stock.sold_out,
            lifts=np.array([self.lift(week) for week in range(1, self.done + 1)]),
        )

    def remaining_paths(self) -> DemandPaths:
        """The demand of the weeks left at the price that stands."""
        recipe = self.remaining().recipe
        lift = self.lift(self.weeks)
        raised = tuple(units * lift for units in recipe.weekly_mean)
        return DemandPaths(recipe.model_copy(update={"weekly_mean": raised}))

    def expected_curve(self) -> list[int]:
        """The newest forecast's weeks in units, at the price that stands: that an approved markdown lifts the
        weeks after it is expected, and no surprise."""
        first = int(self.current.explanation.get("first_week", 1))
        curve = [int(row["forecasted_units"]) for row in self.current.weekly_demand_curve]
        return [
            round(units * self.lift(week)) if week >= first else units
            for week, units in enumerate(curve, start=1)
        ]

    def expected_paths(self) -> DemandPaths:
        """The demand distribution before the season, at the price that stands."""
        lifted = tuple(units * self.lift(week) for week, units in enumerate(self.recipe.weekly_mean, start=1))
        return DemandPaths(self.recipe.model_copy(update={"weekly_mean": lifted}))

    def lift(self, week: int) -> float:
        """Factor by which the markdown that stands raises a week's demand."""
        markdown = self.markdown
        if markdown is None or week <= markdown.week_number:
            return 1.0
        return demand_lift(markdown.recommended_markdown_pct or 0.0, markdown.elasticity_coefficient)


def load_season(session: Session, forecast_id: str, weeks: int | None = None) -> SeasonInProgress:
    """Read a season, as it was after `weeks` (all that are reported by default).

    Raises:
        NotFoundError: there is no such forecast.
        WrongStateError: its order is not approved.
    """
    root = root_of(session, forecast_id)
    allocation = require_approved(find_allocation(session, root.forecast_id), root.forecast_id)
    sales = load_actuals(session, root.forecast_id)
    recipe = DemandRecipe.model_validate(root.recipe)
    reported = frozenset(week for week, _ in sales)
    done = min(weeks or len(recipe.weekly_mean), complete_weeks(reported))
    stock = stock_of(
        recipe.store_ids,
        allocation.manufacturing_qty,
        {row["store_id"]: row["initial_allocation"] for row in allocation.store_allocations},
        {row.week_number: row.shipments for row in list_replenishments(session, root.forecast_id)},
        sales,
        done,
    )
    return SeasonInProgress(
        root=root,
        current=current_of(session, root.forecast_id),
        parameters=load_season_parameters(session, root.workflow_id),
        allocation=allocation,
        order=ManufacturingOrder.model_validate(allocation.order_data),
        recipe=recipe,
        stock=stock,
        reported=reported,
        markdown=approved_markdown(session, root.forecast_id),
    )
