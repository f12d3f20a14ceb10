"""A season in progress: actual sales in, variance checked, re-forecasts started."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import BinaryIO

import numpy as np

from api import stages
from models.catalogue import Category
from models.sales import replace_weeks
from models.seasons import VarianceRecord, lock_season, root_of
from models.session import Database
from models.workflows import NewWorkflow, Workflow, create_workflow
from schemas.csv import Season, WeeklySales, read_weekly_sales
from schemas.errors import InvalidInputError, NotFoundError, WrongStateError
from schemas.seasons import VarianceSummary, WeeklyReviewRequest, WeeklySalesImported
from schemas.stages import WorkflowType
from schemas.workflows import ReforecastRequest

TOLERANCE = 0.005


@dataclass(frozen=True)
class Imported:
    """What an upload did, and the re-forecast that it calls for."""

    answer: WeeklySalesImported
    reforecast: str | None


def import_weekly_sales(
    database: Database, forecast_id: str, source: BinaryIO, *, max_bytes: int, today: date, threshold: float
) -> Imported:
    """Take a season's actual sales, whole or not at all; a corrected file replaces its weeks.

    Raises:
        NotFoundError: there is no such forecast.
        WrongStateError: its order is not approved.
        InvalidFileError: with each offending row and column.
    """
    season = stages.read_season(database, forecast_id)
    root = season.root
    with database.read() as session:
        category = session.get(Category, root.category_id)
    names = (root.category_id, category.category_name) if category else (root.category_id,)
    plan = Season(root.season_start_date, season.weeks, season.recipe.store_ids, names)
    sales = read_weekly_sales(source, max_bytes=max_bytes, season=plan, today=today)
    with database.write() as session:
        lock_season(session, root.forecast_id)
        replace_weeks(session, root.forecast_id, sales.units, datetime.now(UTC))
    return _checked(database, root.forecast_id, sales, threshold)


def _checked(database: Database, root_id: str, sales: WeeklySales, threshold: float) -> Imported:
    season = stages.read_season(database, root_id)
    record = None
    for week in sorted({week for week in (*sales.weeks, season.done) if 0 < week <= season.done}):
        record = stages.review_variance(database, root_id, week, threshold=threshold)
    warnings = list(sales.warnings)
    short = [
        store for store, units in zip(season.stock.store_ids, season.stock.on_hand, strict=True) if units < 0
    ]
    if short:
        warnings.append(f"{len(short)} stores report more sold than they were sent: {', '.join(short[:5])}")
    missing = [week for week in range(1, max(season.reported) + 1) if week not in season.reported]
    answer = WeeklySalesImported(
        rows_imported=sales.rows,
        week_number=season.done,
        weeks_imported=list(sales.weeks),
        missing_weeks=missing,
        variance_check=summary_of(record) if record else None,
        warnings=warnings,
    )
    return Imported(answer, record.reforecast_workflow_id if record else None)


def summary_of(record: VarianceRecord) -> VarianceSummary:
    """The contract's four figures of a check."""
    return VarianceSummary(
        variance_pct=record.variance_pct,
        threshold_exceeded=record.threshold_exceeded,
        action_taken="reforecast_triggered" if record.reforecast_workflow_id else "none",
        reforecast_workflow_id=record.reforecast_workflow_id,
    )


def variance_after(database: Database, forecast_id: str, week: int, *, threshold: float) -> VarianceRecord:
    """The stored check of a week, made now where it is not there yet.

    Raises:
        NotFoundError: no such forecast, or not all sales up to that week are reported.
    """
    season = stages.read_season(database, forecast_id)
    with database.read() as session:
        known = session.get(VarianceRecord, (season.root.forecast_id, week))
    if known is not None:
        return known
    if not 0 < week <= season.done:
        raise NotFoundError(
            f"season {forecast_id} has no variance for week {week}: "
            f"sales are reported up to week {season.done}"
        )
    return stages.review_variance(database, season.root.forecast_id, week, threshold=threshold)


def record_reforecast(database: Database, request: ReforecastRequest) -> Workflow:
    """Record a re-forecast that was asked for; what was sent is held against what is stored.

    Raises:
        InvalidInputError: it contradicts what is stored; the message says what is.
        WrongStateError: the season has not begun, or no week remains.
    """
    season = stages.read_season(database, request.forecast_id)
    weeks = len(request.actual_sales_week_1_to_n)
    if season.done == 0 or weeks > season.done:
        raise InvalidInputError(
            f"sales are stored for {season.done} weeks and sent for {weeks}; upload the weekly sales first"
        )
    _agree("actual_sales_week_1_to_n", request.actual_sales_week_1_to_n, season.stock.sold.sum(axis=1))
    if request.remaining_weeks != season.weeks - weeks:
        raise InvalidInputError(
            f"remaining_weeks is {season.weeks - weeks} after {weeks} of {season.weeks} weeks"
        )
    if request.remaining_weeks == 0:
        raise WrongStateError(f"season {request.forecast_id} has no weeks left to forecast")
    curve = np.array(season.expected_curve(), dtype=float)
    if request.forecasted_week_1_to_n is not None:
        _agree("forecasted_week_1_to_n", request.forecasted_week_1_to_n, curve)
    planned, sold = float(curve[:weeks].sum()), float(season.stock.sold[:weeks].sum())
    if request.variance_pct is not None and abs(request.variance_pct - (sold / planned - 1)) > TOLERANCE:
        raise InvalidInputError(f"variance_pct is {sold / planned - 1:.4f} by what is stored")
    unique = uuid.uuid4().hex
    return _record(
        database,
        WorkflowType.REFORECAST,
        season.root.category_id,
        {"forecast_id": season.root.forecast_id, "week": weeks},
        unique,
    )


def _agree(name: str, sent: Sequence[float], stored: np.ndarray) -> None:
    for week, (mine, theirs) in enumerate(zip(sent, stored, strict=False), start=1):
        if abs(mine - float(theirs)) > 0.5:
            raise InvalidInputError(
                f"{name}: week {week} is {float(theirs):,.0f} by what is stored, not {mine:,.0f}"
            )


def record_review(database: Database, request: WeeklyReviewRequest) -> Workflow:
    """Record a weekly review that was asked for.

    Raises:
        NotFoundError: there is no such forecast.
    """
    category_id = None
    if request.forecast_id is not None:
        with database.read() as session:
            category_id = root_of(session, request.forecast_id).category_id
    body = request.model_dump(mode="json")
    return _record(database, WorkflowType.VARIANCE, category_id, body, uuid.uuid4().hex)


def _record(
    database: Database, kind: WorkflowType, category_id: str | None, request: dict[str, object], unique: str
) -> Workflow:
    new = NewWorkflow(kind, category_id, request, datetime.now(UTC), unique)
    with database.write() as session:
        return create_workflow(session, new)[0]
