"""Forecasters into one point forecast: those that look at a series alone blended, the pooled one mixed in.

The pooled forecaster corrects the others' median, so it is no voice among them: its share is what would have
served best in the backtest, over the category's own seasons and those of its like.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tasks.planning.demand.forecasters import POOLED_NAME
from tasks.planning.demand.forecasters.base import PointForecast
from tasks.planning.demand.problem import ForecastProblem
from tasks.planning.demand.weights import OWN_SHARE, Weighting, actuals, blend, wape, weigh
from tasks.planning.units import Floats

SHARES = np.linspace(0.0, 1.0, 11)
DOUBT = 0.3  # ÷ √seasons: what a whole share must win, since the others chose their weights on these


@dataclass(frozen=True)
class Mixture:
    """The point forecast of the season, (weeks,), its backtest, (origins, series, weeks), and the weights."""

    units: Floats
    backtest: Floats
    weighting: Weighting


def mix(problem: ForecastProblem, runs: Sequence[PointForecast]) -> Mixture:
    """Weigh and blend the forecasters that say something; at least one."""
    pooled = next((run for run in runs if run.name == POOLED_NAME), None)
    alone = [run for run in runs if run is not pooled] or list(runs)
    weighting = weigh(problem, alone)
    shares = np.array([weighting.weights[run.name] for run in alone])
    units, past = (
        blend(shares, np.stack(said), weighting.uneven)
        for said in ([run.units for run in alone], [run.backtest for run in alone])
    )
    if pooled is None or pooled in alone:
        return Mixture(units, past, weighting)
    truth = actuals(problem)
    share = pooled_share(past, pooled.backtest, truth)
    known = np.where(np.isfinite(pooled.backtest), pooled.backtest, past)
    return Mixture(
        (1 - share) * units + share * pooled.units,
        (1 - share) * past + share * known,
        _with_pooled(weighting, share, wape(pooled.backtest[:, 0], truth[:, 0])),
    )


def pooled_share(others: Floats, pooled: Floats, truth: Floats) -> float:
    """The share of the pooled forecast, 0 to 1, with the least error in the backtest.

    All of shape (origins, series, weeks), NaN where not asked. Errors are relative to each series' mean week;
    what was never backtested has earned nothing.
    """
    asked = np.isfinite(pooled) & np.isfinite(truth) & np.isfinite(others)
    weeks = np.maximum(asked.sum(axis=(0, 2)), 1)
    size = np.where(asked, truth, 0.0).sum(axis=(0, 2)) / weeks
    losses = []
    for share in SHARES:
        misses = np.where(asked, np.abs((1 - share) * others + share * pooled - truth), 0.0)
        relative = misses.sum(axis=(0, 2)) / weeks / np.maximum(size, 1e-9)
        losses.append(OWN_SHARE * relative[0] + (1 - OWN_SHARE) * relative.mean())
    seasons = max(int(asked.any(axis=2).sum()), 1)
    return float(SHARES[np.argmin(np.array(losses) * (1 + DOUBT / np.sqrt(seasons) * SHARES))])


def _with_pooled(weighting: Weighting, share: float, error: float | None) -> Weighting:
    told = f"{share:.0%} of it would have served best in backtests"
    return replace(
        weighting,
        weights={name: weight * (1 - share) for name, weight in weighting.weights.items()}
        | {POOLED_NAME: share},
        wapes=weighting.wapes | {POOLED_NAME: error},
        why=weighting.why | {POOLED_NAME: told},
    )
