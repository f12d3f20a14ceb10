"""What was planned: forecasts, their split over clusters, allocations and markdowns."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Typed
from schemas.allocations import StoreAllocationRow
from schemas.defaults import MARKDOWN_LADDER
from schemas.errors import NotFoundError
from schemas.forecasts import (
    BacktestSummary,
    DemandForecast,
    DemandRecipe,
    Explanation,
    LevelUpdate,
    SeasonForecast,
    TotalInterval,
    WeekForecast,
)
from schemas.markdowns import MarkdownDetails
from schemas.orders import ManufacturingOrder

StoreRows = tuple[StoreAllocationRow, ...]
KEPT = (*DemandForecast.model_fields, "recipe")  # what a forecast is, by column


class Forecast(Base):
    """A category's season, forecast; a re-forecast is a further revision beside the old one.

    Every column means the same in every revision: `recipe` is the distribution of the weeks from `first_week`
    to the end, `explanation` that of the season's first forecast.
    """

    __tablename__ = "forecasts"
    __table_args__ = (
        UniqueConstraint("workflow_id", "revision"),
        CheckConstraint("revision >= 1", name="revision_positive"),
        CheckConstraint("first_week >= 1", name="first_week_positive"),
        CheckConstraint("total_season_demand >= 0", name="demand_not_negative"),
        Index("ix_forecasts_created_at_forecast_id", "created_at", "forecast_id"),
    )

    forecast_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    workflow_id: Mapped[str] = mapped_column(ForeignKey("workflows.workflow_id"))
    category_id: Mapped[str] = mapped_column(ForeignKey("categories.category_id"), index=True)
    original_id: Mapped[str | None] = mapped_column(ForeignKey("forecasts.forecast_id"), index=True)
    revision: Mapped[int] = mapped_column(default=1)
    season_start_date: Mapped[date]
    season_end_date: Mapped[date]
    season: Mapped[str] = mapped_column(String(40))
    first_week: Mapped[int]
    level_update: Mapped[LevelUpdate | None] = mapped_column(Typed(LevelUpdate))
    total_season_demand: Mapped[int]
    weekly_demand_curve: Mapped[tuple[WeekForecast, ...]] = mapped_column(Typed(tuple[WeekForecast, ...]))
    forecasting_method: Mapped[str] = mapped_column(String(80))
    models_used: Mapped[tuple[str, ...]] = mapped_column(Typed(tuple[str, ...]))
    model_weights: Mapped[dict[str, float]] = mapped_column(Typed(dict[str, float]))
    prophet_forecast: Mapped[float | None]
    arima_forecast: Mapped[float | None]
    peak_week: Mapped[int]
    season_total_interval: Mapped[TotalInterval] = mapped_column(Typed(TotalInterval))
    backtest: Mapped[BacktestSummary] = mapped_column(Typed(BacktestSummary))
    recipe: Mapped[DemandRecipe] = mapped_column(Typed(DemandRecipe))
    explanation: Mapped[Explanation] = mapped_column(Typed(Explanation))
    warnings: Mapped[tuple[str, ...]] = mapped_column(Typed(tuple[str, ...]))
    reasoning: Mapped[str]
    created_at: Mapped[datetime]


class ForecastClusterShare(Base):
    """What of a forecast falls to a cluster of stores, as the stores were clustered then."""

    __tablename__ = "forecast_cluster_distribution"
    __table_args__ = (
        CheckConstraint("allocation_percentage BETWEEN 0 AND 1", name="share_in_range"),
        CheckConstraint("total_units >= 0", name="units_not_negative"),
    )

    forecast_id: Mapped[str] = mapped_column(ForeignKey("forecasts.forecast_id"), primary_key=True)
    cluster_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    cluster_name: Mapped[str] = mapped_column(String(80))
    allocation_percentage: Mapped[float]
    total_units: Mapped[int]
    store_count: Mapped[int]
    store_ids: Mapped[tuple[str, ...]] = mapped_column(Typed(tuple[str, ...]))


class Allocation(Base):
    """What is made, and what each store gets: proposed first, approved or rejected by a person."""

    __tablename__ = "allocations"
    __table_args__ = (
        UniqueConstraint("forecast_id", "revision"),
        CheckConstraint(
            "initial_allocation_total + holdback_total = manufacturing_qty", name="units_conserved"
        ),
        CheckConstraint("status IN ('proposed', 'approved', 'rejected')", name="status_known"),
    )

    allocation_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    forecast_id: Mapped[str] = mapped_column(ForeignKey("forecasts.forecast_id"))
    revision: Mapped[int] = mapped_column(default=1)
    status: Mapped[str] = mapped_column(String(10))
    manufacturing_qty: Mapped[int]
    safety_stock_percentage: Mapped[float]
    initial_allocation_total: Mapped[int]
    holdback_total: Mapped[int]
    store_allocations: Mapped[StoreRows] = mapped_column(Typed(StoreRows))
    order_data: Mapped[ManufacturingOrder] = mapped_column(Typed(ManufacturingOrder))
    reasoning: Mapped[str]
    created_at: Mapped[datetime]


class Markdown(Base):
    """A markdown: planned before the season, proposed at the checkpoint, approved or rejected by a person."""

    __tablename__ = "markdowns"
    __table_args__ = (
        UniqueConstraint("forecast_id", "revision"),
        CheckConstraint(
            "recommended_markdown_pct IS NULL "
            f"OR recommended_markdown_pct BETWEEN 0 AND {MARKDOWN_LADDER[-1]}",
            name="depth_in_range",
        ),
        CheckConstraint("status IN ('planned', 'proposed', 'approved', 'rejected')", name="status_known"),
    )

    markdown_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    forecast_id: Mapped[str] = mapped_column(ForeignKey("forecasts.forecast_id"))
    workflow_id: Mapped[str] = mapped_column(ForeignKey("workflows.workflow_id"), index=True)
    revision: Mapped[int] = mapped_column(default=1)
    week_number: Mapped[int]
    sell_through_pct: Mapped[float | None]
    target_sell_through_pct: Mapped[float]
    gap_pct: Mapped[float | None]
    recommended_markdown_pct: Mapped[float | None]
    elasticity_coefficient: Mapped[float]
    expected_demand_lift_pct: Mapped[float | None]
    details: Mapped[MarkdownDetails] = mapped_column(Typed(MarkdownDetails))
    status: Mapped[str] = mapped_column(String(10))
    reasoning: Mapped[str]
    created_at: Mapped[datetime]


def kept(forecast: SeasonForecast | Forecast) -> dict[str, Any]:
    """A forecast's figures by column, as a row keeps them and its corrections carry them on."""
    return {name: getattr(forecast, name) for name in KEPT}


