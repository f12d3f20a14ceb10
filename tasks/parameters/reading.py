"""What a reader finds for one field, and how several findings become one value."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from schemas.parameters import Confidence, ReplenishmentStrategy
from tasks.parameters.text import Text

Value = int | float | date | ReplenishmentStrategy | None


@dataclass(frozen=True)
class Reading:
    """A value read from tokens `first` to `last`; a `question` makes it unsure, `usable` False unusable."""

    value: Value
    first: int
    last: int
    question: str | None = None
    usable: bool = True


@dataclass(frozen=True)
class Found:
    """One field's outcome: its value and words, what to ask, and which tokens are accounted for."""

    value: Value = None
    quote: str | None = None
    confidence: Confidence = Confidence.HIGH
    questions: tuple[str, ...] = ()
    claimed: frozenset[int] = field(default_factory=frozenset)
    stated: bool = False
    usable: bool = False


def span(first: int, last: int) -> frozenset[int]:
    """The tokens from first to last."""
    return frozenset(range(first, last + 1))


def settle(
    text: Text,
    readings: Sequence[Reading],
    name: str,
    *,
    extra: frozenset[int] = frozenset(),
) -> Found:
    """One value out of several readings: a correction wins; a bare contradiction keeps the first and asks."""
    if not readings:
        return Found(claimed=extra)
    ordered = sorted(readings, key=lambda reading: (reading.first, -reading.last))
    chosen = ordered[0]
    questions: list[str] = []
    claimed = set(extra)
    for reading in ordered:
        claimed |= span(reading.first, reading.last)
        if reading is chosen or (reading.value == chosen.value and reading.usable == chosen.usable):
            continue
        if is_corrected(text, chosen.last, reading.first) or _is_denied(text, chosen.first, reading.first):
            chosen = reading
        else:
            first, second = text.quote(chosen.first, chosen.last), text.quote(reading.first, reading.last)
            questions.append(f"The {name} is stated twice, as “{first}” and as “{second}”: which one?")
    if chosen.question:
        questions.append(chosen.question)
    confidence = Confidence.LOW if questions else Confidence.HIGH
    if confidence is Confidence.HIGH and text.corrected(chosen.first, chosen.last):
        confidence = Confidence.MEDIUM
    return Found(
        value=chosen.value if chosen.usable else None,
        quote=text.quote(chosen.first, chosen.last),
        confidence=confidence,
        questions=tuple(questions),
        claimed=frozenset(claimed),
        stated=True,
        usable=chosen.usable,
    )


def is_corrected(text: Text, after: int, before: int) -> bool:
    """Whether the words between two findings take the first one back."""
    between = text.words[after + 1 : before]
    return "fix" in between or "?" in between or (before - 1 >= 0 and _answers_no(between))


def _is_denied(text: Text, first: int, before: int) -> bool:
    """“Not 12 weeks but 14 weeks”."""
    return "no" in text.words[max(first - 3, 0) : first] and "but" in text.words[first:before]


def _answers_no(between: Sequence[str]) -> bool:
    return any(
        first in {".", ",", ";"} and second == "no" and third == ","
        for first, second, third in zip(between, between[1:], between[2:], strict=False)
    )
