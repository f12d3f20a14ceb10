"""What was planned: forecasts, allocations, markdowns."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session

from api.database import database_of
from api.errors import problem_responses
from api.paging import PageSize, Skip
from models.catalogue import Category
from models.plans import (
    Forecast,
    find_allocation,
    find_markdown,
    get_forecast,
    list_cluster_shares,
    list_forecasts,
)
from models.workflows import load_season_parameters
from schemas.errors import NotFoundError
from schemas.fields import ForecastId
from schemas.overrides import CompareRequest
from schemas.parameters import next_monday
from schemas.resources import AllocationView, ClusterShare, ForecastSummary, ForecastView, MarkdownView
from tasks.allocation.service import compare_now

router = APIRouter(prefix="/api", tags=["plans"])


def _name(session: Session, category_id: str) -> str:
    category = session.get(Category, category_id)
    return category.category_name if category else category_id


@router.get("/forecasts", summary="List forecasts, newest first", responses=problem_responses(401, 422, 503))
def read_forecasts(
    request: Request,
    skip: Skip = 0,
    limit: PageSize = 20,
) -> list[ForecastSummary]:
    """A page of forecasts."""
    with database_of(request).read() as session:
        return [
            ForecastSummary.model_validate(
                {**_columns(row), "category_name": _name(session, row.category_id)}
            )
            for row in list_forecasts(session, skip=skip, limit=limit)
        ]


def _columns(row: Forecast) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in Forecast.__table__.columns}


@router.get(
    "/forecasts/{forecast_id}", summary="A forecast, whole", responses=problem_responses(401, 404, 503)
)
def read_forecast(request: Request, forecast_id: ForecastId) -> ForecastView:
    """The weekly curve with its interval, what it rests on, and how it did on past seasons."""
    with database_of(request).read() as session:
        forecast = get_forecast(session, forecast_id)
        root = forecast if forecast.original_id is None else get_forecast(session, forecast.original_id)
        shares = list_cluster_shares(session, forecast_id)
        return ForecastView.model_validate(
            {
                **_columns(forecast),
                "category_name": _name(session, forecast.category_id),
                "season_parameters": load_season_parameters(session, root.workflow_id),
                "cluster_distribution": [ClusterShare.model_validate(share) for share in shares],
            }
        )


@router.get(
    "/allocations/{forecast_id}", summary="What each store gets", responses=problem_responses(401, 404, 503)
)
def read_allocation(request: Request, forecast_id: ForecastId) -> AllocationView:
    """The newest allocation of a forecast; units are conserved at every level."""
    with database_of(request).read() as session:
        get_forecast(session, forecast_id)
        allocation = find_allocation(session, forecast_id)
        if allocation is None:
            raise NotFoundError(f"forecast {forecast_id} has no allocation yet")
        return AllocationView.model_validate(allocation)


@router.get(
    "/markdowns/{forecast_id}",
    summary="The markdown of a season",
    responses=problem_responses(401, 404, 503),
)
def read_markdown(request: Request, forecast_id: ForecastId) -> MarkdownView:
    """The newest markdown of a forecast; 404 where its season plans none."""
    with database_of(request).read() as session:
        get_forecast(session, forecast_id)
        markdown = find_markdown(session, forecast_id)
        if markdown is None:
            raise NotFoundError(
                f"forecast {forecast_id} has no markdown: its season has no checkpoint, or not yet"
            )
        return MarkdownView.model_validate(markdown)


@router.post(
    "/plans/compare",
    summary="Compare plans of one category",
    responses=problem_responses(401, 404, 422, 503),
)
def compare(request: Request, body: CompareRequest) -> dict[str, Any]:
    """Two or more sets of parameters side by side, in money and units; nothing is stored."""
    settings = request.app.state.settings
    found = compare_now(
        database_of(request),
        body,
        settings=settings,
        start=next_monday(datetime.now(UTC).date()),
    )
    return found.model_dump(mode="json")
