"""A season's weeks left forecast again, and the centre's stock meant anew for the stores."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from sqlalchemy.orm import Session

from models.base import make_id
from models.plans import (
    Allocation,
    Forecast,
    ForecastClusterShare,
    kept,
    list_cluster_shares,
    require_forecast_of,
    save_cluster_shares,
)
from models.seasons import current_of
from models.session import Database
from models.workflows import NewWorkflow, Workflow, create_workflow, get_workflow
from schemas.allocations import StoreAllocationRow
from schemas.defaults import SEASON
from schemas.errors import InvalidInputError, WrongStateError
from schemas.forecasts import LevelUpdate, TotalInterval
from schemas.stages import WorkflowType
from schemas.workflows import ReforecastRequest
from tasks.planning.in_season.curve import Reforecast
from tasks.planning.planner import reallocate, reforecast
from tasks.planning.units import largest_remainder
from tasks.seasons.service import StoredSeason, load_season
from tasks.stage import StageRun, Summary

METHOD = "bayesian_update"
SHOWN = {"store_id", "initial_allocation", "holdback_allocation"}
TOLERANCE = 0.005


def correct(run: StageRun) -> Summary:
    """Correct the forecast of the remaining weeks by what was sold: a new revision beside the old one."""
    with run.database.read() as session:
        request = get_workflow(session, run.workflow_id).request
        season = load_season(session, request["forecast_id"])
    state = season.state.after(request["week"])
    run.report(0.3, f"updating the level by {state.done} weeks of sales")
    revised = reforecast(state)
    with run.database.write() as session:
        revision = current_of(session, season.root.forecast_id).revision + 1
        forecast = _revision(run.workflow_id, season.root, revised, revision)
        session.merge(forecast)
        session.flush()
        _split_over_clusters(session, season.root.forecast_id, forecast)
        run.operator.note("reforecast", forecast.category_id, revised.update.reasoning)
        summary: Summary = {
            "forecast_id": forecast.forecast_id,
            "revision": forecast.revision,
            "total_season_demand": forecast.total_season_demand,
            "level": revised.update.level,
            "reasoning": revised.update.reasoning,
        }
        return run.finish(session, summary)


def _revision(workflow_id: str, root: Forecast, revised: Reforecast, revision: int) -> Forecast:
    update = revised.update
    lower, upper = revised.total_interval
    corrected = {
        "first_week": update.first_week,
        "level_update": LevelUpdate.model_validate(update.model_dump(include=set(LevelUpdate.model_fields))),
        "total_season_demand": sum(revised.units),
        "weekly_demand_curve": tuple(
            week.model_copy(
                update={"forecasted_units": units, "confidence_lower": least, "confidence_upper": most}
            )
            for week, units, least, most in zip(
                root.weekly_demand_curve, revised.units, revised.lower, revised.upper, strict=True
            )
        ),
        "forecasting_method": METHOD,
        "peak_week": revised.peak_week,
        "season_total_interval": TotalInterval(level=SEASON.interval_level, lower=lower, upper=upper),
        "recipe": update.recipe,
        "reasoning": update.reasoning,
    }
    return Forecast(
        forecast_id=make_id("fc", workflow_id, 1),
        workflow_id=workflow_id,
        category_id=root.category_id,
        original_id=root.forecast_id,
        revision=revision,
        season=root.season,
        created_at=datetime.now(UTC),
        **{**kept(root), **corrected},
    )


def _split_over_clusters(session: Session, root_id: str, forecast: Forecast) -> None:
    known = list_cluster_shares(session, root_id)
    weights = np.array([share.allocation_percentage for share in known])
    units = largest_remainder(weights, forecast.total_season_demand)
    save_cluster_shares(
        session,
        forecast.forecast_id,
        [
            ForecastClusterShare(
                forecast_id=forecast.forecast_id,
                cluster_id=share.cluster_id,
                cluster_name=share.cluster_name,
                allocation_percentage=share.allocation_percentage,
                total_units=int(count),
                store_count=share.store_count,
                store_ids=share.store_ids,
            )
            for share, count in zip(known, units, strict=True)
        ],
    )


def share_out(run: StageRun) -> Summary:
    """Share the centre's stock out again over the weeks left, from what each store has received and sold."""
    with run.database.read() as session:
        forecast = require_forecast_of(session, run.workflow_id)
        request = get_workflow(session, run.workflow_id).request
        season = load_season(session, request["forecast_id"])
    state = season.state.after(request["week"])
    stock = state.stock
    run.report(0.3, f"sharing out {stock.at_centre:,} units at the distribution centre")
    held, received = reallocate(state).by_store, stock.received.sum(axis=0)
    rows = tuple(
        _reallocated(row, int(sent), held[row.store_id])
        for row, sent in zip(season.allocation.store_allocations, received, strict=True)
    )
    reasoning = (
        f"{int(received.sum()):,} units have been sent; the {stock.at_centre:,} at the distribution centre "
        "are meant for the stores where they are worth most over the weeks left."
    )
    row = Allocation(
        allocation_id=make_id("al", forecast.forecast_id, 1),
        forecast_id=forecast.forecast_id,
        revision=1,
        status="approved",
        manufacturing_qty=stock.made,
        safety_stock_percentage=season.allocation.safety_stock_percentage,
        initial_allocation_total=int(received.sum()),
        holdback_total=stock.at_centre,
        store_allocations=rows,
        order_data=season.allocation.order_data,
        reasoning=reasoning,
        created_at=datetime.now(UTC),
    )
    shown = [each.model_dump(include=SHOWN) for each in rows]
    run.operator.table("reallocation", forecast.category_id, reasoning, shown)
    with run.database.write() as session:
        session.merge(row)
        return run.finish(
            session,
            {"allocation_id": row.allocation_id, "at_centre": stock.at_centre, "reasoning": reasoning},
        )


