"""Every series from every cutoff, in as many processes as asked for, with the same result for any number."""

import multiprocessing
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd

from schemas.forecasts import SeasonForecast
from tasks.evaluation.backtest.clock import cpu_seconds
from tasks.evaluation.backtest.panel import BacktestPlan, WeeklySeries, weekly_series
from tasks.evaluation.backtest.peers import PeerRows
from tasks.evaluation.backtest.problems import QuickForecasts, forecast_columns
from tasks.planning.demand.ensemble import combine
from tasks.planning.demand.forecast import try_forecaster
from tasks.planning.demand.forecasters import REFERENCE, SLOW, load_libraries
from tasks.planning.paths import DemandPaths
from tasks.planning.units import Floats

ENSEMBLE = "ensemble"
SHOWN = (*SLOW, REFERENCE)  # beside the ensemble, where not all are asked for
LEVELS = (80, 95)
QUINTILES = (20, 40, 60, 80)  # where a season total lies among these says whether the distribution is true
CHUNK = 20
Progress = Callable[[int, int], None]
Row = dict[str, object]
Task = tuple[date, tuple[int, ...]]


@dataclass(frozen=True)
class BacktestRows:
    """What was forecast.

    Attributes:
        weekly, totals: a row a week, and a row a season, of every model that forecast.
        seconds: seconds per series by model.
        failed: of each peer that failed: on how many forecasts, and the first error.
        blind: peers that could see no season here, however their season length is set.
    """

    weekly: pd.DataFrame
    totals: pd.DataFrame
    seconds: dict[str, float]
    failed: dict[str, str] = field(default_factory=dict)
    blind: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Work:
    plan: BacktestPlan
    known: Mapping[date, WeeklySeries]
    all_forecasters: bool


_work: list[_Work] = []  # what a worker process was started with


def run_backtest(
    sales: pd.DataFrame,
    plan: BacktestPlan,
    *,
    jobs: int = 1,
    all_forecasters: bool = False,
    on_progress: Progress | None = None,
) -> BacktestRows:
    """Forecast every series of `sales` from every cutoff of `plan`, knowing only what was known then."""
    known = {
        cutoff: weekly_series(sales, plan.level, before=cutoff + timedelta(days=7)) for cutoff in plan.cutoffs
    }
    outcome = weekly_series(sales, plan.level)
    tasks = [
        (cutoff, tuple(range(first, min(first + CHUNK, len(series.ids)))))
        for cutoff, series in known.items()
        for first in range(0, len(series.ids), CHUNK)
    ]
    rows: list[Row] = []
    spent: dict[str, list[float]] = {}
    for done, (found, seconds) in enumerate(_results(_Work(plan, known, all_forecasters), tasks, jobs)):
        rows += found
        for model, values in seconds.items():
            spent.setdefault(model, []).extend(values)
        if on_progress is not None:
            on_progress(done + 1, len(tasks))
    weekly, totals = _frames(rows, outcome)
    return BacktestRows(weekly, totals, {model: float(np.mean(values)) for model, values in spent.items()})


def _results(work: _Work, tasks: list[Task], jobs: int) -> Iterator[tuple[list[Row], dict[str, list[float]]]]:
    if jobs == 1:
        _start(work)
        yield from map(_forecast_chunk, tasks)
        return
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tasks.evaluation.backtest.run"])
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_start, initargs=(work,)) as pool:
        yield from pool.map(_forecast_chunk, tasks)


def _start(work: _Work) -> None:
    _work[:] = [work]
    load_libraries()  # so that no series pays for it in its seconds


def _forecast_chunk(task: Task) -> tuple[list[Row], dict[str, list[float]]]:
    work, (cutoff, columns) = _work[0], task
    rows: list[Row] = []
    seconds: dict[str, list[float]] = {ENSEMBLE: [], **{name: [] for name in SLOW}}
    for quick in forecast_columns(work.known[cutoff], work.plan, cutoff, columns):
        rows += _forecast_one(quick, cutoff, work, seconds)
    return rows, seconds


def _forecast_one(
    quick: QuickForecasts, cutoff: date, work: _Work, seconds: dict[str, list[float]]
) -> list[Row]:
    runs, spent = list(quick.runs), quick.seconds
    for name in SLOW:
        began = cpu_seconds()
        run = try_forecaster(name, quick.problem)
        seconds[name].append(cpu_seconds() - began)
        spent += seconds[name][-1]
        if run is not None:
            runs.append(run)
    began = cpu_seconds()
    forecast = combine(quick.problem, runs)
    seconds[ENSEMBLE].append(spent + cpu_seconds() - began)
    shown = runs if work.all_forecasters else [run for run in runs if run.name in SHOWN]
    key = {"unique_id": quick.unique_id, "cutoff": pd.Timestamp(cutoff)}
    scale = _naive_scale(quick)
    units = {run.name: run.units for run in shown if np.isfinite(run.units).all()}
    starts = [pd.Timestamp(week.week_start_date) for week in forecast.weekly_demand_curve]
    return [
        {**key, "ds": start, "model": name, "yhat": float(said[week]), "scale": scale}
        for name, said in units.items()
        for week, start in enumerate(starts)
    ] + _ensemble_rows(forecast, key, scale)


