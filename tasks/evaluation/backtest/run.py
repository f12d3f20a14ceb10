"""Every series from every cutoff, in as many processes as asked for, with the same result for any number."""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from schemas.forecasts import SeasonForecast
from tasks.evaluation.backtest.clock import cpu_seconds
from tasks.evaluation.backtest.panel import BacktestPlan, WeeklySeries, weekly_series
from tasks.evaluation.backtest.peers import PeerRows
from tasks.evaluation.backtest.problems import QuickForecasts, as_panel, forecast_columns
from tasks.planning.demand.ensemble import combine
from tasks.planning.demand.forecast import try_forecaster
from tasks.planning.demand.forecasters import POOLED, POOLED_NAME, REFERENCE, SLOW, load_libraries
from tasks.planning.demand.forecasters.pooled import PooledFit
from tasks.planning.paths import DemandPaths
from tasks.planning.units import Floats

ENSEMBLE = "ensemble"
MEDIAN = "ensemble, median"  # the same distribution by its weekly medians
SHOWN = (*SLOW, REFERENCE, POOLED_NAME)  # beside the ensemble, where not all are asked for
LEVELS = (80, 95)
QUINTILES = (20, 40, 60, 80)  # where a season total lies among these says whether the distribution is true
CHUNK = 50
ALL_UP_TO = 100  # series; of more, a sample decides what the slow forecasters are worth
SAMPLE = 40
WORTH = 0.1  # mean weight that a slow forecaster must have in the sample
Progress = Callable[[int, int], None]
Row = dict[str, object]


@dataclass(frozen=True)
class BacktestRows:
    """What was forecast.

    Attributes:
        weekly, totals: a row a week, and a row a season, of every model that forecast.
        seconds: seconds per series by model.
        failed: of each peer that failed: on how many forecasts, and the first error.
        blind: peers that could see no season here, however their season length is set.
        spared: slow forecasters that a sample of the series found not worth their time for the others.
    """

    weekly: pd.DataFrame
    totals: pd.DataFrame
    seconds: dict[str, float]
    failed: dict[str, str] = field(default_factory=dict)
    blind: frozenset[str] = frozenset()
    spared: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Work:
    plan: BacktestPlan
    known: Mapping[date, WeeklySeries]
    all_forecasters: bool
    promotions: pd.DataFrame | None


@dataclass(frozen=True)
class _Chunk:
    """Some series at one cutoff, and the slow forecasters that are asked for them."""

    cutoff: date
    columns: tuple[int, ...]
    fit: PooledFit
    slow: tuple[str, ...]


@dataclass
class _Told:
    rows: list[Row]
    seconds: dict[str, list[float]]
    weights: list[dict[str, float]]


_work: list[_Work] = []  # what a worker process was started with


