"""The note on a season under way: how far off, in which direction, why, and what re-forecasting changes."""

from itertools import pairwise
from statistics import fmean, pstdev

from schemas.messages import Agent
from schemas.notes import AgentNote, NoteSource
from tasks.narration.facts import Cause, VarianceFacts
from tasks.narration.words import percent, units

UNLIKELY = 0.1
DRIFT_STEP = 0.05
ONE_WEEK_SHARE = 0.6
STEADY = 0.6
CAUSES: dict[Cause, str] = {
    "one_week": "One week makes most of it: an event, rather than a new level.",
    "level_shift": "The weeks are off by much the same: demand lies on another level than planned.",
    "drift": "The gap widens from week to week: demand is drifting away from the plan.",
    "stock_outs": "Stores were sold out, so sales understate demand.",
    "within_noise": "A deviation like this is within what the forecast expected to happen.",
}


def likely_cause(facts: VarianceFacts) -> Cause:
    """What the pattern of the weeks' variances looks like."""
    known = [value for value in facts.weekly if value is not None]
    if facts.stock_out_weeks and facts.variance < 0:
        return "stock_outs"
    if (
        facts.likelihood is not None
        and facts.likelihood > UNLIKELY
        and abs(facts.variance) <= facts.threshold
    ):
        return "within_noise"
    sizes = sorted((abs(value) for value in known), reverse=True)
    if len(sizes) > 1 and sizes[0] > ONE_WEEK_SHARE * sum(sizes):
        return "one_week"
    steps = [later - earlier for earlier, later in pairwise(known)]
    away = 1 if facts.variance > 0 else -1
    if len(steps) > 1 and fmean(steps) * away > DRIFT_STEP and all(step * away > 0 for step in steps):
        return "drift"
    if len(known) > 1 and pstdev(known) < STEADY * abs(fmean(known)):
        return "level_shift"
    return "level_shift" if abs(facts.variance) > facts.threshold else "within_noise"


def variance_note(facts: VarianceFacts) -> AgentNote:
    """The note of a week's variance check."""
    direction = "above" if facts.variance > 0 else "below"
    reasoning = (
        f"After week {facts.week}, {units(facts.actual)} units are sold "
        f"against {units(facts.forecast)} forecast: "
        f"{percent(abs(facts.variance))} {direction} plan, with {facts.weeks_left} weeks left."
    )
    factors = [CAUSES[likely_cause(facts)]]
    if facts.stock_out_weeks:
        factors.append(f"Sold out in week {', '.join(str(week) for week in facts.stock_out_weeks)}.")
    if facts.likelihood is not None:
        factors.append(f"The forecast gave a deviation of this size a chance of {percent(facts.likelihood)}.")
    last = facts.weekly[-1] if facts.weekly else None
    if last is not None:
        factors.append(
            f"The last week alone was {percent(abs(last))} {'above' if last > 0 else 'below'} plan."
        )
    return AgentNote(
        agent=Agent.DEMAND,
        subject="variance",
        source=NoteSource.RULES,
        reasoning=reasoning,
        key_factors=tuple(factors),
        risks=tuple(_consequences(facts)),
        questions=_asked(facts),
    )


def _consequences(facts: VarianceFacts) -> list[str]:
    if facts.new_total is not None and facts.old_total is not None:
        change = facts.new_total - facts.old_total
        more = "more" if change > 0 else "less"
        return [
            f"Re-forecasting moves the season from {units(facts.old_total)} "
            f"to {units(facts.new_total)} units, {units(abs(change))} {more}."
        ]
    if facts.reforecast:
        return [f"That is past the limit of {percent(facts.threshold)}: the weeks left are forecast again."]
    return [f"The limit is {percent(facts.threshold)}: the plan stands."]


def _asked(facts: VarianceFacts) -> tuple[str, ...]:
    if likely_cause(facts) == "one_week":
        return ("What happened in that week, and will it come again?",)
    return ()
