"""What a check of a season under way says: how far off, in which direction, why, and what follows."""

from collections.abc import Iterator
from itertools import pairwise
from statistics import fmean, pstdev

from tasks.narration.facts import Cause, Fact, Part, VarianceFacts
from tasks.narration.words import percent, units

UNLIKELY = 0.1
DRIFT_STEP = 0.05
ONE_WEEK_SHARE = 0.6
STEADY = 0.6
CAUSES: dict[Cause, str] = {
    "one_week": "one week makes most of it: an event, rather than a new level",
    "level_shift": "the weeks are off by much the same: demand lies on another level than planned",
    "drift": "the gap widens from week to week: demand is drifting away from the plan",
    "stock_outs": "stores were sold out, so sales understate demand",
    "within_noise": "a deviation like this is within what the forecast expected to happen",
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


def variance_facts(facts: VarianceFacts) -> Iterator[Fact]:
    """What a week's variance check has to say."""
    direction, size = ("above" if facts.variance > 0 else "below"), percent(abs(facts.variance))
    against = f"{units(facts.actual)} units are sold against {units(facts.forecast)} forecast"
    yield Fact("sold", f"after week {facts.week}, {against}", Part.REASONING)
    left = f"with {facts.weeks_left} weeks left"
    yield Fact("variance", f"that is {size} {direction} plan, {left}", Part.REASONING)
    cause = likely_cause(facts)
    yield Fact("cause", CAUSES[cause])
    if facts.stock_out_weeks:
        weeks = ", ".join(str(week) for week in facts.stock_out_weeks)
        yield Fact("sold_out", f"sold out in week {weeks}")
    if facts.likelihood is not None:
        said = f"the forecast gave a deviation of this size a chance of {percent(facts.likelihood)}"
        yield Fact("likelihood", said)
    last = facts.weekly[-1] if facts.weekly else None
    if last is not None:
        off = f"{percent(abs(last))} {'above' if last > 0 else 'below'} plan"
        yield Fact("last_week", f"the last week alone was {off}")
    limit = f"the limit of {percent(facts.threshold)}"
    called = "the weeks left are forecast again" if facts.reforecast else "the plan stands"
    past = "past" if abs(facts.variance) > facts.threshold else "within"
    yield Fact("limit", f"that is {past} {limit}: {called}", Part.RISK)
    if cause == "one_week":
        asked = "what happened in that week, and will it come again?"
        yield Fact("what_happened", asked, Part.QUESTION)
