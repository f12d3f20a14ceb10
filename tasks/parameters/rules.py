"""The rule parser: season parameters out of a planner's sentence, without network, clock or model.

Reading policy: a date without a year is its next occurrence; a correction wins; a bare contradiction keeps
the first statement and asks; what is out of range takes the default and asks; any number, date or domain
word that nothing accounts for is asked about.
"""

import re
from datetime import date

from schemas.extraction import ExtractedField, Extraction, FieldSource
from schemas.parameters import (
    DEFAULT_HOLDBACK,
    DEFAULT_HORIZON_WEEKS,
    DEFAULT_MARKDOWN_THRESHOLD,
    Confidence,
    ReplenishmentStrategy,
    next_monday,
)
from tasks.parameters.assemble import assemble
from tasks.parameters.dated import Calendar
from tasks.parameters.holdback import read_holdback
from tasks.parameters.markdown import read_markdown
from tasks.parameters.reading import Found, Value
from tasks.parameters.replenishment import read_replenishment
from tasks.parameters.residue import is_foreign, residue
from tasks.parameters.season import read_season
from tasks.parameters.shares import find_shares
from tasks.parameters.text import Text, read_text
from tasks.parameters.vocabulary import INJECTION
from tasks.parameters.words import known_words

LONGEST_TEXT = 500
NOTHING_FOUND = "Nothing about a season was found: when does it start, and how many weeks does it have?"
INSTRUCTIONS = (
    "“{quote}” reads like an instruction to the software, and was left out: please state the parameters only."
)
FOREIGN = "The text is only partly understood: please confirm the parameters."


def parse(text: str, *, today: date, locale: str = "US") -> Extraction:
    """Read season parameters out of a text.

    Args:
        text: the planner's words; what goes beyond 500 characters is left out, and asked about.
        today: dates without a year fall on or after it; the default start is the Monday after it.
        locale: US reads 03/04 as March 4th, every other locale as April 3rd.

    Returns:
        Every parameter with the words it was read from. Never raises, whatever the text.
    """
    kept, left_out = _without_instructions(text[:LONGEST_TEXT])
    found, claimed, read = _read(kept, today, locale)
    questions = [INSTRUCTIONS.format(quote=quote.strip()) for quote in left_out]
    questions += [question for one in found.values() for question in one.questions]
    questions += residue(read, claimed, frozenset(_stated(found)))
    if len(text) > LONGEST_TEXT:
        questions.append(f"Only the first {LONGEST_TEXT} characters were read: please say it shorter.")
    if read.language != "en" and is_foreign(read, known_words(read.language)):
        questions.append(FOREIGN)
    if not any(one.stated for one in found.values()):
        questions.append(NOTHING_FOUND)
    return assemble(_fields(found, today), questions)


def _read(text: str, today: date, locale: str) -> tuple[dict[str, Found], frozenset[int], Text]:
    read = read_text(text, locale)
    season = read_season(read, Calendar(today, locale))
    shares = find_shares(read)
    weeks = season.weeks.value if season.weeks.usable else DEFAULT_HORIZON_WEEKS
    markdown = read_markdown(read, shares, weeks if isinstance(weeks, int) else DEFAULT_HORIZON_WEEKS)
    found = {
        "forecast_horizon_weeks": season.weeks,
        "season_start_date": season.start,
        "replenishment_strategy": read_replenishment(read),
        "dc_holdback_percentage": read_holdback(read, shares),
        "markdown_checkpoint_week": markdown.week,
        "markdown_threshold": markdown.threshold,
    }
    return found, frozenset().union(*(one.claimed for one in found.values())), read


def _stated(found: dict[str, Found]) -> set[str]:
    names = {
        "forecast_horizon_weeks": "season's length",
        "season_start_date": "start",
        "replenishment_strategy": "replenishment",
        "dc_holdback_percentage": "holdback",
        "markdown_checkpoint_week": "markdown",
        "markdown_threshold": "markdown",
    }
    return {names[name] for name, one in found.items() if one.stated or one.questions}


def _without_instructions(text: str) -> tuple[str, list[str]]:
    """The text with each sentence that addresses the software blanked, so that quotes keep their places."""
    places = instructions_in(text)
    left_out = [text[start:end] for start, end in places]
    for start, end in places:
        text = text[:start] + " " * (end - start) + text[end:]
    return text, left_out


def instructions_in(text: str) -> list[tuple[int, int]]:
    """Where sentences stand that address the software instead of the season."""
    sentences = re.finditer(r"[^.;!?\n]+(?:\.(?=\d)[^.;!?\n]+)*", text)
    return [match.span() for match in sentences if re.search(INJECTION, match.group(), re.IGNORECASE)]


def defaults(today: date) -> dict[str, Value]:
    """What each parameter is when nothing says otherwise."""
    return {
        "forecast_horizon_weeks": DEFAULT_HORIZON_WEEKS,
        "season_start_date": next_monday(today),
        "replenishment_strategy": ReplenishmentStrategy.WEEKLY,
        "dc_holdback_percentage": DEFAULT_HOLDBACK,
        "markdown_checkpoint_week": None,
        "markdown_threshold": DEFAULT_MARKDOWN_THRESHOLD,
    }


def _fields(found: dict[str, Found], today: date) -> dict[str, ExtractedField]:
    fallback = defaults(today)
    return {name: _field(one, fallback[name]) for name, one in found.items()}


def _field(found: Found, fallback: Value) -> ExtractedField:
    usable = found.stated and found.usable
    value = found.value if usable else fallback
    return ExtractedField(
        value=value.isoformat() if isinstance(value, date) else value,
        source=FieldSource.RULES if usable else FieldSource.DEFAULT,
        quote=found.quote,
        confidence=Confidence.LOW if found.questions else found.confidence,
    )
