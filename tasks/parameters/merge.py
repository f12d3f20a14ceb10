"""The rules' reading and a language model's, put together so that the model can never decide alone.

A value of the model is taken only if it is in bounds, if its quote stands in the text, and if the rules are
silent about that parameter. Where both speak and differ, the rules' value stays and the planner is asked.
"""

import re
from collections.abc import Mapping
from datetime import date

from schemas.extraction import ExtractedField, Extraction, FieldSource, ModelUsage
from schemas.parameters import MAX_HORIZON_WEEKS, Confidence, ReplenishmentStrategy
from tasks.parameters.assemble import assemble, describe
from tasks.parameters.rules import NOTHING_FOUND, instructions_in

Said = tuple[float | str | None, str | None]
SAME = 0.005
FRACTIONS = frozenset({"dc_holdback_percentage", "markdown_threshold"})
_ASKED_ABOUT = re.compile(r"^What does “(.*)” mean|^“(.*)” is mentioned, but")


def merge(
    rules: Extraction, said: Mapping[str, Said], text: str, *, usage: ModelUsage | None = None
) -> Extraction:
    """Put the rules' extraction and what the model said together.

    Args:
        rules: what the rules read; it always stands.
        said: by parameter, the model's value and the words that it was read from.
        text: the planner's text, in which those words must occur.
        usage: what the model took.
    """
    fields = dict(rules.fields)
    questions = list(rules.clarifications)
    taken: list[tuple[int, int]] = []
    for name, own in rules.fields.items():
        value, quote = said.get(name, (None, None))
        place = find_quote(text, quote)
        bounded = in_bounds(name, value, fields)
        if bounded is None or place is None or quote is None or _is_instruction(text, place):
            continue
        if own.source is FieldSource.RULES:
            if not _same(own.value, bounded):
                fields[name] = own.model_copy(update={"confidence": Confidence.LOW})
                questions.append(_disagreement(name, own, bounded, quote))
        elif own.quote is None and own.confidence is not Confidence.LOW and _states(name, bounded, quote):
            fields[name] = ExtractedField(
                value=bounded, source=FieldSource.LLM, quote=quote, confidence=Confidence.MEDIUM
            )
            taken.append(place)
    questions += _checkpoint_left_outside(fields)
    left = [question for question in questions if not (taken and _is_answered(question, text, taken))]
    return assemble(fields, left, usage=usage)


def _checkpoint_left_outside(fields: dict[str, ExtractedField]) -> list[str]:
    """A checkpoint of the rules may lie after the last of the weeks that the model read."""
    week, weeks = fields["markdown_checkpoint_week"], fields["forecast_horizon_weeks"]
    if week.value is None or int(week.value) <= int(weeks.value or 0):
        return []
    changed = {"value": None, "source": FieldSource.DEFAULT, "confidence": Confidence.LOW}
    fields["markdown_checkpoint_week"] = week.model_copy(update=changed)
    return [f"“{week.quote}” lies after the last of {weeks.value} weeks: when is sell-through checked?"]


def _disagreement(name: str, own: ExtractedField, value: float | str, quote: str) -> str:
    ours, theirs = describe(name, own.value), describe(name, value)
    return f"“{own.quote}” was read as {ours}, but “{quote}” may say {theirs}: which one?"


def find_quote(text: str, quote: str | None) -> tuple[int, int] | None:
    """Where a quote stands in a text, whatever its capitals and spaces; None where it does not."""
    words = (quote or "").split()
    if not words:
        return None
    pattern = r"(?<!\w)" + r"\s+".join(re.escape(word) for word in words) + r"(?!\w)"
    match = re.search(pattern, text, re.IGNORECASE)
    return match.span() if match else None


def in_bounds(
    name: str, value: float | str | None, fields: Mapping[str, ExtractedField]
) -> int | float | str | None:
    """The value in its own type, or None where the parameter cannot take it."""
    if name == "season_start_date":
        return _iso_day(value)
    if name == "replenishment_strategy":
        return value if isinstance(value, str) and value in set(ReplenishmentStrategy) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return None
    if name in FRACTIONS:
        return round(float(value), 4) if 0 <= value <= 1 else None
    weeks = fields["forecast_horizon_weeks"].value
    most = MAX_HORIZON_WEEKS if name == "forecast_horizon_weeks" else int(weeks or 0)
    return int(value) if value == int(value) and 1 <= value <= most else None


def _iso_day(value: float | str | None) -> str | None:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        return None


def _same(ours: int | float | str | None, theirs: int | float | str) -> bool:
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        return abs(ours - theirs) <= SAME
    return ours == theirs


def _states(name: str, value: int | float | str, quote: str) -> bool:
    """Whether figures in the quote, where it has any, can give the value: a share, or what is left of it."""
    figures = [float(figure) for figure in re.findall(r"\d+(?:\.\d+)?", quote)]
    if name not in FRACTIONS or not figures or not isinstance(value, int | float):
        return name not in FRACTIONS or not isinstance(value, int | float) or not figures
    shares = [figure / 100 for figure in figures] + figures
    return any(abs(value - share) <= SAME or abs(value - (1 - share)) <= SAME for share in shares)


def _is_instruction(text: str, place: tuple[int, int]) -> bool:
    return any(start < place[1] and place[0] < end for start, end in instructions_in(text))


def _is_answered(question: str, text: str, taken: list[tuple[int, int]]) -> bool:
    """Whether what the rules could not place is what the model's value was read from."""
    if question == NOTHING_FOUND:
        return True
    match = _ASKED_ABOUT.match(question)
    words = find_quote(text, (match[1] or match[2]) if match else None)
    return words is not None and any(start < words[1] and words[0] < end for start, end in taken)
