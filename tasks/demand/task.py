"""The demand stage: the forecasters run side by side, then the ensemble."""

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture

from models.base import make_id
from models.plans import Forecast, save_forecast
from models.sales import load_history, load_other_totals
from models.workflows import get_workflow, load_season_parameters
from schemas.errors import InvalidInputError
from schemas.parameters import SeasonParameters
from schemas.stages import FORECAST_DEMAND
from tasks.artifacts import publish_forecast
from tasks.planning.demand.ensemble import combine
from tasks.planning.demand.forecast import try_forecaster
from tasks.planning.demand.forecasters import FORECASTERS, QUICK, SLOW
from tasks.planning.demand.forecasters.base import PointForecast
from tasks.planning.demand.problem import ForecastProblem, prepare
from tasks.planning.demand.result import SeasonForecast
from tasks.runtime import StageRun, Summary, stage_task

MEMBER_TIMEOUT_SECONDS = 120
TIMEOUT_SECONDS = 600


@task(
    name="run_forecasters",
    timeout_seconds=MEMBER_TIMEOUT_SECONDS,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def run_forecasters(names: list[str], problem: ForecastProblem) -> list[PointForecast]:
    """Some forecasters of the ensemble; one that fails is left out, and the others carry on."""
    return [run for run in (try_forecaster(name, problem) for name in names) if run is not None]


@stage_task(FORECAST_DEMAND, timeout_seconds=TIMEOUT_SECONDS)
def forecast_demand(run: StageRun) -> Summary:
    """Forecast the category's weekly demand as a distribution."""
    run.report(0.05, "reading the sales history")
    category_id, parameters, problem = _read(run)
    weeks = problem.history.size
    run.report(0.15, f"{weeks} weeks of history; fitting {len(FORECASTERS)} forecasters")
    futures = {
        label: run_forecasters.with_options(task_run_name=label).submit(names, problem)
        for label, names in _groups().items()
    }
    runs = _collect(run, futures)
    if not runs:
        raise InvalidInputError(f"no forecaster could forecast {category_id}; its history may be too short")
    run.report(0.85, "weighing the forecasters by how they did on past seasons")
    forecast = combine(problem, runs)
    publish_forecast(category_id, forecast)
    return _store(run, category_id, parameters, forecast)


def _read(run: StageRun) -> tuple[str, SeasonParameters, ForecastProblem]:
    with run.database.read() as session:
        category_id = get_workflow(session, run.workflow_id).category_id or ""
        parameters = load_season_parameters(session, run.workflow_id)
        start = parameters.season_start_date
        sales = load_history(session, category_id, before=start)
        others = load_other_totals(session, category_id, before=start)
    if sales.empty:
        raise InvalidInputError(
            f"{category_id} has no sales before {start}; import a history or choose a later season"
        )
    problem = prepare(
        sales,
        season_start=start,
        weeks=parameters.forecast_horizon_weeks,
        country=run.settings.country,
        seed=run.settings.seed,
        context=others,
    )
    return category_id, parameters, problem


def _groups() -> dict[str, list[str]]:
    """The slow forecasters each for themselves, the quick ones together: a task costs more than they do."""
    return {**{name: [name] for name in SLOW}, f"{len(QUICK)} quick forecasters": list(QUICK)}


def _collect(run: StageRun, futures: dict[str, PrefectFuture[list[PointForecast]]]) -> list[PointForecast]:
    runs: list[PointForecast] = []
    for done, (label, future) in enumerate(futures.items(), start=1):
        found = future.result()
        runs += found
        told = "done" if found else "failed and left out"
        run.report(0.15 + 0.65 * done / len(futures), f"{label}: {told}")
    return runs


def _store(
    run: StageRun, category_id: str, parameters: SeasonParameters, forecast: SeasonForecast
) -> Summary:
    values = forecast.model_dump(mode="json")
    row = Forecast(
        forecast_id=make_id("fc", run.workflow_id, 1),
        workflow_id=run.workflow_id,
        category_id=category_id,
        revision=1,
        season_start_date=parameters.season_start_date,
        season_end_date=parameters.season_end_date,
        season=f"{parameters.forecast_horizon_weeks} weeks from {parameters.season_start_date}",
        created_at=run.started_at,
        **{name: values[name] for name in _KEPT},
    )
    summary: Summary = {
        "forecast_id": row.forecast_id,
        "total_season_demand": forecast.total_season_demand,
        "peak_week": forecast.peak_week,
        "forecasting_method": forecast.forecasting_method,
        "model_weights": forecast.model_weights,
        "season_total_interval": values["season_total_interval"],
        "reasoning": forecast.reasoning,
        "warnings": list(forecast.warnings),
    }
    with run.database.write() as session:
        save_forecast(session, row)
        return run.finish(session, summary)


_KEPT = (
    "total_season_demand",
    "weekly_demand_curve",
    "forecasting_method",
    "models_used",
    "model_weights",
    "prophet_forecast",
    "arima_forecast",
    "peak_week",
    "season_total_interval",
    "backtest",
    "recipe",
    "explanation",
    "warnings",
    "reasoning",
)
