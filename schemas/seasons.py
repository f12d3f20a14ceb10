"""Requests and answers about a season in progress."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from schemas.fields import Day, ForecastId, Sent
from schemas.values import Value

ActionTaken = Literal["none", "reforecast_triggered"]


class VarianceSummary(BaseModel):
    """How far the season is off its forecast, cumulative and signed."""

    variance_pct: float
    threshold_exceeded: bool
    action_taken: ActionTaken
    reforecast_workflow_id: str | None


class WeeklySalesImported(BaseModel):
    """A season's actual sales were taken, whole; up to `week_number` no week is missing."""

    rows_imported: int
    week_number: int
    weeks_imported: list[int]
    missing_weeks: list[int]
    variance_check: VarianceSummary | None
    warnings: list[str]


class StoreVariance(Value):
    """One store, cumulative.

    Attributes:
        likelihood: probability under the forecast's distribution of a deviation at least as large.
    """

    store_id: str
    forecasted_cumulative: float
    actual_cumulative: float
    variance_pct: float | None
    likelihood: float


class VarianceView(VarianceSummary):
    """A season after a week, with how likely such a deviation was under the forecast's distribution."""

    forecast_id: str
    week_number: int
    compared_forecast_id: str
    forecasted_cumulative: int
    actual_cumulative: int
    likelihood: float
    by_store: tuple[StoreVariance, ...]
    reasoning: str
    checked_at: datetime


class StoreShipment(BaseModel):
    """Units to one store."""

    store_id: str
    units: int


class WeekShipments(BaseModel):
    """What was sent at the start of a week."""

    week_number: int
    shipped: int
    centre_left: int
    shipments: list[StoreShipment]
    reasoning: str


class ReplenishmentsView(BaseModel):
    """A season's shipments after the first, by week and store."""

    forecast_id: str
    strategy: str
    initial_allocation_total: int
    at_centre: int
    weeks: list[WeekShipments]


class WeeklyReviewRequest(Sent):
    """Review one season, or every active one, as it stands on a day (today by default)."""

    model_config = ConfigDict(json_schema_extra={"example": {"forecast_id": "fc_0123456789abcdef"}})

    forecast_id: ForecastId | None = None
    as_of: Day | None = None
