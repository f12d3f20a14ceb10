"""What no parameter was read from: told as unused where it changes nothing, asked about where it could.

Order numbers, counts of stores, history and other subjects change nothing. A share, a week, a date, a rhythm
that fits no frame could, and so could a parameter that is mentioned without a value.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from tasks.parameters.clauses import Clause, cut
from tasks.parameters.frames import CHECKPOINT, HOLDBACK, REPLENISHMENT, START, THRESHOLD, WEEKS
from tasks.parameters.reading import Ask, Found
from tasks.parameters.season import strange_words
from tasks.parameters.statements import LOOSE, RHYTHMS
from tasks.parameters.text import Text
from tasks.parameters.vocabulary import PARTS

WHOLE = "user_input"
ABOUT = {
    "DATE": START,
    "SHARE": HOLDBACK,
    "SPLIT": HOLDBACK,
    "WEEK": CHECKPOINT,
    "NUMBER": WHOLE,
    "WEEKS": WEEKS,
}
ABOUT |= dict.fromkeys(RHYTHMS, REPLENISHMENT)
CHANGES_NOTHING = frozenset({"LABEL", "COUNTED", "COUNT", "MONEY", "SPAN"})
LARGEST_UNCLEAR = 100
MOVED = (
    r"(?:weekly|week|SPAN|WEEKS|days?|months?|fortnight) (?:later|earlier|sooner)"
    r"|(?:minus|plus|less|except) (?:weekly|a week|WEEKS|SPAN)"
    r"|delay(?:ed)?|postponed?|deferred|brought forward"
)
UNPLACED = "What does “{quote}” mean for the season?"
MENTIONED = "“{quote}” is mentioned, but its {name} is not clear."
NAMED = "On which day does “{quote}” start?"
MOVED_BY = "“{quote}”: on which day does the season start, and how many weeks has it?"
MENTIONS: tuple[tuple[str, str, frozenset[str]], ...] = (
    (REPLENISHMENT, "replenishment", frozenset({"replenish"})),
    (HOLDBACK, "holdback", frozenset({"holdback"})),
    (CHECKPOINT, "markdown", frozenset({"sellthrough", "threshold", "markdown"})),
    (WEEKS, "season's length", frozenset({"weeks", "months"})),
    (START, "start", frozenset({"start"})),
)


@dataclass
class Leftover:
    """What is unused, in the planner's words, and what is asked, by field."""

    unused: list[str] = field(default_factory=list)
    asks: list[tuple[str, Ask]] = field(default_factory=list)


def find_leftover(
    text: Text, found: dict[str, Found], claimed: Iterable[int], idle: Iterable[int]
) -> Leftover:
    """Sort what is left.

    Args:
        text: the text, its quantities lifted.
        found: what was read for each field.
        claimed: the tokens that a field was read from.
        idle: those that a frame knows to be about something else.
    """
    left, free = Leftover(), set(range(len(text.words))) - set(claimed)
    clauses = cut(text)
    for index in sorted(free):
        word, clause = text.words[index], _clause(clauses, index)
        if clause is None or (word not in ABOUT and word not in CHANGES_NOTHING):
            continue
        quote = text.quote(max(index - 1, clause.first), min(index + 1, clause.last))
        if (
            word == "SPAN"
            and not found[START].stated
            and PARTS["besides"] & {*clause.words, *quote.lower().split()}
        ):
            left.asks.append((START, Ask(UNPLACED.format(quote=clause.quote()))))
        elif word in CHANGES_NOTHING or index in idle or _changes_nothing(text, index, clause, found):
            left.unused.append(quote)
        elif not (word in RHYTHMS and text.quote(index, index).lower() in LOOSE and "start" in clause.words):
            left.asks.append((ABOUT[word], Ask(UNPLACED.format(quote=quote), about=quote)))
    asked = {name for name, _ in left.asks}
    left.asks += [pair for pair in _mentions(text, clauses, found, free) if pair[0] not in asked]
    left.asks += [
        (START, Ask(MOVED_BY.format(quote=text.quote(h.first, h.last)), firm=True)) for h in text.find(MOVED)
    ]
    return left


def _clause(clauses: list[Clause], index: int) -> Clause | None:
    return next((clause for clause in clauses if clause.first <= index <= clause.last), None)


def _changes_nothing(text: Text, index: int, clause: Clause, found: dict[str, Found]) -> bool:
    quantity, word = text.tokens[index].quantity, text.words[index]
    if clause.is_past or clause.has("label", "talk") or clause.excluded:
        return True
    if word == "DATE" and quantity is not None:
        start = found[START]
        same = isinstance(start.value, date) and start.value == quantity.value
        ruled_out = start.stated and "no" in text.words[max(index - 2, 0) : index]
        return (
            same or ruled_out or "event" in quantity.marks or (start.stated and bool(strange_words(clause)))
        )
    if word in RHYTHMS:
        return text.quote(index, index).lower() in LOOSE and bool({"NUMBER", "COUNT"} & {*clause.words})
    if word == "NUMBER" and quantity is not None:
        return text.number(index) > LARGEST_UNCLEAR
    return False


def _mentions(
    text: Text, clauses: list[Clause], found: dict[str, Found], free: set[int]
) -> list[tuple[str, Ask]]:
    """A parameter that is spoken of, yet has no value."""
    asks = list[tuple[str, Ask]]()
    for name, said, words in MENTIONS:
        if found[name].stated or found[name].asks:
            continue
        places = [i for i in sorted(free) if text.words[i] in words and _speaks(text, _clause(clauses, i), i)]
        if places:
            quote = text.quote(places[0], places[0])
            asks.append((name, Ask(MENTIONED.format(quote=quote, name=said))))
    if (
        found[THRESHOLD].stated
        and not found[CHECKPOINT].stated
        and CHECKPOINT not in {name for name, _ in asks}
    ):
        asks.append((CHECKPOINT, Ask(MENTIONED.format(quote=found[THRESHOLD].quote, name="week"))))
    named = [
        i for i, word in enumerate(text.words) if word in PARTS["times_of_year"] and not _is_past(clauses, i)
    ]
    if named and not found[START].stated:
        asks.append((START, Ask(NAMED.format(quote=text.quote(named[0], named[0])))))
    return asks


def _is_past(clauses: list[Clause], index: int) -> bool:
    clause = _clause(clauses, index)
    return clause is not None and clause.is_past


def _speaks(text: Text, clause: Clause | None, index: int) -> bool:
    """Not “held for replenishment”, not “to start with”, not what was."""
    if clause is None or clause.is_past or clause.has("promo", "talk", "other"):
        return False
    before = text.words[max(index - 2, 0) : index]
    if text.words[index] == "replenish" and {"for", "with"} & {*before}:
        return False
    if text.words[index] == "start":
        return not re.search(r"SHARE|ship|upfront|stores|hold", " ".join(clause.words))
    return True
