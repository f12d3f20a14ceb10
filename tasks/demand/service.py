"""What the demand stage reads and writes, and a forecast at once for those who only ask."""

from dataclasses import dataclass
from datetime import date

import pandas as pd
from sqlalchemy.orm import Session

from models.base import make_id
from models.catalogue import find_category, list_stores
from models.plans import Forecast, kept, save_forecast
from models.promotions import load_promotions
from models.sales import history_range, load_history, load_store_totals, load_totals
from models.session import Database
from models.workflows import get_workflow, load_season_parameters
from schemas.attributes import STORE_NUMBERS
from schemas.errors import InvalidInputError
from schemas.forecasts import SeasonForecast
from schemas.parameters import SeasonParameters
from schemas.settings import Settings
from tasks.demand.kept import kept_fits
from tasks.demand.picture import draw_forecast
from tasks.planning.demand.borrowing import sales_of_like
from tasks.planning.demand.forecast import forecast_season
from tasks.planning.demand.forecasters.pooled import PooledFit
from tasks.planning.demand.pool import fit_pool
from tasks.planning.demand.problem import ForecastProblem, prepare, question_if_far
from tasks.stage import StageRun, Summary


def read_problem(run: StageRun) -> ForecastProblem:
    """The workflow's forecasting problem, from the stored history before its season.

    Raises:
        InvalidInputError: there is none, or too little.
    """
    with run.database.read() as session:
        category_id = get_workflow(session, run.workflow_id).category_id or ""
        parameters = load_season_parameters(session, run.workflow_id)
        request = get_workflow(session, run.workflow_id).request
        like = LikeCategories(tuple(request.get("like") or ()), request.get("scale") or 1.0)
        known = _history(session, category_id, parameters.season_start_date, like)
    return prepare(
        known.sales,
        season_start=parameters.season_start_date,
        weeks=parameters.forecast_horizon_weeks,
        country=run.settings.country,
        seed=run.settings.seed,
        context=known.others,
        stores=known.stores,
        spread_floor=run.settings.spread_floor,
        like=known.like,
        pool=_pool(known.totals, parameters.season_start_date, run.settings),
        promotions=known.promotions,
        category=category_id,
    )


def learn_from_all(database: Database, settings: Settings, *, before: date) -> None:
    """Fit the pooled forecaster on all that was sold before a day and keep it: plans then only predict."""
    with database.read() as session:
        totals = load_totals(session, before=before)
    _pool(totals, before, settings)


def _pool(totals: pd.DataFrame, before: date, settings: Settings) -> PooledFit:
    kept = kept_fits(settings)
    return fit_pool(totals, before=before, country=settings.country, seed=settings.seed, kept=kept)


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
    database: Database,
    category: str,
    parameters: SeasonParameters,
    settings: Settings,
) -> tuple[SeasonForecast, pd.DataFrame]:
    """A season's forecast and the sales that it rests on; nothing is stored.

    Raises:
        NotFoundError: no such category.
        InvalidInputError: it has no history before the season.
    """
    with database.read() as session:
        category_id = find_category(session, category).category_id
        known = _history(session, category_id, parameters.season_start_date, LikeCategories())
    forecast = forecast_season(
        known.sales,
        season_start=parameters.season_start_date,
        weeks=parameters.forecast_horizon_weeks,
        country=settings.country,
        seed=settings.seed,
        context=known.others,
        stores=known.stores,
        spread_floor=settings.spread_floor,
        pool=_pool(known.totals, parameters.season_start_date, settings),
        promotions=known.promotions,
        category=category_id,
    )
    return forecast, known.sales


def refuse_unconfirmed(database: Database, category: str, parameters: SeasonParameters) -> None:
    """Refuse a season out of a sentence that lies further off than its history can be backtested.

    Raises:
        NotFoundError: no such category.
        InvalidInputError: with what there is to confirm.
    """
    with database.read() as session:
        known = history_range(session, find_category(session, category).category_id)
    if known is None:
        return
    first, last = known
    gap = (parameters.season_start_date - last).days // 7
    asked = question_if_far((last - first).days // 7, gap, parameters.forecast_horizon_weeks)
    if asked is not None:
        raise InvalidInputError(
            f"nothing was started: {asked}.", errors=[{"loc": ["body", "user_input"], "msg": asked}]
        )


@dataclass(frozen=True)
class LikeCategories:
    """Categories that one without a history is planned from, and how it compares with them."""

    category_ids: tuple[str, ...] = ()
    scale: float = 1.0


@dataclass(frozen=True)
class _Known:
    """What a forecast is made from; `like` names the categories whose sales stand for the missing ones."""

    sales: pd.DataFrame
    totals: pd.DataFrame
    promotions: pd.DataFrame
    category_id: str
    stores: pd.DataFrame
    like: tuple[str, ...]

    @property
    def others(self) -> pd.DataFrame | None:
        """The other categories' totals, if there are others."""
        others = self.totals[self.totals["category"] != self.category_id]
        return None if others.empty else others


def _history(session: Session, category_id: str, start: date, like: LikeCategories) -> _Known:
    sales = load_history(session, category_id, before=start)
    if sales.empty and like.category_ids:
        lent = {name: load_history(session, name, before=start) for name in like.category_ids}
        sales = sales_of_like(lent, like.scale)
    elif sales.empty:
        raise InvalidInputError(
            f"{category_id} has no sales before {start}; import a history, choose a later season, or name "
            "the categories that it is `like`"
        )
    elif like.category_ids:
        raise InvalidInputError(f"{category_id} has sales of its own before {start}; leave out `like`")
    totals = load_totals(session, before=start)
    promotions = load_promotions(session)
    return _Known(sales, totals, promotions, category_id, _stores(session, sales, start), like.category_ids)


def _stores(session: Session, sales: pd.DataFrame, start: date) -> pd.DataFrame:
    """Every store with its attributes, and whether nothing was ever sold there."""
    columns = ["store_id", *STORE_NUMBERS]
    stores = pd.DataFrame(
        [[getattr(store, column) for column in columns] for store in list_stores(session)], columns=columns
    )
    silent = set(stores["store_id"]) - set(sales["store_id"].unique())
    totals = load_store_totals(session, date.min, start) if silent else {}
    return stores.assign(is_new=[store in silent and not totals.get(store) for store in stores["store_id"]])


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
