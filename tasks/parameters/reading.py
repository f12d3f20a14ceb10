"""What a reader finds for one field, and how several findings become one value."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from schemas.extraction import FieldSource, SaidTerms
from schemas.parameters import Confidence, ReplenishmentStrategy
from tasks.parameters.text import Text

Value = int | float | date | ReplenishmentStrategy | None
REACH = 5
TWICE = "The {name} is stated twice, as “{one}” and as “{other}”: which one?"


@dataclass(frozen=True)
class Ask:
    """A question about a field; a firm one only the planner may answer, no language model.

    `about` are the words that nothing explains, where that is what is asked.
    """

    text: str
    firm: bool = False
    options: tuple[Value, ...] = ()
    about: str = ""


@dataclass(frozen=True)
class Reading:
    """A value read from tokens `first` to `last`; what is asked makes it unsure, `usable` False unusable."""

    value: Value
    first: int
    last: int
    ask: Ask | None = None
    usable: bool = True
    weak: bool = False


@dataclass(frozen=True)
class Found:
    """One field's outcome: its value and words, and what to ask."""

    value: Value = None
    quote: str | None = None
    confidence: Confidence = Confidence.HIGH
    asks: tuple[Ask, ...] = ()
    stated: bool = False
    usable: bool = False
    source: FieldSource = FieldSource.RULES


@dataclass(frozen=True)
class Outcome:
    """All that was read out of a text: each field, what to ask of the whole, and what changes nothing."""

    found: dict[str, Found]
    general: tuple[Ask, ...] = ()
    unused: tuple[str, ...] = ()
    terms: SaidTerms | None = None
    budget: float | None = None


def settle(text: Text, readings: Sequence[Reading], name: str) -> Found:
    """One value out of several readings: a correction wins; a bare contradiction keeps the first and asks."""
    strong = [reading for reading in readings if not reading.weak] or list(readings)
    if not strong:
        return Found()
    ordered = sorted(strong, key=lambda reading: (reading.first, -reading.last))
    chosen, asks = ordered[0], list[Ask]()
    for reading in ordered[1:]:
        if reading.value == chosen.value and reading.usable == chosen.usable:
            chosen = chosen if reading.ask or not chosen.ask else reading
        elif is_corrected(text, chosen.last, reading.first) or _is_denied(text, chosen.first, reading.first):
            chosen = reading
        else:
            one, other = text.quote(chosen.first, chosen.last), text.quote(reading.first, reading.last)
            asks.append(
                Ask(TWICE.format(name=name, one=one, other=other), options=(chosen.value, reading.value))
            )
    if chosen.ask:
        asks.append(chosen.ask)
    confidence = Confidence.LOW if asks else Confidence.HIGH
    if not asks and text.corrected(chosen.first, chosen.last):
        confidence = Confidence.MEDIUM
    quote = text.quote(chosen.first, chosen.last)
    return Found(chosen.value if chosen.usable else None, quote, confidence, tuple(asks), True, chosen.usable)


def is_corrected(text: Text, after: int, before: int) -> bool:
    """Whether the words between two findings take the first one back."""
    between = text.words[after + 1 : before]
    return (
        "fix" in between[-REACH:]
        or "fix" in text.words[before : before + 1]
        or "?" in between
        or _answers_no(between)
    )


def _is_denied(text: Text, first: int, before: int) -> bool:
    """“Not 12 weeks but 14 weeks”."""
    return "no" in text.words[max(first - 3, 0) : first] and "but" in text.words[first:before]


def _answers_no(between: Sequence[str]) -> bool:
    return any(
        first in {".", ",", ";"} and second == "no" and third == ","
        for first, second, third in zip(between, between[1:], between[2:], strict=False)
    )
