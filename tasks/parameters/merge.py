"""The rules' reading and a language model's, put together so that the model can never decide alone.

A model's value counts only if its quote stands in the text and, read by the rules' own readers, gives that
value. Two readers that agree settle a field; where the rules ask and the model is proved, its value is taken
at medium; where both are sure and differ, the planner is asked, and so she is where only she can know.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from schemas.extraction import EXTRACTED_FIELDS, FieldSource
from schemas.parameters import DEFAULT_HORIZON_WEEKS, Confidence
from tasks.parameters.frames import CHECKPOINT, WEEKS
from tasks.parameters.proof import Reader, in_bounds, same
from tasks.parameters.questions import describe, plain_value
from tasks.parameters.reading import Ask, Found, Outcome, Value
from tasks.parameters.rules import instructions_in
from tasks.parameters.statements import AFTER_THE_END

Said = tuple[object, str | None]
AGREED = 2
DIFFER = "“{own}” was read as {ours}, but “{quote}” may say {theirs}: which one?"


def merge(rules: Outcome, said: Mapping[str, Said], text: str, reader: Reader) -> Outcome:
    """Put what the rules read and what the model said together.

    Args:
        rules: what the rules read.
        said: by parameter, the model's value and the words that it was read from.
        text: the planner's text, in which those words must occur.
        reader: reads the model's quotes.
    """
    found = dict(rules.found)
    proved = dict[str, str]()
    for name in EXTRACTED_FIELDS:
        value, quote = said.get(name, (None, None))
        fits, bounded = in_bounds(name, value, _weeks(found), reader.calendar)
        if (
            not quote
            or not fits
            or not _stands(text, quote)
            or not _proves(reader, name, bounded, quote, _weeks(found))
        ):
            continue
        found[name], agreed = _settled(name, found[name], bounded, quote)
        if agreed:
            proved[name] = quote
    return _explained(rules, _within_season(found), proved)


def _settled(name: str, own: Found, value: Value, quote: str) -> tuple[Found, bool]:
    """The field after the model has spoken, and whether both now say the same."""
    if any(ask.firm for ask in own.asks):
        return own, False
    if own.stated and own.usable and same(own.value, value):
        return replace(own, asks=(), confidence=Confidence.MEDIUM if own.asks else own.confidence), True
    if own.stated and own.usable and not own.asks:
        ours, theirs = describe(name, plain_value(own.value)), describe(name, plain_value(value))
        asked = DIFFER.format(own=own.quote, ours=ours, quote=quote, theirs=theirs)
        return replace(own, asks=(Ask(asked, options=(own.value, value)),), confidence=Confidence.LOW), False
    return Found(value, quote, Confidence.MEDIUM, (), True, True, FieldSource.LLM), True


def _proves(reader: Reader, name: str, value: Value, quote: str, weeks: int) -> bool:
    stated = reader.stated(name, quote, weeks)
    if stated is not None and same(stated.value, value):
        return True
    return any(same(one, value) for one in reader.counted(name, quote))


def _weeks(found: Mapping[str, Found]) -> int:
    value = found[WEEKS].value
    return value if isinstance(value, int) else DEFAULT_HORIZON_WEEKS


def _stands(text: str, quote: str) -> bool:
    """Whether the quote stands in the text, whatever its capitals and spaces, outside any instruction."""
    words = quote.split()
    pattern = r"(?<!\w)" + r"\s+".join(re.escape(word) for word in words) + r"(?!\w)"
    match = re.search(pattern, text, re.IGNORECASE) if words else None
    return match is not None and not any(
        start < match.end() and match.start() < end for start, end in instructions_in(text)
    )


def _within_season(found: dict[str, Found]) -> dict[str, Found]:
    """A checkpoint may lie after the last of the weeks that the model read."""
    week, weeks = found[CHECKPOINT], _weeks(found)
    if not isinstance(week.value, int) or week.value <= weeks:
        return found
    asked = Ask(AFTER_THE_END.format(quote=week.quote, weeks=weeks), firm=True)
    return {**found, CHECKPOINT: replace(week, value=None, usable=False, asks=(asked,))}


def _explained(rules: Outcome, found: dict[str, Found], proved: Mapping[str, str]) -> Outcome:
    """What no reading explains is unused where both readers agree on all that was read."""
    stated = {name for name, one in found.items() if one.stated}
    outcome = replace(rules, found=found)
    if len(proved) < min(AGREED, len(stated)) or not proved or not stated <= {*proved}:
        return outcome
    told = tuple(ask.about for ask in rules.general if not ask.firm and ask.about)
    firm = tuple(ask for ask in rules.general if ask.firm)
    return replace(outcome, general=firm, unused=(*rules.unused, *told))
