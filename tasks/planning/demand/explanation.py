"""The forecast taken apart for a planner: what each week is made of, which weeks matter, who said what."""

from collections.abc import Sequence

import numpy as np

from schemas.forecasts import (
    BacktestSummary,
    Explanation,
    ForecasterNote,
    NotableWeek,
    TotalInterval,
    WeekComponents,
)
from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.demand.forecasters.base import PointForecast
from tasks.planning.demand.holiday_weeks import holiday_names
from tasks.planning.demand.problem import ForecastProblem
from tasks.planning.demand.weights import Weighting
from tasks.planning.units import Floats

YEAR = DEFAULTS.season_weeks


def explain(
    problem: ForecastProblem, units: Sequence[int], runs: Sequence[PointForecast], weighting: Weighting
) -> Explanation:
    """Explain whole units per week, `units`, of shape (weeks,)."""
    components = _components(problem, units)
    return Explanation(
        components=components,
        notable_weeks=_notable(units, components),
        members=tuple(_note(run, weighting) for run in runs),
    )


def _components(problem: ForecastProblem, units: Sequence[int]) -> tuple[WeekComponents, ...]:
    """Level: the last year's mean week. Trend: its growth, carried on. Holidays: what their weeks have over
    the weeks around them. Promotions: what they are to move. Season: the rest."""
    length = len(problem.history)
    history = problem.base(length)[0]
    level = round(float(history[-YEAR:].mean()))
    moved = 1 - 1 / problem.promotion_factors(length)[0, length + problem.gap :]
    promotions = [round(float(total * share)) for total, share in zip(units, moved, strict=True)]
    names = holiday_names(
        problem.country, [problem.week_start(length + problem.gap + week) for week in range(len(units))]
    )
    lifts = _holiday_lifts([total - part for total, part in zip(units, promotions, strict=True)], names)
    parts = []
    for week, total in enumerate(units):
        trend = max(round(_weekly_growth(history) * (YEAR / 2 + problem.gap + week)), -level)
        parts.append(
            WeekComponents(
                week_number=week + 1,
                level=level,
                trend=trend,
                season=total - level - trend - lifts[week] - promotions[week],
                holidays=lifts[week],
                promotions=promotions[week],
                holiday_names=names[week],
            )
        )
    return tuple(parts)


def _weekly_growth(history: Floats) -> float:
    """Units that a week gains on the week before it, from the last year against the one before."""
    if len(history) < 2 * YEAR:
        return 0.0
    return float(history[-YEAR:].mean() - history[-2 * YEAR : -YEAR].mean()) / YEAR


def _holiday_lifts(units: Sequence[int], names: Sequence[tuple[str, ...]]) -> list[int]:
    plain = [week for week, found in enumerate(names) if not found]
    if not plain:
        return [0] * len(units)
    around = np.interp(np.arange(len(units)), plain, [units[week] for week in plain])
    return [
        total - round(float(level)) if found else 0
        for total, level, found in zip(units, around, names, strict=True)
    ]


def _notable(units: Sequence[int], components: Sequence[WeekComponents]) -> tuple[NotableWeek, ...]:
    """The peak, the quietest week and the holiday that moves the most, each week once."""
    mean = max(float(np.mean(units)), 1e-9)
    peak, trough = int(np.argmax(units)), int(np.argmin(units))
    holiday = int(np.argmax([abs(part.holidays) for part in components]))
    why = {peak: f"the peak, {units[peak] / mean - 1:+.0%} on the season's mean"}
    why.setdefault(trough, f"the quietest, {units[trough] / mean - 1:+.0%} on the season's mean")
    lift = components[holiday].holidays
    if lift:
        why.setdefault(
            holiday, f"{', '.join(components[holiday].holiday_names)}, {lift:+,} on the weeks around it"
        )
    return tuple(NotableWeek(week_number=week + 1, units=units[week], why=text) for week, text in why.items())


def _note(run: PointForecast, weighting: Weighting) -> ForecasterNote:
    return ForecasterNote(
        member=run.name,
        weight=weighting.weights[run.name],
        wape=weighting.wapes[run.name],
        total=round(float(run.units.sum())),
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
            f"Over {backtest.origins} backtested seasons the same method was {backtest.wape:.1%} off a week, "
            f"repeating last year {backtest.naive_wape:.1%}."
        )
    leaders = sorted(explanation.members, key=lambda note: (-note.weight, note.member))[:2]
    named = " and ".join(f"{note.member} ({note.weight:.0%})" for note in leaders)
    sentences.append(f"Most weight went to {named}.")
    return " ".join(sentences)
