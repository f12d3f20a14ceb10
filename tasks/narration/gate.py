"""What a model writes between the facts, and the note that comes of both.

The model names facts by key and writes the words between them. So no number of its own can stand in a note,
nor one of the results' under another name.
"""

import re
from collections.abc import Mapping

from schemas.notes import AgentNote, NoteSource
from tasks.narration.facts import Fact, Part, Topic
from tasks.narration.words import sentence
from tasks.parameters.words import number_words

MOST_CHARACTERS, MOST_BETWEEN, MOST_LINES = 1200, 90, 6
Lines = Mapping[Part, tuple[str, ...]]
_NAMED = re.compile(r"\{([a-z0-9_]+)\}")
_MARKS = frozenset(" ,.;:'’“”()?!–—-")
_ADDRESS = re.compile(r"\b(?:https?|www|mailto|javascript)\b|:/|\.(?:com|net|org|io)\b", re.IGNORECASE)
_AMOUNT = re.compile(
    r"\b(?:thousands?|millions?|billions?|dozens?|twice|double[ds]?|triple[ds]?|half|halves|thirds?|quarters?|hundreds?"
    r"|not|never|no|none|nothing|without|false|wrong|instead|isn't|won't|don't)\b",
    re.IGNORECASE,
)
_ABSENT = {
    "replenishment": re.compile(
        r"\b(?:replenish\w*|restock\w*|top[- ]?ups?|refill\w*|shipments?)\b", re.IGNORECASE
    ),
    "markdown": re.compile(r"\bmark(?:ed|ing)?[- ]?downs?\b|\bdiscount\w*", re.IGNORECASE),
}
HARMLESS_WORDS = frozenset({"one", "a"})


def objections(lines: Lines, topic: Topic) -> list[str]:
    """What speaks against a model's lines; an empty list lets them pass."""
    known = {fact.key for fact in topic.facts}
    said = [(part, line) for part, given in lines.items() for line in given]
    named = [key for _, line in said for key in _NAMED.findall(line)]
    found = [f"there is no fact {{{key}}}" for key in dict.fromkeys(named) if key not in known]
    found += [f"{{{key}}} is said twice" for key in dict.fromkeys(named) if named.count(key) > 1]
    if not any(_NAMED.search(line) for line in lines.get(Part.REASONING, ())):
        found.append("the reasoning names no fact")
    if len(said) > MOST_LINES * len(Part) or sum(len(line) for _, line in said) > MOST_CHARACTERS:
        found.append(f"longer than {MOST_CHARACTERS} characters")
    for part, line in said:
        if part is not Part.QUESTION and not _NAMED.search(line):
            found.append(f"“{line[:40]}” names no fact")
        found += [each for words in _NAMED.split(line)[::2] for each in _against_words(words, topic)]
    return found


def _against_words(words: str, topic: Topic) -> list[str]:
    """What speaks against the words between two facts."""
    found = []
    plain = all(letter.isalpha() or letter in _MARKS for letter in words)
    if not plain or _ADDRESS.search(words):
        found.append(f"“{words[:40].strip()}” has figures, links or markup in it: letters and commas only")
    numbers = {word for word in re.findall(r"[a-z]+", words.lower()) if word in number_words("en")}
    if _AMOUNT.search(words) or numbers - HARMLESS_WORDS:
        found.append(f"“{words[:40].strip()}” has an amount or a denial of its own: only facts have them")
    if len(words) > MOST_BETWEEN:
        found.append(f"more than {MOST_BETWEEN} letters between two facts")
    return found + [f"this season has no {name}" for name in topic.absent if _ABSENT[name].search(words)]


def compose(lines: Lines, topic: Topic) -> AgentNote:
    """The note: the model's lines with each fact in its place."""
    facts = {fact.key: fact for fact in topic.facts}
    parts = {
        part: tuple(_filled(line, facts) for line in given if line.strip()) for part, given in lines.items()
    }
    return AgentNote(
        agent=topic.speaker,
        subject=topic.subject,
        source=NoteSource.LLM,
        reasoning=" ".join(parts.get(Part.REASONING, ())),
        key_factors=parts.get(Part.FACTOR, ()),
        risks=parts.get(Part.RISK, ()),
        questions=parts.get(Part.QUESTION, ()),
    )


def _filled(line: str, facts: Mapping[str, Fact]) -> str:
    return sentence(_NAMED.sub(lambda match: facts[match[1]].says.rstrip(".?"), line.strip()))