def save_forecast(session: Session, forecast: Forecast) -> None:
    """Write, or write again, a forecast."""
    session.merge(forecast)


def save_cluster_shares(session: Session, forecast_id: str, shares: Sequence[ForecastClusterShare]) -> None:
    """Replace a forecast's split over clusters."""
    session.execute(delete(ForecastClusterShare).where(ForecastClusterShare.forecast_id == forecast_id))
    session.add_all(shares)


def get_forecast(session: Session, forecast_id: str) -> Forecast:
    """The forecast with this id.

    Raises:
        NotFoundError: there is none.
    """
    forecast = session.get(Forecast, forecast_id)
    if forecast is None:
        raise NotFoundError(f"there is no forecast {forecast_id}")
    return forecast


def find_forecast_of(session: Session, workflow_id: str) -> Forecast | None:
    """The newest forecast that a workflow made."""
    query = select(Forecast).where(Forecast.workflow_id == workflow_id).order_by(Forecast.revision.desc())
    return session.scalars(query.limit(1)).first()


def require_forecast_of(session: Session, workflow_id: str) -> Forecast:
    """The newest forecast that a workflow made.

    Raises:
        NotFoundError: it has made none yet.
    """
    forecast = find_forecast_of(session, workflow_id)
    if forecast is None:
        raise NotFoundError(f"workflow {workflow_id} has no forecast yet")
    return forecast


def list_forecasts(session: Session, *, skip: int, limit: int) -> list[Forecast]:
    """Forecasts, newest first."""
    query = select(Forecast).order_by(Forecast.created_at.desc(), Forecast.forecast_id)
    return list(session.scalars(query.offset(skip).limit(limit)))


def list_cluster_shares(session: Session, forecast_id: str) -> list[ForecastClusterShare]:
    """A forecast's split over clusters, the largest first."""
    query = select(ForecastClusterShare).where(ForecastClusterShare.forecast_id == forecast_id)
    return list(session.scalars(query.order_by(ForecastClusterShare.total_units.desc())))


def find_allocation(session: Session, forecast_id: str) -> Allocation | None:
    """A forecast's newest allocation."""
    query = (
        select(Allocation).where(Allocation.forecast_id == forecast_id).order_by(Allocation.revision.desc())
    )
    return session.scalars(query.limit(1)).first()


def find_markdown_of(session: Session, workflow_id: str) -> Markdown | None:
    """The markdown that a workflow recommended."""
    return session.scalars(select(Markdown).where(Markdown.workflow_id == workflow_id)).first()


def find_markdown(session: Session, forecast_id: str) -> Markdown | None:
    """A forecast's newest markdown."""
    query = select(Markdown).where(Markdown.forecast_id == forecast_id).order_by(Markdown.revision.desc())
    return session.scalars(query.limit(1)).first()
