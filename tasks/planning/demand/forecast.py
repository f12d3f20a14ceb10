"""One category's season forecast from start to end, in one process."""

import logging
from collections.abc import Callable
from datetime import date

import pandas as pd

from schemas.defaults import SEASON
from schemas.forecasts import SeasonForecast
from tasks.planning.demand.ensemble import combine
from tasks.planning.demand.forecasters import FORECASTERS
from tasks.planning.demand.forecasters.base import PointForecast, with_promotions
from tasks.planning.demand.forecasters.pooled import PooledFit
from tasks.planning.demand.problem import ForecastProblem, prepare

logger = logging.getLogger(__name__)
Progress = Callable[[float, str], None]


def forecast_season(
    sales: pd.DataFrame,
    *,
    season_start: date,
    weeks: int,
    as_of: date | None = None,
    country: str = "US",
    seed: int = 0,
    context: pd.DataFrame | None = None,
    stores: pd.DataFrame | None = None,
    spread_floor: float = SEASON.spread_floor,
    pool: PooledFit | None = None,
    promotions: pd.DataFrame | None = None,
    category: str = "",
    on_progress: Progress | None = None,
) -> SeasonForecast:
    """Prepare, run every forecaster, combine; the arguments are `prepare`'s.

    Args:
        on_progress: called with the fraction done and what was just done.
    """
    tell = on_progress or _silent
    problem = prepare(
        sales,
        season_start=season_start,
        weeks=weeks,
        as_of=as_of,
        country=country,
        seed=seed,
        context=context,
        stores=stores,
        spread_floor=spread_floor,
        pool=pool,
        promotions=promotions,
        category=category,
    )
    tell(0.1, f"{len(problem.history)} weeks of history")
    return combine(problem, run_forecasters(problem, tell))


def run_forecasters(problem: ForecastProblem, tell: Progress) -> list[PointForecast]:
    """Every forecaster's run; one that fails is left out."""
    runs = []
    for index, name in enumerate(FORECASTERS):
        run = try_forecaster(name, problem)
        if run is not None:
            runs.append(run)
        tell(0.1 + 0.8 * (index + 1) / len(FORECASTERS), f"{name} {'done' if run else 'failed'}")
    return runs


def try_forecaster(name: str, problem: ForecastProblem) -> PointForecast | None:
    """The forecaster's run, or None with a line in the log: the ensemble carries on without it."""
    try:
        return with_promotions(problem, FORECASTERS[name].run(name, problem))
    except Exception:
        logger.warning("Forecaster %s failed and is left out of the ensemble", name, exc_info=True)
        return None


def _silent(_fraction: float, _message: str) -> None:
    return
