"""What the demand stage reads and writes, and a forecast at once for those who only ask."""

from datetime import date

import pandas as pd
from sqlalchemy.orm import Session

from models.base import make_id
from models.catalogue import find_category
from models.plans import Forecast, kept, save_forecast
from models.sales import load_history, load_other_totals
from models.session import Database
from models.workflows import get_workflow, load_season_parameters
from schemas.errors import InvalidInputError
from schemas.forecasts import SeasonForecast
from schemas.parameters import SeasonParameters
from tasks.demand.picture import draw_forecast
from tasks.planning.demand.forecast import forecast_season
from tasks.planning.demand.problem import ForecastProblem, prepare
from tasks.stage import StageRun, Summary


def read_problem(run: StageRun) -> ForecastProblem:
    """The workflow's forecasting problem, from the stored history before its season.

    Raises:
        InvalidInputError: there is none, or too little.
    """
    with run.database.read() as session:
        category_id = get_workflow(session, run.workflow_id).category_id or ""
        parameters = load_season_parameters(session, run.workflow_id)
        sales, others = _history(session, category_id, parameters.season_start_date)
    return prepare(
        sales,
        season_start=parameters.season_start_date,
        weeks=parameters.forecast_horizon_weeks,
        country=run.settings.country,
        seed=run.settings.seed,
        context=others,
    )


def store_forecast(run: StageRun, forecast: SeasonForecast) -> Summary:
    """Write the workflow's forecast, and show it."""
    with run.database.read() as session:
        category_id = get_workflow(session, run.workflow_id).category_id or ""
        parameters = load_season_parameters(session, run.workflow_id)
    _show(run, category_id, forecast)
    row = Forecast(
        forecast_id=make_id("fc", run.workflow_id, 1),
        workflow_id=run.workflow_id,
        category_id=category_id,
        revision=1,
        season=f"{parameters.forecast_horizon_weeks} weeks from {parameters.season_start_date}",
        created_at=run.started_at,
        **kept(forecast),
    )
    with run.database.write() as session:
        save_forecast(session, row)
        return run.finish(session, _summary(row.forecast_id, forecast))


def forecast_now(
    database: Database, category: str, parameters: SeasonParameters, *, country: str, seed: int
) -> tuple[SeasonForecast, pd.DataFrame]:
    """A season's forecast and the sales that it rests on; nothing is stored.

    Raises:
        NotFoundError: no such category.
        InvalidInputError: it has no history before the season.
    """
    with database.read() as session:
        category_id = find_category(session, category).category_id
        sales, others = _history(session, category_id, parameters.season_start_date)
    forecast = forecast_season(
        sales,
        season_start=parameters.season_start_date,
        weeks=parameters.forecast_horizon_weeks,
        country=country,
        seed=seed,
        context=others,
    )
    return forecast, sales


def _history(session: Session, category_id: str, start: date) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    sales = load_history(session, category_id, before=start)
    if sales.empty:
        raise InvalidInputError(
            f"{category_id} has no sales before {start}; import a history or choose a later season"
        )
    return sales, load_other_totals(session, category_id, before=start)


def _show(run: StageRun, category_id: str, forecast: SeasonForecast) -> None:
    level = f"{forecast.confidence_level:.0%} interval"
    run.operator.table(
        "forecast",
        category_id,
        f"{category_id}: {forecast.total_season_demand:,} units. {forecast.reasoning}",
        [
            {
                "week": week.week_number,
                "from": week.week_start_date.isoformat(),
                "units": week.forecasted_units,
                level: f"{week.confidence_lower} to {week.confidence_upper}",
            }
            for week in forecast.weekly_demand_curve
        ],
    )
    run.operator.picture(
        "forecast-picture",
        category_id,
        f"{category_id}: weekly forecast with its {level}",
        lambda: draw_forecast(forecast),
    )


def _summary(forecast_id: str, forecast: SeasonForecast) -> Summary:
    return {
        "forecast_id": forecast_id,
        "total_season_demand": forecast.total_season_demand,
        "peak_week": forecast.peak_week,
        "forecasting_method": forecast.forecasting_method,
        "model_weights": forecast.model_weights,
        "season_total_interval": forecast.season_total_interval.model_dump(mode="json"),
        "reasoning": forecast.reasoning,
        "warnings": list(forecast.warnings),
    }
