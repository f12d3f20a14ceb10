"""A season in progress: weekly sales, variance, replenishments, re-forecasts, weekly reviews."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile

from api.database import database_of
from api.errors import problem_responses
from api.routes.data import max_upload_bytes, require_csv
from api.routes.workflows import accepted, workflows_of
from models.seasons import list_replenishments
from schemas.fields import ForecastId, SeasonWeek
from schemas.overrides import OverrideView
from schemas.seasons import (
    ReplenishmentsView,
    StoreShipment,
    VarianceView,
    WeeklyReviewRequest,
    WeeklySalesImported,
    WeekShipments,
)
from schemas.workflows import ReforecastRequest, WorkflowAccepted
from tasks.overrides.service import stored_overrides
from tasks.reforecast.service import record_reforecast
from tasks.seasons.service import load_season
from tasks.variance.service import import_weekly_sales, record_review, summary_of, variance_after

router = APIRouter(prefix="/api", tags=["season in progress"])


@router.post(
    "/data/upload-weekly-sales",
    summary="Import a season's actual sales",
    responses=problem_responses(401, 404, 409, 413, 415, 422, 503),
)
async def upload_weekly_sales(
    request: Request,
    file: Annotated[UploadFile, File(description="A CSV file, UTF-8")],
    forecast_id: Annotated[ForecastId, Form()],
) -> WeeklySalesImported:
    """store_id, week_number, units_sold; or date, store_id, quantity_sold, put into season weeks. A corrected
    file replaces its weeks. Over the threshold a re-forecast starts, once for each season and week."""
    require_csv(file)
    settings = request.app.state.settings
    imported = await asyncio.to_thread(
        import_weekly_sales,
        database_of(request),
        forecast_id,
        file.file,
        max_bytes=max_upload_bytes(request),
        today=datetime.now(UTC).date(),
        threshold=settings.variance_threshold,
    )
    if imported.reforecast is not None:
        workflows_of(request).to_start()
    return imported.answer


@router.get(
    "/variance/{forecast_id}/week/{week_number}",
    summary="How far a season is off its forecast",
    responses=problem_responses(401, 404, 409, 503),
)
def read_variance(request: Request, forecast_id: ForecastId, week_number: SeasonWeek) -> VarianceView:
    """Cumulative and signed, with how likely that deviation was, and per store."""
    threshold = request.app.state.settings.variance_threshold
    record = variance_after(database_of(request), forecast_id, week_number, threshold=threshold)
    return VarianceView(
        **summary_of(record).model_dump(),
        forecast_id=forecast_id,
        week_number=record.week_number,
        compared_forecast_id=record.compared_id,
        forecasted_cumulative=record.forecasted_cumulative,
        actual_cumulative=record.actual_cumulative,
        likelihood=record.likelihood,
        by_store=record.by_store,
        reasoning=record.reasoning,
        checked_at=record.checked_at,
    )


@router.get(
    "/replenishments/{forecast_id}",
    summary="What was sent to the stores after the first shipment",
    responses=problem_responses(401, 404, 409, 503),
)
def read_replenishments(request: Request, forecast_id: ForecastId) -> ReplenishmentsView:
    """Shipments by week and store; never more than the distribution centre has."""
    database = database_of(request)
    with database.read() as session:
        season = load_season(session, forecast_id)
        rows = list_replenishments(session, season.root.forecast_id)
    return ReplenishmentsView(
        forecast_id=forecast_id,
        strategy=season.state.parameters.replenishment_strategy,
        initial_allocation_total=season.allocation.initial_allocation_total,
        at_centre=season.state.stock.at_centre,
        weeks=[
            WeekShipments(
                week_number=row.week_number,
                shipped=row.shipped,
                centre_left=row.centre_left,
                shipments=[
                    StoreShipment(store_id=store, units=n) for store, n in sorted(row.shipments.items())
                ],
                reasoning=row.reasoning,
            )
            for row in rows
        ],
    )


@router.get(
    "/overrides/{forecast_id}",
    summary="What deviations from the recommendations were worth",
    responses=problem_responses(401, 404, 409, 503),
)
def read_overrides(request: Request, forecast_id: ForecastId) -> list[OverrideView]:
    """Every approved deviation with both numbers; in money once the season has ended."""
    return stored_overrides(database_of(request), forecast_id)


@router.post(
    "/workflows/reforecast",
    status_code=202,
    summary="Forecast a season's remaining weeks again",
    responses=problem_responses(401, 404, 409, 422, 503),
)
async def start_reforecast(request: Request, body: ReforecastRequest) -> WorkflowAccepted:
    """What the server knows from stored sales it works out; figures that are sent are held against it."""
    workflow = await asyncio.to_thread(record_reforecast, database_of(request), body)
    workflows_of(request).to_start()
    return accepted(request, workflow)


@router.post(
    "/workflows/weekly-review",
    status_code=202,
    summary="Review the active seasons now",
    responses=problem_responses(401, 404, 422, 503),
)
async def start_review(request: Request, body: WeeklyReviewRequest) -> WorkflowAccepted:
    """What runs every Monday by itself: variance, re-forecast, replenishment, markdown; one season or all."""
    workflow = await asyncio.to_thread(record_review, database_of(request), body)
    workflows_of(request).to_start()
    return accepted(request, workflow)
