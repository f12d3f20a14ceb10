"""The planner's answers to what was asked, applied to what was read."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from schemas.errors import InvalidInputError
from schemas.extraction import EXTRACTED_FIELDS, Answer
from schemas.parameters import DEFAULT_HORIZON_WEEKS, Confidence
from tasks.parameters.frames import WEEKS
from tasks.parameters.proof import Reader, in_bounds
from tasks.parameters.questions import CONFIRM, WHOLE
from tasks.parameters.reading import Ask, Found, Outcome, Value

YES = frozenset({CONFIRM, "yes", "y", "ok", "ja", "oui", "si", "sí"})
NOT_READ = "“{answer}” was not understood. {before}"


def checked(answers: Sequence[Answer]) -> dict[str, int | float | str | None]:
    """The answers by what they answer; the last of two to one question counts.

    Raises:
        InvalidInputError: an id that no question has.
    """
    known = {*EXTRACTED_FIELDS, WHOLE}
    strange = [answer.id for answer in answers if answer.id not in known]
    if strange:
        raise InvalidInputError(
            f"no question has the id {strange[0]!r}; the ids are {', '.join(sorted(known))}"
        )
    return {answer.id: answer.value for answer in answers}


def read_answers(answers: Mapping[str, int | float | str | None], reader: Reader) -> dict[str, Found]:
    """What each answer says, the weeks first: the week of a checkpoint lies within them."""
    read = dict[str, Found]()
    for name in EXTRACTED_FIELDS:
        if name in answers:
            weeks = read[WEEKS].value if WEEKS in read else None
            read[name] = _read(
                name, answers[name], reader, weeks if isinstance(weeks, int) else DEFAULT_HORIZON_WEEKS
            )
    return read


def _read(name: str, answer: int | float | str | None, reader: Reader, weeks: int) -> Found:
    """An option's value as it is; words by the rules' own readers; null takes the default."""
    quote = str(answer)
    fits, value = in_bounds(name, answer, weeks, reader.calendar)
    if fits:
        return Found(value, quote, Confidence.HIGH, (), True, True)
    if answer is None:
        return Found()
    found = reader.stated(name, quote, weeks) if isinstance(answer, str) else None
    return replace(found, quote=quote) if found else Found(quote=quote, asks=(Ask(quote, firm=True),))


def known_values(read: Mapping[str, Found]) -> dict[str, Value]:
    """What the answers settle, for the rules to reckon with."""
    return {name: found.value for name, found in read.items() if found.usable}


def apply_answers(
    outcome: Outcome, read: Mapping[str, Found], whole: int | float | str | None, reader: Reader
) -> Outcome:
    """What was read, with the answers in place of it; one that says nothing leaves its question open."""
    found = dict(outcome.found)
    for name, one in read.items():
        before = " ".join(ask.text for ask in found[name].asks)
        asked = tuple(
            Ask(NOT_READ.format(answer=ask.text, before=before).strip(), firm=True) for ask in one.asks
        )
        found[name] = replace(one, asks=asked) if not asked else replace(found[name], asks=asked)
    if whole is None:
        return replace(outcome, found=found)
    said = str(whole).strip()
    more = {name: reader.stated(name, said, DEFAULT_HORIZON_WEEKS) for name in EXTRACTED_FIELDS}
    stated = {name: one for name, one in more.items() if one is not None and said.lower() not in YES}
    closes = said.lower() in YES or bool(stated)
    return replace(outcome, found={**found, **stated}, general=() if closes else outcome.general)
