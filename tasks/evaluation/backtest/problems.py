"""The same problems that a planner's forecast solves, built for a whole panel at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from schemas.defaults import SEASON
from tasks.evaluation.backtest.clock import cpu_seconds
from tasks.evaluation.backtest.panel import SPARSE, BacktestPlan, WeeklySeries, recorded_weeks
from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.demand.forecasters import POOLED, POOLED_NAME, QUICK
from tasks.planning.demand.forecasters.base import PointForecast, backtest, clip
from tasks.planning.demand.forecasters.pooled import Panel, PooledFit
from tasks.planning.demand.holiday_effects import without_holidays
from tasks.planning.demand.problem import ForecastProblem, choose_origins, floor_after
from tasks.planning.demand.promotions import promoted_weeks
from tasks.planning.demand.repair import fill_gaps, repair_history
from tasks.planning.demand.shares import StoreShares
from tasks.planning.units import Floats

ONE_STORE = StoreShares(("all",), np.ones(1), 200.0)


@dataclass(frozen=True)
class QuickForecasts:
    """One series' problem, what the quick forecasters and the pooled one said, and their seconds."""

    unique_id: str
    problem: ForecastProblem
    runs: tuple[PointForecast, ...]
    seconds: float


def history_lengths(series: WeeklySeries) -> NDArray[np.int64]:
    """Weeks from each series' first row to the panel's end; 0 where it has none."""
    known = ~np.isnan(series.units)
    return np.where(known.any(axis=0), len(series.units) - known.argmax(axis=0), 0)


def pool_columns(series: WeeklySeries, lengths: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Series that errors are pooled with where `length` weeks are known: evenly chosen, none shorter."""
    window = series.units[len(series.units) - length :]
    whole = np.isnan(window).mean(axis=0) < SPARSE
    able = np.flatnonzero((lengths >= length) & whole & (np.nansum(window, axis=0) > 0))
    picked = np.linspace(0, len(able) - 1, min(len(able), DEFAULTS.max_pool + 1)).round().astype(int)
    return able[picked] if len(able) else able


def forecast_columns(
    series: WeeklySeries,
    plan: BacktestPlan,
    cutoff: date,
    columns: Sequence[int],
    fit: PooledFit,
    promotions: pd.DataFrame | None,
) -> Iterator[QuickForecasts]:
    """Run the quick forecasters and the pooled one on `columns` and their pool, by history length."""
    lengths = history_lengths(series)
    for length in sorted({int(lengths[column]) for column in columns} - set(range(DEFAULTS.min_history))):
        targets = [column for column in columns if lengths[column] == length]
        pool = pool_columns(series, lengths, length)
        panel = [*targets, *(int(column) for column in pool if column not in set(targets))]
        began = cpu_seconds()
        problem, lifts = _problem(series, plan, cutoff, panel, length)
        promoted = _promoted(series, plan, cutoff, panel, length, promotions)
        problem = replace(problem, pool=fit, promoted=promoted)
        known = problem.aligned(length)
        units = {name: clip(ask(known, problem.horizon))[:, plan.gap :] for name, ask in QUICK.items()}
        past = {name: backtest(ask, problem) for name, ask in QUICK.items()}
        units[POOLED_NAME], past[POOLED_NAME] = POOLED.forecast(problem, problem.base(length))
        ahead, before = _promotion_factors(problem)
        units = {name: said * ahead for name, said in units.items()}
        past = {name: said * before for name, said in past.items()}
        seconds = (cpu_seconds() - began) / len(targets)
        place = {column: row for row, column in enumerate(panel)}
        for column in targets:
            others = [place[int(other)] for other in pool if other != column][: DEFAULTS.max_pool]
            rows = [place[column], *others]
            yield QuickForecasts(
                series.ids[column],
                replace(
                    problem,
                    panel=problem.panel[rows],
                    lifts=tuple(lifts[rows[0]].tolist()),
                    promoted=None if promoted is None else promoted[rows],
                ),
                tuple(
                    PointForecast(name, said[rows[0]], past[name][:, rows]) for name, said in units.items()
                ),
                seconds,
            )


def _problem(
    series: WeeklySeries, plan: BacktestPlan, cutoff: date, columns: Sequence[int], length: int
) -> tuple[ForecastProblem, Floats]:
    """The problem of all `columns`, and each one's factors of the season's weeks."""
    window = series.units[len(series.units) - length :]
    first_week = plan.season_start(cutoff) - timedelta(weeks=plan.gap + length)
    panel: Floats = np.array(
        [repair_history(recorded_weeks(window[:, column]), first_week)[0] for column in columns]
    )
    panel, lifts = without_holidays(panel, first_week, gap=plan.gap, weeks=plan.weeks, country=plan.country)
    problem = ForecastProblem(
        panel=panel,
        season_start=plan.season_start(cutoff),
        weeks=plan.weeks,
        gap=plan.gap,
        origins=choose_origins(length, plan.gap, plan.gap + plan.weeks),
        stores=ONE_STORE,
        country=plan.country,
        seed=plan.seed,
        warnings=(),
        spread_floor=floor_after(length, SEASON.spread_floor),
    )
    return problem, lifts


def _promotion_factors(problem: ForecastProblem) -> tuple[Floats, Floats]:
    """What promotions move in the season of each series, and in each backtested season."""
    if problem.promoted is None:
        return np.ones(1), np.ones(1)
    length, gap = len(problem.history), problem.gap
    past = [problem.promotion_factors(origin)[:, origin + gap :] for origin in problem.origins]
    shape = (len(problem.origins), len(problem.panel), problem.weeks)
    return problem.promotion_factors(length)[:, length + gap :], np.array(past).reshape(shape)


def _promoted(
    series: WeeklySeries,
    plan: BacktestPlan,
    cutoff: date,
    columns: Sequence[int],
    length: int,
    promotions: pd.DataFrame | None,
) -> Floats | None:
    """Promoted weeks of history and season; a calendar is announced, so the season's are known."""
    if promotions is None:
        return None
    weeks = length + plan.gap + plan.weeks
    first_week = plan.season_start(cutoff) - timedelta(weeks=plan.gap + length)
    of_series = []
    for column in columns:
        category, _, store = series.ids[column].partition("/" if plan.level == "store" else "\0")
        rows = promotions[promotions["category"] == category]
        if store:
            rows = rows[rows["store_id"].isna() | (rows["store_id"] == store)].assign(store_id=None)
        of_series.append(rows)
    stores = max(int(promotions["store_id"].nunique()), 1)
    return promoted_weeks(of_series, first_week=first_week, weeks=weeks, stores=stores)


def as_panel(series: WeeklySeries) -> Panel:
    """All series as the pooled forecaster learns from them."""
    lengths = history_lengths(series)
    units = np.zeros(series.units.T.shape)
    for column in np.flatnonzero(lengths >= DEFAULTS.min_history):
        known = recorded_weeks(series.units[-lengths[column] :, column])
        units[column, -lengths[column] :] = fill_gaps(known)
    return Panel(units, len(series.units) - lengths, series.starts[0].date())
