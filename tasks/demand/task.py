"""The demand stage as Prefect tasks: the forecasters run side by side, then the ensemble."""

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture

from schemas.stages import FORECAST_DEMAND
from tasks.demand.service import read_problem, store_forecast
from tasks.planning.demand.ensemble import combine
from tasks.planning.demand.forecast import try_forecaster
from tasks.planning.demand.forecasters import FORECASTERS, SLOW
from tasks.planning.demand.forecasters.base import PointForecast
from tasks.planning.demand.problem import ForecastProblem
from tasks.runtime import stage_task
from tasks.stage import StageRun, Summary

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


def _forecast_demand(run: StageRun) -> Summary:
    """Forecast the category's weekly demand as a distribution."""
    run.report(0.05, "reading the sales history")
    problem = read_problem(run)
    weeks = problem.history.size
    run.report(0.15, f"{weeks} weeks of history; fitting {len(FORECASTERS)} forecasters")
    futures = {
        label: run_forecasters.with_options(task_run_name=label).submit(names, problem)
        for label, names in _groups().items()
    }
    runs = _collect(run, futures)
    run.report(0.85, "weighing the forecasters by how they did on past seasons")
    return store_forecast(run, combine(problem, runs))


def _groups() -> dict[str, list[str]]:
    """The slow forecasters each for themselves, the others together: a task costs more than they do."""
    quick = [name for name in FORECASTERS if name not in SLOW]
    return {**{name: [name] for name in SLOW}, f"{len(quick)} quick forecasters": quick}


def _collect(run: StageRun, futures: dict[str, PrefectFuture[list[PointForecast]]]) -> list[PointForecast]:
    runs: list[PointForecast] = []
    for done, (label, future) in enumerate(futures.items(), start=1):
        found = future.result()
        runs += found
        told = "done" if found else "failed and left out"
        run.report(0.15 + 0.65 * done / len(futures), f"{label}: {told}")
    return runs


forecast_demand = stage_task(FORECAST_DEMAND, _forecast_demand, timeout_seconds=TIMEOUT_SECONDS)