def run_backtest(
    sales: pd.DataFrame,
    plan: BacktestPlan,
    *,
    jobs: int = 1,
    all_forecasters: bool = False,
    promotions: pd.DataFrame | None = None,
    on_progress: Progress | None = None,
) -> BacktestRows:
    """Forecast every series of `sales` from every cutoff of `plan`, knowing only what was known then.

    Of many series, a sample decides which slow forecasters the others are spared.

    Args:
        promotions: the calendar, known in advance: category, start_date, end_date, discount, store_id.
    """
    known = {
        cutoff: weekly_series(sales, plan.level, before=cutoff + timedelta(days=7)) for cutoff in plan.cutoffs
    }
    outcome = weekly_series(sales, plan.level)
    columns = {cutoff: sampled_first(len(series.ids)) for cutoff, series in known.items()}
    count = sum(-(-len(part) // CHUNK) for parts in columns.values() for part in parts)
    told: list[_Told] = []
    with _asking(_Work(plan, known, all_forecasters, promotions), jobs) as ask:
        fits = dict(zip(known, ask(_fit_pool, list(known)), strict=True))
        for phase in (0, 1):
            slow = tuple(SLOW) if phase == 0 else _worth_their_time(told)
            chunks = [
                _Chunk(cutoff, part, fits[cutoff][0], slow)
                for cutoff, parts in columns.items()
                for part in _chunks(parts[phase])
            ]
            for found in ask(_forecast_chunk, chunks):
                told.append(found)
                if on_progress is not None:
                    on_progress(len(told), count)
    weekly, totals = _frames([row for part in told for row in part.rows], outcome)
    seconds = _mean_seconds(told, sum(spent for _, spent in fits.values()))
    spared = sorted(set(SLOW) - set(slow)) if any(parts[1] for parts in columns.values()) else []
    return BacktestRows(weekly, totals, seconds, spared=tuple(spared))


def sampled_first(series: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Columns that every forecaster is asked for, and the rest: of many, an even sample comes first."""
    everyone = range(series)
    if series <= ALL_UP_TO:
        return tuple(everyone), ()
    sample = sorted({int(place) for place in np.linspace(0, series - 1, SAMPLE).round()})
    return tuple(sample), tuple(column for column in everyone if column not in set(sample))


def _worth_their_time(told: Sequence[_Told]) -> tuple[str, ...]:
    """The slow forecasters that carry weight in what was forecast so far."""
    weights = [weight for part in told for weight in part.weights]
    mean = {name: float(np.mean([weight.get(name, 0.0) for weight in weights])) for name in SLOW}
    return tuple(name for name, weight in mean.items() if weight >= WORTH)


def _chunks(columns: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    for first in range(0, len(columns), CHUNK):
        yield columns[first : first + CHUNK]


def _mean_seconds(told: Sequence[_Told], fitting: float) -> dict[str, float]:
    """Seconds per series by model; the pooled fit's are shared by all."""
    spent: dict[str, list[float]] = {}
    for part in told:
        for model, values in part.seconds.items():
            spent.setdefault(model, []).extend(values)
    shared = fitting / max(len(spent[ENSEMBLE]), 1)
    means = {model: float(np.mean(values)) for model, values in spent.items() if values}
    return means | {ENSEMBLE: means[ENSEMBLE] + shared}


@contextmanager
def _asking(
    work: _Work, jobs: int
) -> Iterator[Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]]:
    """A `map` over this process or as many as asked for."""
    if jobs == 1:
        _start(work)
        yield map
        return
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tasks.evaluation.backtest.run"])
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_start, initargs=(work,)) as pool:
        yield pool.map


def _start(work: _Work) -> None:
    _work[:] = [work]
    load_libraries()  # so that no series pays for it in its seconds


def _fit_pool(cutoff: date) -> tuple[PooledFit, float]:
    """The pooled forecaster's fit of all that was known at a cutoff, and the seconds that it took."""
    began, plan = cpu_seconds(), _work[0].plan
    fit = POOLED.fit(as_panel(_work[0].known[cutoff]), country=plan.country, seed=plan.seed)
    return fit, cpu_seconds() - began


def _forecast_chunk(chunk: _Chunk) -> _Told:
    work = _work[0]
    told = _Told([], {ENSEMBLE: [], **{name: [] for name in chunk.slow}}, [])
    series = work.known[chunk.cutoff]
    for quick in forecast_columns(series, work.plan, chunk.cutoff, chunk.columns, chunk.fit, work.promotions):
        _forecast_one(quick, chunk, told)
    return told


def _forecast_one(quick: QuickForecasts, chunk: _Chunk, told: _Told) -> None:
    runs, spent = list(quick.runs), quick.seconds
    for name in chunk.slow:
        began = cpu_seconds()
        run = try_forecaster(name, quick.problem)
        told.seconds[name].append(cpu_seconds() - began)
        spent += told.seconds[name][-1]
        if run is not None:
            runs.append(run)
    began = cpu_seconds()
    forecast = combine(quick.problem, runs)
    told.seconds[ENSEMBLE].append(spent + cpu_seconds() - began)
    told.weights.append(forecast.model_weights)
    shown = runs if _work[0].all_forecasters else [run for run in runs if run.name in SHOWN]
    key = {"unique_id": quick.unique_id, "cutoff": pd.Timestamp(chunk.cutoff)}
    scale = _naive_scale(quick)
    said = {run.name: run.units for run in shown if np.isfinite(run.units).all()}
    said[MEDIAN] = np.median(DemandPaths(forecast.recipe).observed.weekly, axis=0)
    starts = [pd.Timestamp(week.week_start_date) for week in forecast.weekly_demand_curve]
    told.rows += [
        {**key, "ds": start, "model": name, "yhat": float(units[week]), "scale": scale}
        for name, units in said.items()
        for week, start in enumerate(starts)
    ]
    told.rows += _ensemble_rows(forecast, key, scale)


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
    return BacktestRows(weekly, totals, rows.seconds | peers.seconds, peers.failed, peers.blind, rows.spared)
