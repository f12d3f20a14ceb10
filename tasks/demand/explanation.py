"""The forecast taken apart for a planner: what each week is made of, which weeks matter, who said what."""

from collections.abc import Sequence

import numpy as np

from tasks.demand.defaults import DEFAULTS
from tasks.demand.members.base import MemberRun
from tasks.demand.problem import ForecastProblem
from tasks.demand.result import (
    BacktestSummary,
    Explanation,
    MemberNote,
    NotableWeek,
    TotalInterval,
    WeekComponents,
)
from tasks.demand.weights import Weighting

YEAR = DEFAULTS.season_weeks


def explain(
    problem: ForecastProblem, units: Sequence[int], runs: Sequence[MemberRun], weighting: Weighting
) -> Explanation:
    """Explain whole units per week, `units`, of shape (weeks,)."""
    components = _components(problem, units)
    return Explanation(
        components=components,
        notable_weeks=_notable(units),
        members=tuple(_note(run, weighting) for run in runs),
    )


def _components(problem: ForecastProblem, units: Sequence[int]) -> tuple[WeekComponents, ...]:
    history = problem.history
    level = round(float(history[-YEAR:].mean()))
    growth = 0.0
    if len(history) >= 2 * YEAR:
        growth = (history[-YEAR:].mean() - history[-2 * YEAR : -YEAR].mean()) / YEAR
    middle = YEAR / 2 + problem.gap
    parts = []
    for week, total in enumerate(units):
        trend = max(round(growth * (middle + week)), -level)
        parts.append(
            WeekComponents(
                week_number=week + 1, level=level, trend=trend, season=total - level - trend, holidays=0
            )
        )
    return tuple(parts)


def _notable(units: Sequence[int]) -> tuple[NotableWeek, ...]:
    mean = max(float(np.mean(units)), 1e-9)
    peak, trough = int(np.argmax(units)), int(np.argmin(units))
    notes = [
        NotableWeek(
            week_number=peak + 1,
            units=units[peak],
            why=f"the peak, {units[peak] / mean - 1:+.0%} on the season's mean",
        )
    ]
    if trough != peak:
        notes.append(
            NotableWeek(
                week_number=trough + 1,
                units=units[trough],
                why=f"the quietest, {units[trough] / mean - 1:+.0%} on the season's mean",
            )
        )
    return tuple(notes)


def _note(run: MemberRun, weighting: Weighting) -> MemberNote:
    return MemberNote(
        member=run.name,
        weight=weighting.weights[run.name],
        wape=weighting.wapes[run.name],
        total=round(float(run.path.sum())),
        why=weighting.why[run.name],
    )


def write_reasoning(
    units: Sequence[int],
    interval: TotalInterval,
    backtest: BacktestSummary,
    explanation: Explanation,
) -> str:
    """A planner's paragraph, by rule."""
    peak = explanation.notable_weeks[0]
    sentences = [
        f"{sum(units):,} units over {len(units)} weeks, {interval.level:.0%} sure to lie between "
        f"{interval.lower:,} and {interval.upper:,}.",
        f"Week {peak.week_number} is {peak.why} ({peak.units:,} units).",
    ]
    if backtest.wape is not None and backtest.naive_wape is not None:
        sentences.append(
            f"Over {backtest.origins} rehearsed seasons the same method was {backtest.wape:.1%} off a week, "
            f"repeating last year {backtest.naive_wape:.1%}."
        )
    leaders = sorted(explanation.members, key=lambda note: (-note.weight, note.member))[:2]
    named = " and ".join(f"{note.member} ({note.weight:.0%})" for note in leaders)
    sentences.append(f"Most weight went to {named}.")
    return " ".join(sentences)
