"""A text cut into clauses, and the part that each word plays in its clause.

A clause is what says one thing: a verb, a quantity, an object, a place, and whether it is denied. Clauses end
at punctuation, and at “and”, “but”, “then” where both sides have something to say.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from tasks.parameters.text import SENTENCE_ENDS, Text
from tasks.parameters.vocabulary import PARTS

BREAKS = SENTENCE_ENDS | {",", ":", "(", ")", "="}
JOINERS = frozenset({"and", "but", "then", "with", "while", "whereas", "plus", "&", "+", "instead"})
VERBS: dict[str, frozenset[str]] = {
    "hold": frozenset({"hold", "holdback"}),
    "ship": frozenset({"ship", "firstship"}),
    "sell": frozenset({"sellthrough", "sold", "left", "below", "above", "reach", "threshold"}),
    "mark": frozenset({"markdown", "checkpoint"}),
}
TOPICS = PARTS["topics"]
LABELLED = TOPICS | {"dc", "stores", "season", "horizon", "weeks", "length", "duration", "past"}
SHARES = frozenset({"SHARE", "SPLIT"})
TOLD = TOPICS | SHARES | {"COUNT", "WEEK", "upfront"}
SAYING = TOLD | {"all", "dc", "stores"}
LISTED = TOLD | {"NUMBER", "DATE", "WEEKS"}
LONGEST_LABEL = 4


@dataclass(frozen=True)
class Clause:
    """Tokens `first` to `last` of a text; `denied` where a “no” before it counts for it too."""

    text: Text
    first: int
    last: int
    denied: bool = False
    excluded: bool = False

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its words and quantities' kinds."""
        return self.text.words[self.first : self.last + 1]

    def has(self, *words: str) -> bool:
        """Whether any of the words stands in it."""
        return not {*words}.isdisjoint(self.words)

    @property
    def sentence(self) -> int:
        """The number of sentence ends before it."""
        return sum(word in SENTENCE_ENDS for word in self.text.words[: self.first])

    @property
    def is_past(self) -> bool:
        """Whether it tells what was: “last year we sold 60 %”, but not “hold 30 % like last year”."""
        return self.has("past") and not self.has("like", "as", "same", "above", "below", "more")

    def places(self, *words: str) -> list[int]:
        """Where in the text the words stand."""
        return [self.first + i for i, word in enumerate(self.words) if word in words]

    def quote(self) -> str:
        """The planner's words."""
        return self.text.quote(self.first, self.last)


def cut(text: Text) -> list[Clause]:
    """The clauses of a text, in order."""
    pieces = [piece for first, last in _between_breaks(text) for piece in _parted(text, first, last)]
    clauses = [Clause(text, first, last) for first, last in pieces]
    return _with_denials([clause for clause in clauses if clause.words])


def _between_breaks(text: Text) -> Iterator[tuple[int, int]]:
    """Stretches between punctuation; a colon after a mere label (“Holdback: 30 %”) does not part."""
    first = 0
    for index, word in enumerate((*text.words, ".")):
        if word not in BREAKS:
            continue
        label = text.words[first:index]
        if (
            word in {":", "="}
            and 0 < len(label) <= LONGEST_LABEL
            and LABELLED & {*label}
            and not SHARES & {*label}
        ):
            continue
        if index > first:
            yield first, index - 1
        first = index + 1


def _parted(text: Text, first: int, last: int) -> Iterator[tuple[int, int]]:
    """A stretch parted at joiners with something to say on both sides, and between two shares."""
    for index in range(first, last + 1):
        word = text.words[index]
        says, ahead = {*text.words[first:index]}, {*text.words[index + 1 : last + 1]}
        listed = word == "/" and says & LISTED and ahead & LISTED and "SPLIT" not in says | ahead
        joins = word in JOINERS and text.words[index - 1] != "all" and ahead & TOLD
        if index > first and (listed or (joins and (says & SAYING or word == "instead"))):
            yield first, index - 1
            yield from _parted(text, index if word == "instead" else index + 1, last)
            return
    shares = [i for i in range(first, last + 1) if text.words[i] in SHARES]
    if len(shares) > 1:
        middle = _parting(text, first, shares[0], shares[1])
        yield first, middle - 1
        yield from _parted(text, middle, last)
    elif first <= last:
        yield first, last


def _counts(text: Text, first: int, after: int) -> bool:
    return bool({*text.words[first:after]} & {"SHARE", "NUMBER"})


def _parting(text: Text, first: int, one: int, other: int) -> int:
    """Where the words of the second share begin: at its verb, or at its place where the places lead."""
    verbs = [i for i in range(one + 1, other) if any(text.words[i] in words for words in VERBS.values())]
    if verbs:
        return verbs[-1]
    leads = {"dc", "stores"} & {*text.words[first:one]}
    places = [i for i in range(one + 1, other) if text.words[i] in {"dc", "stores"}]
    return places[0] if leads and places else other


def _with_denials(clauses: list[Clause]) -> list[Clause]:
    """“No holdback, replenishment or markdown” denies all three; “instead of 30 %” excludes."""
    done: list[Clause] = []
    for number, clause in enumerate(clauses):
        before, after = done[-1] if done else None, clauses[number + 1 : number + 2]
        in_list = _ends_list(clause) or ({*clause.words} <= PARTS["listed"] and any(map(_ends_list, after)))
        denied = "no" in clause.words or bool(before and before.denied and in_list)
        done.append(replace(clause, denied=denied, excluded=clause.words[0] == "instead"))
    return done


def _ends_list(clause: Clause) -> bool:
    return clause.has("or", "nor") and {*clause.words} <= PARTS["listed"]
