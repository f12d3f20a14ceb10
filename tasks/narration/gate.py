"""What a model's note must pass: its numbers are the results' numbers, and it keeps to its subject."""

import re
from collections.abc import Iterable

from pydantic import BaseModel

from schemas.notes import AgentNote
from tasks.narration.facts import SeasonFacts
from tasks.parameters.words import number_words

MOST_CHARACTERS = 1200
_NUMBER = re.compile(r"(?<![\w.,])[-−+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_SUFFIX = re.compile(r"\d\s?(?:k|m|bn|thousand|million|billion|x)\b", re.IGNORECASE)
_SCALE_WORDS = re.compile(
    r"\b(?:thousands?|millions?|dozens?|twice|double[ds]?|triple[ds]?|half|halves|thirds?|quarters?|hundreds?)\b",
    re.IGNORECASE,
)
_REPLENISHING = re.compile(r"\b(?:replenish\w*|restock\w*|top[- ]?ups?|refill\w*)\b", re.IGNORECASE)
HARMLESS_WORDS = frozenset({"one", "zero", "a"})


def objections(note: AgentNote, seen: BaseModel, season: SeasonFacts) -> list[str]:
    """What speaks against a note; an empty list lets it pass.

    Args:
        note: what the model wrote.
        seen: the results that its tools showed; every number must be one of theirs, or of the season's frame.
        season: what the season is; without replenishment or markdown, no talk of either.
    """
    text = " ".join((note.reasoning, *note.key_factors, *note.risks, *note.questions))
    allowed = known_numbers([seen, _frame(season)])
    found = [f"“{said}” is not a number of the results" for said in foreign_numbers(text, allowed)]
    if not note.reasoning.strip():
        found.append("the reasoning is empty")
    if len(text) > MOST_CHARACTERS:
        found.append(f"longer than {MOST_CHARACTERS} characters")
    if season.replenishment == "none" and _REPLENISHING.search(text):
        found.append("this season has no replenishment")
    if season.markdown is None and re.search(r"\bmark(?:ed|ing)?[- ]?downs?\b", text, re.IGNORECASE):
        found.append("this season has no markdown")
    return found


def _frame(season: SeasonFacts) -> SeasonFacts:
    return season.model_copy(update={"demand": None, "buy": None, "markdown": None, "variance": None})


def known_numbers(sources: Iterable[BaseModel]) -> frozenset[float]:
    """Every number in the results, in values and in their words; a fraction also as its percentage."""
    found: set[float] = set()
    for source in sources:
        _collect(source.model_dump(mode="json"), found)
    return frozenset(found)


def _collect(value: object, found: set[float]) -> None:
    if isinstance(value, dict):
        for inner in value.values():
            _collect(inner, found)
    elif isinstance(value, list):
        for inner in value:
            _collect(inner, found)
    elif isinstance(value, str):
        found.update(float(said.replace(",", "").lstrip("+-−")) for said in _NUMBER.findall(value))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        found.add(abs(float(value)))
        if isinstance(value, float) and abs(value) <= 1:
            found.add(abs(value) * 100)


def foreign_numbers(text: str, allowed: frozenset[float]) -> list[str]:
    """Numbers in a text that are none of the allowed ones, rounded as they are written."""
    foreign = [match.group() for match in _SUFFIX.finditer(text)] + [
        m.group() for m in _SCALE_WORDS.finditer(text)
    ]
    for match in _NUMBER.finditer(text):
        said = match.group().lstrip("+-−").replace(",", "")
        places = len(said.partition(".")[2])
        if not any(abs(round(value, places) - float(said)) < 10**-9 for value in allowed):
            foreign.append(match.group())
    words = number_words("en")
    for word in re.findall(r"[a-z]+(?:-[a-z]+)?", text.lower()):
        number = words.get(word.replace("-", ""))
        if number is not None and word not in HARMLESS_WORDS and float(number) not in allowed:
            foreign.append(word)
    return foreign
