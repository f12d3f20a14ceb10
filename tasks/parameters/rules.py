"""The rule parser: season parameters out of a planner's sentence, without network, clock or model.

Reading policy: a date without a year is its next occurrence; a correction wins; a bare contradiction keeps
the first statement and asks; what is out of range takes the default and asks; what could change a parameter
and fits no frame is asked about, and what cannot is told as unused.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from schemas.parameters import DEFAULT_HOLDBACK, DEFAULT_HORIZON_WEEKS, Confidence
from tasks.parameters.amounts import find_amounts
from tasks.parameters.calendar import Calendar
from tasks.parameters.clauses import cut
from tasks.parameters.dates import find_dates
from tasks.parameters.frames import CHECKPOINT, HOLDBACK, REPLENISHMENT, START, THRESHOLD, WEEKS
from tasks.parameters.leftover import find_leftover
from tasks.parameters.reading import Ask, Found, Outcome, Value, settle
from tasks.parameters.roles import is_strange
from tasks.parameters.season import read_season
from tasks.parameters.statements import read_statements
from tasks.parameters.terms import read_terms
from tasks.parameters.text import Text, read_text
from tasks.parameters.vocabulary import INJECTION
from tasks.parameters.words import known_words

LONGEST_TEXT = 500
NAMES = {REPLENISHMENT: "replenishment", HOLDBACK: "holdback", CHECKPOINT: "markdown checkpoint"}
NAMES |= {THRESHOLD: "markdown threshold"}
NOTHING_FOUND = "Nothing about a season was found: when does it start, and how many weeks does it have?"
NOTHING_PLANNED = "Is a season planned here? Only “{quote}” was understood."
A_QUESTION = "That reads like a question: is a season to be planned here?"
INSTRUCTIONS = (
    "“{quote}” reads like an instruction to the software, and was left out: please state the parameters only."
)
FOREIGN = "The text is only partly understood: please confirm the parameters."
TOO_LONG = f"Only the first {LONGEST_TEXT} characters were read: please say it shorter."
STRANGE_WORDS, SHORTEST_WORD = 0.34, 3


def read_rules(
    text: str,
    *,
    today: date,
    locale: str = "US",
    usual_holdback: float = DEFAULT_HOLDBACK,
    known: Mapping[str, Value] = MappingProxyType({}),
) -> Outcome:
    """Read season parameters out of a text.

    Args:
        text: the planner's words; what goes beyond 500 characters is left out, and asked about.
        today: dates without a year fall on or after it; the default start is the Monday after it.
        locale: US reads 03/04 as March 4th, every other locale as April 3rd.
        usual_holdback: what “the usual holdback” is.
        known: values that are settled already, which length, start and checkpoint are reckoned with.

    Returns:
        Every parameter with the words it was read from. Never raises, whatever the text.
    """
    kept, left_out = _without_instructions(text[:LONGEST_TEXT])
    calendar = Calendar(today, locale)
    read = find_amounts(find_dates(read_text(kept, locale), calendar))
    season = read_season(read, calendar, known)
    weeks = season.weeks.value if season.weeks.usable else DEFAULT_HORIZON_WEEKS
    stated = read_statements(read, weeks if isinstance(weeks, int) else DEFAULT_HORIZON_WEEKS, usual_holdback)
    found = {WEEKS: season.weeks, START: season.start}
    found |= {name: settle(read, stated.readings[name], said) for name, said in NAMES.items()}
    left = find_leftover(read, found, stated.claimed | season.claimed, stated.unused)
    for name, ask in left.asks:
        if name in found:
            found[name] = replace(found[name], asks=(*found[name].asks, ask), confidence=Confidence.LOW)
    general = [Ask(INSTRUCTIONS.format(quote=quote.strip()), firm=True) for quote in left_out]
    general += [ask for name, ask in left.asks if name not in found]
    general += _of_the_whole(text, read, found)
    terms, budget = read_terms(read)
    return Outcome(found, tuple(general), tuple(dict.fromkeys(left.unused)), terms, budget)


def _of_the_whole(text: str, read: Text, found: dict[str, Found]) -> list[Ask]:
    """What is to ask about the text as a whole."""
    asked = [Ask(TOO_LONG, firm=True)] if len(text) > LONGEST_TEXT else []
    words = [word for word in read.words if word.isalpha() and word.islower() and len(word) >= SHORTEST_WORD]
    unknown = sum(word not in known_words(read.language) for word in words)
    if read.language != "en" and words and unknown / len(words) > STRANGE_WORDS:
        asked.append(Ask(FOREIGN))
    if any(clause.has("query") and clause.has("DATE", "WEEKS") for clause in cut(read)):
        asked.append(Ask(A_QUESTION, firm=True))
    stated = {name for name, one in found.items() if one.stated}
    if not stated:
        asked.append(Ask(NOTHING_FOUND))
    elif stated <= {START, WEEKS} and not read.quantities("WEEKS"):
        strange = "?" in read.words or any(is_strange(word) for word in words)
        if strange and not {"season", "plan", "collection", "range", "goods", "occasion"} & {*read.words}:
            quote = found[START].quote or found[WEEKS].quote
            asked.append(Ask(NOTHING_PLANNED.format(quote=quote), firm=True))
    return asked


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
