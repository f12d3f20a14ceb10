"""How much each member counts: inverse rehearsal error, pooled over origins and like categories."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tasks.demand.members.base import MemberRun
from tasks.demand.paths import Floats
from tasks.demand.problem import ForecastProblem

SHARPNESS = 3.0


@dataclass(frozen=True)
class Weighting:
    """Weights that sum to 1, by member, with each member's own rehearsed WAPE and why it got what it got."""

    weights: dict[str, float]
    wapes: dict[str, float | None]
    why: dict[str, str]


def actuals(problem: ForecastProblem) -> Floats:
    """What the rehearsed seasons really sold, shape (origins, series, weeks)."""
    starts = [origin + problem.gap for origin in problem.origins]
    blocks = [problem.panel[:, start : start + problem.weeks] for start in starts]
    return np.array(blocks).reshape(len(blocks), len(problem.panel), problem.weeks)


def weigh(problem: ForecastProblem, runs: Sequence[MemberRun]) -> Weighting:
    """Weigh members by (pooled relative error)^(−SHARPNESS); equal where nothing was rehearsed."""
    truth = actuals(problem)
    scale = np.maximum(truth.sum(axis=2), 1e-9)
    errors = {run.name: np.abs(run.rehearsals - truth).sum(axis=2) / scale for run in runs}
    wapes = {name: _wape(error[:, 0], scale[:, 0]) for name, error in errors.items()}
    if not problem.origins:
        even = {run.name: 1 / len(runs) for run in runs}
        return Weighting(
            even, wapes, dict.fromkeys(even, "no season fits the history twice, so all count alike")
        )
    middle = np.nanmedian(np.stack(list(errors.values())), axis=0)
    scores = {name: _relative(error, middle) for name, error in errors.items()}
    raw = {name: score**-SHARPNESS for name, score in scores.items()}
    total = sum(raw.values())
    weights = {name: value / total for name, value in raw.items()}
    why = {name: f"{scores[name]:.2f} times the middle member's error in rehearsals" for name in scores}
    return Weighting(weights, wapes, why)


def _relative(error: Floats, middle: Floats) -> float:
    """Geometric mean ratio of a member's error to the middle member's, own series counting half."""
    ratio = np.log(np.maximum(error, 1e-3) / np.maximum(middle, 1e-3))
    own, pooled = ratio[:, 0], ratio[:, 1:]
    own_mean = float(np.nanmean(own)) if np.isfinite(own).any() else 0.0
    pooled_mean = float(np.nanmean(pooled)) if np.isfinite(pooled).any() else own_mean
    return float(np.exp(0.5 * own_mean + 0.5 * pooled_mean))


def _wape(errors: Floats, scale: Floats) -> float | None:
    known = np.isfinite(errors)
    return float((errors[known] * scale[known]).sum() / scale[known].sum()) if known.any() else None


def combine_rehearsals(weights: dict[str, float], runs: Sequence[MemberRun]) -> Floats:
    """The weighted rehearsals, shape (origins, series, weeks); members that were not asked are left out."""
    stack = np.stack([run.rehearsals for run in runs])
    share = np.array([weights[run.name] for run in runs])[:, None, None, None] * np.isfinite(stack)
    return np.asarray(np.nansum(stack * share, axis=0) / np.maximum(share.sum(axis=0), 1e-12))
