"""The stages of a re-forecast: the weeks left corrected, the stock at the centre shared out again."""

from datetime import UTC, datetime

import numpy as np
from sqlalchemy.orm import Session

from models.base import make_id
from models.plans import (
    Allocation,
    Forecast,
    ForecastClusterShare,
    list_cluster_shares,
    require_forecast_of,
    save_cluster_shares,
)
from models.seasons import current_of
from models.workflows import get_workflow
from schemas.stages import REALLOCATE_STOCK, REFORECAST_DEMAND
from tasks.artifacts import publish_note, publish_table
from tasks.planning.in_season.curve import LEVEL, corrected_curve
from tasks.planning.in_season.update import ForecastUpdate
from tasks.planning.order.split import allocate_to_stores
from tasks.planning.paths import DemandPaths, DemandRecipe
from tasks.planning.units import largest_remainder
from tasks.runtime import StageRun, Summary, stage_task
from tasks.seasons import SeasonInProgress, load_season

TIMEOUT_SECONDS = 300
METHOD = "bayesian_update"


@stage_task(REFORECAST_DEMAND, timeout_seconds=TIMEOUT_SECONDS)
def reforecast_demand(run: StageRun) -> Summary:
    """Correct the forecast of the remaining weeks by what was sold: a new revision beside the old one."""
    with run.database.read() as session:
        request = get_workflow(session, run.workflow_id).request
        season = load_season(session, request["forecast_id"], request["week"])
    run.report(0.3, f"updating the level by {season.done} weeks of sales")
    update = season.remaining()
    with run.database.write() as session:
        revision = current_of(session, season.root.forecast_id).revision + 1
        forecast = _revised(run, season, update, revision)
        session.merge(forecast)
        session.flush()
        _split_over_clusters(session, season.root.forecast_id, forecast)
        publish_note("reforecast", forecast.category_id, update.reasoning)
        return run.finish(
            session,
            {
                "forecast_id": forecast.forecast_id,
                "revision": forecast.revision,
                "total_season_demand": forecast.total_season_demand,
                "level": update.level,
                "reasoning": update.reasoning,
            },
        )


def _revised(run: StageRun, season: SeasonInProgress, update: ForecastUpdate, revision: int) -> Forecast:
    root, remaining = season.root, DemandPaths(update.recipe)
    sold = [int(units) for units in season.stock.sold.sum(axis=1)]
    curve = corrected_curve(root.weekly_demand_curve, sold, remaining)
    units = [week["forecasted_units"] for week in curve]
    lower, upper = remaining.total_interval(LEVEL)
    return Forecast(
        forecast_id=make_id("fc", run.workflow_id, 1),
        workflow_id=run.workflow_id,
        category_id=root.category_id,
        original_id=root.forecast_id,
        revision=revision,
        season_start_date=root.season_start_date,
        season_end_date=root.season_end_date,
        season=root.season,
        total_season_demand=sum(units),
        weekly_demand_curve=curve,
        forecasting_method=METHOD,
        models_used=root.models_used,
        model_weights=root.model_weights,
        prophet_forecast=root.prophet_forecast,
        arima_forecast=root.arima_forecast,
        peak_week=int(np.argmax(units)) + 1,
        season_total_interval={
            "level": LEVEL,
            "lower": int(sum(sold) + lower),
            "upper": int(np.ceil(sum(sold) + upper)),
        },
        backtest=root.backtest,
        recipe=update.recipe.model_dump(mode="json"),
        explanation={
            "first_week": update.first_week,
            "level": update.level,
            "prior_sigma": update.prior_sigma,
            "posterior_sigma": update.posterior_sigma,
        },
        warnings=root.warnings,
        reasoning=update.reasoning,
        created_at=datetime.now(UTC),
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


@stage_task(REALLOCATE_STOCK, timeout_seconds=TIMEOUT_SECONDS)
def reallocate_stock(run: StageRun) -> Summary:
    """Share the centre's stock out again over the weeks left, from what each store has received and sold."""
    with run.database.read() as session:
        forecast = require_forecast_of(session, run.workflow_id)
        season = load_season(session, forecast.original_id or forecast.forecast_id)
    stock = season.stock
    remaining = DemandPaths(DemandRecipe.model_validate(forecast.recipe))
    run.report(0.3, f"sharing out {stock.at_centre:,} units at the distribution centre")
    split = allocate_to_stores(
        remaining,
        stock.at_centre,
        first_week=1,
        last_week=remaining.weeks,
        economics=season.order.economics,
        on_hand=stock.on_hand.clip(min=0),
    )
    received, kept = stock.received.sum(axis=0), split.by_store
    rows = [
        {
            **row,
            "initial_allocation": int(received[index]),
            "holdback_allocation": kept[row["store_id"]],
            "total_season_allocation": int(received[index]) + kept[row["store_id"]],
        }
        for index, row in enumerate(season.allocation.store_allocations)
    ]
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
    publish_table("reallocation", forecast.category_id, reasoning, [_shown(each) for each in rows])
    with run.database.write() as session:
        session.merge(row)
        return run.finish(
            session,
            {"allocation_id": row.allocation_id, "at_centre": stock.at_centre, "reasoning": reasoning},
        )


def _shown(row: dict[str, object]) -> dict[str, object]:
    return {name: row[name] for name in ("store_id", "initial_allocation", "holdback_allocation")}
