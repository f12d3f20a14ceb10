"""Answers about what was planned: forecasts, allocations, markdowns, categories and stores."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from schemas.allocations import StoreAllocationRow
from schemas.forecasts import DemandForecast
from schemas.markdowns import MarkdownDetails
from schemas.parameters import SeasonParameters

Fraction = Annotated[float, Field(ge=0, le=1)]


class _View(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ForecastSummary(_View):
    """A forecast in a list."""

    forecast_id: str
    category_id: str
    category_name: str
    season: str
    total_season_demand: int
    created_at: datetime


class ClusterShare(_View):
    """What of a forecast falls to a cluster."""

    cluster_id: str
    cluster_name: str
    allocation_percentage: Fraction
    total_units: int
    store_count: int


class ForecastView(DemandForecast):
    """A forecast, whole."""

    model_config = ConfigDict(extra="ignore")  # a row has columns that are not answered

    forecast_id: str
    category_id: str
    category_name: str
    revision: int
    original_id: str | None
    workflow_id: str
    season: str
    season_parameters: SeasonParameters
    cluster_distribution: list[ClusterShare]
    created_at: datetime


class AllocationView(_View):
    """An allocation: initial + holdback = manufactured, to the unit, for stores, clusters and in total."""

    allocation_id: str
    forecast_id: str
    status: str
    manufacturing_qty: int
    safety_stock_percentage: Fraction
    initial_allocation_total: int
    holdback_total: int
    store_allocations: tuple[StoreAllocationRow, ...]
    reasoning: str
    created_at: datetime


class MarkdownView(_View):
    """A markdown: planned before the season, recommended at its checkpoint."""

    markdown_id: str
    forecast_id: str
    week_number: int
    sell_through_pct: float | None
    target_sell_through_pct: float
    gap_pct: float | None
    recommended_markdown_pct: float | None
    elasticity_coefficient: float
    expected_demand_lift_pct: float | None
    status: str
    reasoning: str
    details: MarkdownDetails
    created_at: datetime


class CategoryView(_View):
    """A category and how much history it has."""

    category_id: str
    category_name: str
    row_count: int


class StoreView(_View):
    """A store with its attributes."""

    store_id: str
    store_name: str
    location_tier: str | None
    store_size_sqft: float | None
    median_income: float | None
    foot_traffic: float | None
    competitor_density: float | None
    online_penetration: float | None
    population_density: float | None
    extra: dict[str, Any]
    cluster_id: str | None


class ClusterView(_View):
    """A cluster and its stores."""

    cluster_id: str
    cluster_name: str
    fashion_tier: str
    store_count: int
    stores: list[str]


class DateRange(BaseModel):
    """First and last day."""

    start: date
    end: date


class HistoryImported(BaseModel):
    """A sales history was taken, whole."""

    rows_imported: int
    date_range: DateRange
    categories_detected: list[str]
    warnings: list[str]


class StoresImported(BaseModel):
    """A store file was taken, whole."""

    rows_imported: int
    warnings: list[str]


class PromotionsImported(BaseModel):
    """A promotion calendar was taken, whole, in place of what was known of its categories."""

    rows_imported: int
    date_range: DateRange
    categories_detected: list[str]
    warnings: list[str]


class HealthCheck(BaseModel):
    """Whether one part answers."""

    model_config = ConfigDict(extra="allow")

    ok: bool
    detail: str


class Health(BaseModel):
    """Whether the product is ready, part by part."""

    status: str
    version: str
    checks: dict[str, HealthCheck]