def _reallocated(row: StoreAllocationRow, sent: int, held: int) -> StoreAllocationRow:
    units = {
        "initial_allocation": sent,
        "holdback_allocation": held,
        "total_season_allocation": sent + held,
    }
    return row.model_copy(update=units)


def record_reforecast(database: Database, request: ReforecastRequest) -> Workflow:
    """Record a re-forecast that was asked for; what was sent is held against what is stored.

    Raises:
        InvalidInputError: it contradicts what is stored; the message says what is.
        WrongStateError: the season has not begun, or no week remains.
    """
    with database.write() as session:
        season = load_season(session, request.forecast_id)
        _agrees(season, request)
        new = NewWorkflow(
            WorkflowType.REFORECAST,
            season.root.category_id,
            {
                "forecast_id": season.root.forecast_id,
                "week": len(request.actual_sales_week_1_to_n),
            },
            datetime.now(UTC),
            uuid.uuid4().hex,
        )
        return create_workflow(session, new)[0]


def _agrees(season: StoredSeason, request: ReforecastRequest) -> None:
    state, weeks = season.state, len(request.actual_sales_week_1_to_n)
    if state.done == 0 or weeks > state.done:
        raise InvalidInputError(
            f"sales are stored for {state.done} weeks and sent for {weeks}; upload the weekly sales first"
        )
    _same("actual_sales_week_1_to_n", request.actual_sales_week_1_to_n, state.stock.sold.sum(axis=1))
    if request.remaining_weeks != state.weeks - weeks:
        raise InvalidInputError(
            f"remaining_weeks is {state.weeks - weeks} after {weeks} of {state.weeks} weeks"
        )
    if request.remaining_weeks == 0:
        raise WrongStateError(f"season {request.forecast_id} has no weeks left to forecast")
    curve = np.array(state.expected_curve, dtype=float)
    if request.forecasted_week_1_to_n is not None:
        _same("forecasted_week_1_to_n", request.forecasted_week_1_to_n, curve)
    planned, sold = float(curve[:weeks].sum()), float(state.stock.sold[:weeks].sum())
    if request.variance_pct is not None and abs(request.variance_pct - (sold / planned - 1)) > TOLERANCE:
        raise InvalidInputError(f"variance_pct is {sold / planned - 1:.4f} by what is stored")


def _same(name: str, sent: Sequence[float], stored: np.ndarray) -> None:
    for week, (mine, theirs) in enumerate(zip(sent, stored, strict=False), start=1):
        if abs(mine - float(theirs)) > 0.5:
            raise InvalidInputError(
                f"{name}: week {week} is {float(theirs):,.0f} by what is stored, not {mine:,.0f}"
            )
