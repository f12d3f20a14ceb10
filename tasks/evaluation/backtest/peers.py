"""Other methods on the same histories, for comparison only: an optional extra.

Where a peer fails, that is reported and it has no figures there; nothing stands in for it.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import numpy as np
import pandas as pd

from schemas.errors import InvalidInputError
from tasks.evaluation.backtest.boosted import forecast_boosted
from tasks.evaluation.backtest.clock import cpu_seconds
from tasks.evaluation.backtest.panel import BacktestPlan, WeeklySeries, recorded_weeks, weekly_series
from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.demand.forecasters.base import ignore_warnings_of
from tasks.planning.demand.repair import fill_gaps

logger = logging.getLogger(__name__)
YEAR = DEFAULTS.season_weeks
LEVELS = [80, 95]
STATSFORECAST = ("SeasonalNaive", "AutoETS", "MSTL", "DynamicOptimizedTheta", "AutoCES")
MEANS = {
    "mean of MSTL and SeasonalNaive": ("MSTL", "SeasonalNaive"),
    "mean of four": ("SeasonalNaive", "AutoETS", "MSTL", "DynamicOptimizedTheta"),
}
BOOSTED = "LightGBM"
PEERS = (*STATSFORECAST, *MEANS, BOOSTED)
WHOLE_UNITS = {"AutoCES"}  # statsforecast 2.0.1 cannot compile it for floats with numpy 2.4
# Weeks of history below which a model drops the season; statsforecast has no exponential smoothing above 24.
BLIND_BELOW = {"AutoETS": np.inf, "DynamicOptimizedTheta": 2 * YEAR, "AutoCES": 2 * YEAR}
KEYS = ["unique_id", "ds"]
Progress = Callable[[int, int], None]
# unique_id, ds, y and weeks ahead → unique_id, ds, yhat and, where the peer has them, lo80, hi80, lo95, hi95.
Peer = Callable[[pd.DataFrame, int], pd.DataFrame]


@dataclass(frozen=True)
class PeerRows:
    """What the peers said.

    Attributes:
        weekly: unique_id, cutoff, ds, model, yhat, lo80, hi80, lo95, hi95.
        seconds: seconds per series by model, without the time that compiling takes once.
        failed: of each peer that failed: on how many forecasts, and the first error.
        blind: peers that could see no season on some of these histories, however their season length is set.
    """

    weekly: pd.DataFrame
    seconds: dict[str, float]
    failed: dict[str, str]
    blind: frozenset[str]


def run_peers(
    sales: pd.DataFrame, plan: BacktestPlan, *, jobs: int = 1, on_progress: Progress | None = None
) -> PeerRows:
    """Forecast with every peer at season length 52 from every cutoff of `plan`.

    Raises:
        InvalidInputError: the extra `peers` is not installed.
    """
    histories = {
        cutoff: history_frame(weekly_series(sales, plan.level, before=cutoff + timedelta(days=7)))
        for cutoff in plan.cutoffs
    }
    ignore_warnings_of("statsforecast", "mlforecast", "sklearn")
    peers = _peers(plan, jobs)
    count = sum(history["unique_id"].nunique() for history in histories.values())
    said, seconds, failed = {}, {}, {}
    for done, (name, peer) in enumerate(peers.items(), start=1):
        _forecast(peer, _warm_up_frame(), plan)
        began = cpu_seconds()
        found = [(cutoff, *_forecast(peer, history, plan)) for cutoff, history in histories.items()]
        seconds[name] = (cpu_seconds() - began) / count
        said[name] = pd.concat([_season(frame, cutoff, plan) for cutoff, frame, _ in found])
        errors = [error for _, _, errors in found for error in errors]
        if errors:
            failed[name] = f"{len(errors)} of {count} forecasts, {errors[0]}"
        if on_progress is not None:
            on_progress(done, len(peers))
    for name, parts in MEANS.items():
        said[name] = _mean([said[part] for part in parts])
        seconds[name] = sum(seconds[part] for part in parts)
        broken = [part for part in parts if part in failed]
        if broken:
            failed[name] = f"where {', '.join(broken)} did"
    weekly = pd.concat([frame.assign(model=name) for name, frame in said.items()], ignore_index=True)
    return PeerRows(weekly, seconds, failed, _blind(histories.values()))


def history_frame(series: WeeklySeries) -> pd.DataFrame:
    """unique_id, ds, y of every series from its first row on, gaps filled as for our own forecasters."""
    parts = []
    for column, unique_id in enumerate(series.ids):
        units = series.units[:, column]
        first = int((~np.isnan(units)).argmax())
        if np.isnan(units).all() or len(units) - first < DEFAULTS.min_history:
            continue
        filled = fill_gaps(recorded_weeks(units[first:]))
        parts.append(pd.DataFrame({"unique_id": unique_id, "ds": series.starts[first:], "y": filled}))
    return pd.concat(parts, ignore_index=True)


def statsforecast_peer(name: str, jobs: int) -> Peer:
    """One model of statsforecast at season length 52, without its fallback, which would hide a failure.

    Raises:
        InvalidInputError: the extra `peers` is not installed.
    """
    try:
        from statsforecast import StatsForecast, models
    except ImportError as error:
        raise InvalidInputError("--peers needs statsforecast: install the extra `peers`.") from error
    engine = StatsForecast([getattr(models, name)(season_length=YEAR)], freq="7D", n_jobs=jobs)

    def forecast(history: pd.DataFrame, weeks: int) -> pd.DataFrame:
        if name in WHOLE_UNITS:
            history = history.assign(y=history["y"].round().astype(int))
        found: pd.DataFrame = engine.forecast(df=history, h=weeks, level=LEVELS)
        columns = [*KEYS, "yhat"] + [f"{side}{level}" for level in LEVELS for side in ("lo", "hi")]
        mean = next(column for column in found.columns if column not in KEYS and "-" not in column)
        bounds = [f"{mean}-{side}-{level}" for level in LEVELS for side in ("lo", "hi")]
        return found[[*KEYS, mean, *bounds]].set_axis(columns, axis=1)

    return forecast


def _peers(plan: BacktestPlan, jobs: int) -> Mapping[str, Peer]:
    """Those that forecast by themselves, by name."""
    rows = {name: statsforecast_peer(name, jobs) for name in STATSFORECAST}
    return {**rows, BOOSTED: partial(forecast_boosted, country=plan.country, seed=plan.seed)}


def _forecast(peer: Peer, history: pd.DataFrame, plan: BacktestPlan) -> tuple[pd.DataFrame, list[str]]:
    """Gap and season of every series, and an error for each series that the peer could not forecast."""
    weeks = plan.gap + plan.weeks
    try:
        return _checked(peer(history, weeks)), []
    except Exception:
        logger.info("A peer failed on a panel; asking it series by series", exc_info=True)
    parts, errors = [], []
    for _, series in history.groupby("unique_id"):
        try:
            parts.append(_checked(peer(series, weeks)))
        except Exception as error:  # whatever a library raises is what the table must show
            logger.info("A peer failed on a series", exc_info=True)
            errors.append(_first_line(error))
    empty = pd.DataFrame({"unique_id": [], "ds": pd.DatetimeIndex([]), "yhat": []})
    return pd.concat(parts) if parts else empty, errors


def _checked(forecast: pd.DataFrame) -> pd.DataFrame:
    numbers = [column for column in forecast.columns if column not in KEYS]
    forecast[numbers] = forecast[numbers].astype(float).clip(lower=0.0)
    if forecast["yhat"].isna().any():
        raise ValueError("no number for some weeks")
    return forecast


def _season(forecast: pd.DataFrame, cutoff: date, plan: BacktestPlan) -> pd.DataFrame:
    season = forecast[forecast["ds"] >= pd.Timestamp(plan.season_start(cutoff))]
    return season.assign(cutoff=pd.Timestamp(cutoff))


def _mean(forecasts: list[pd.DataFrame]) -> pd.DataFrame:
    """The mean of point forecasts, where all are there; a mean has no interval of its own."""
    groups = pd.concat(forecasts).groupby([*KEYS, "cutoff"], sort=True)["yhat"].agg(["mean", "size"])
    whole = groups[groups["size"] == len(forecasts)]
    return whole["mean"].rename("yhat").reset_index()


def _blind(histories: Iterable[pd.DataFrame]) -> frozenset[str]:
    shortest = min(history.groupby("unique_id").size().min() for history in histories)
    return frozenset(name for name, weeks in BLIND_BELOW.items() if shortest < weeks)


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:100]}" if text else type(error).__name__


def _warm_up_frame() -> pd.DataFrame:
    """Two and a half made-up years, so that compiling is not counted as forecasting."""
    weeks = 130
    units = np.round(100 + 20 * np.sin(np.arange(weeks) / YEAR * 2 * np.pi) + np.arange(weeks) % 7)
    return pd.DataFrame(
        {"unique_id": "warm-up", "ds": pd.date_range("2020-01-06", periods=weeks, freq="7D"), "y": units}
    )