def _ensemble_rows(forecast: SeasonForecast, key: Row, scale: float) -> list[Row]:
    shown = DemandPaths(forecast.recipe)
    paths = shown.observed  # the spread's floor is no part of what is judged
    weekly = {level: whole_units(*paths.week_interval(level / 100)) for level in LEVELS}
    total = {level: whole_units(*paths.total_interval(level / 100)) for level in LEVELS}
    floor_low, floor_high = whole_units(*shown.total_interval(0.8))
    edges = np.quantile(paths.totals, [level / 100 for level in QUINTILES])
    quintiles = {f"total_q{level}": float(edge) for level, edge in zip(QUINTILES, edges, strict=True)}
    rows: list[Row] = []
    for week, units in enumerate(paths.mean):
        row: Row = {
            **key,
            "ds": pd.Timestamp(forecast.weekly_demand_curve[week].week_start_date),
            "model": ENSEMBLE,
            "yhat": float(units),
            "scale": scale,
        }
        for level in LEVELS:
            row |= {f"lo{level}": float(weekly[level][0][week]), f"hi{level}": float(weekly[level][1][week])}
            row |= {f"total_lo{level}": total[level][0], f"total_hi{level}": total[level][1]}
        row |= quintiles | {"total_floor_lo80": floor_low, "total_floor_hi80": floor_high}
        rows.append(row)
    return rows


def whole_units(lower: Floats | float, upper: Floats | float) -> tuple[Floats, Floats]:
    """The interval that a planner sees: units are whole, so it reaches to the next whole ones."""
    return np.floor(lower), np.ceil(upper)


def _naive_scale(quick: QuickForecasts) -> float:
    """What MASE divides by: the mean absolute seasonal difference, or weekly where there is no year."""
    history = quick.problem.history
    lag = 52 if len(history) > 60 else 1
    return float(np.abs(history[lag:] - history[:-lag]).mean())


def _frames(rows: list[Row], outcome: WeeklySeries) -> tuple[pd.DataFrame, pd.DataFrame]:
    weekly = with_outcome(pd.DataFrame(rows), outcome)
    bounds = [f"total_{side}{level}" for level in LEVELS for side in ("lo", "hi")]
    bounds += [f"total_q{level}" for level in QUINTILES] + ["total_floor_lo80", "total_floor_hi80"]
    totals = totals_of(weekly, bounds).rename(columns=lambda name: name.replace("total_", ""))
    return weekly.drop(columns=bounds), totals


def with_outcome(rows: pd.DataFrame, outcome: WeeklySeries) -> pd.DataFrame:
    """The rows with what was sold, `y`, in one fixed order."""
    parts = []
    for unique_id, part in rows.groupby("unique_id", sort=True):
        parts.append(part.assign(y=outcome.actual(str(unique_id), list(part["ds"]))))
    joined = pd.concat(parts, ignore_index=True)
    return joined.sort_values(["unique_id", "cutoff", "model", "ds"], kind="stable", ignore_index=True)


def totals_of(weekly: pd.DataFrame, bounds: list[str]) -> pd.DataFrame:
    """Season totals of series whose every week is known."""
    keys = ["unique_id", "cutoff", "model"]
    sums = weekly.groupby(keys, sort=True).agg(
        yhat=("yhat", "sum"),
        y=("y", lambda units: units.sum(skipna=False)),
        **{name: (name, "first") for name in bounds},
    )
    return sums.dropna(subset=["y"]).reset_index()


def join_peers(rows: BacktestRows, peers: PeerRows, sales: pd.DataFrame, plan: BacktestPlan) -> BacktestRows:
    """Put peers' forecasts beside ours: only what ours forecast too, against the same outcome."""
    keys = ["unique_id", "cutoff"]
    scales = rows.weekly.drop_duplicates(keys)[[*keys, "scale"]]
    with_scale = peers.weekly.merge(scales, on=keys, how="inner")
    scored = with_outcome(with_scale, weekly_series(sales, plan.level))
    weekly = pd.concat([rows.weekly, scored], ignore_index=True)
    weekly = weekly.sort_values(["unique_id", "cutoff", "model", "ds"], kind="stable", ignore_index=True)
    totals = pd.concat([rows.totals, totals_of(scored, [])], ignore_index=True)
    return BacktestRows(weekly, totals, rows.seconds | peers.seconds, peers.failed, peers.blind)
