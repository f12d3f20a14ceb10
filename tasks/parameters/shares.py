"""Percentages and fractions in a text, and what each of them is about."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from tasks.parameters.dates import is_fraction
from tasks.parameters.text import CLAUSE_ENDS, SENTENCE_ENDS, Text

Subject = Literal["holdback", "shipped", "threshold", "depth", "past", "other", "unknown"]
REACH = 9
BOUNDS = frozenset({"least", "most", "minimum", "maximum", "max", "min", "until", "over", "above"})
CHECKED = frozenset({"markdown", "checkpoint"})
CUES: dict[str, frozenset[str]] = {
    "holdback": frozenset({"holdback", "hold", "dc"}),
    "shipped": frozenset({"ship"}),
    "threshold": frozenset({"below", "threshold", "sellthrough"}),
    "past": frozenset({"past"}),
    "depth": frozenset({"off", "depth"}),
    "other": frozenset(
        (
            "margin",
            "margins",
            "growth",
            "grow",
            "increase",
            "uplift",
            "safety",
            "service",
            "budget",
            "tax",
            "vat",
        )
    ),
}
FRACTION_WORDS = {
    "half": 2,
    "fourth": 4,
    "third": 3,
    "thirds": 3,
    "quarter": 4,
    "quarters": 4,
    "fifth": 5,
    "fifths": 5,
    "tenth": 10,
}

NAMES_A_THRESHOLD = {("threshold",), ("checkpoint",)}


@dataclass(frozen=True)
class Share:
    """A share of something, as a fraction, at tokens `first` to `last`."""

    value: float
    first: int
    last: int
    subject: Subject = "unknown"
    range: bool = False
    bound: bool = False
    bare: bool = False


def find_shares(text: Text) -> list[Share]:
    """Every percentage, fraction and decimal below two, with its subject."""
    found: list[Share] = []

    def add(value: float, first: int, last: int, *, ranged: bool = False, bare: bool = False) -> None:
        if not any(first <= other.last and other.first <= last for other in found):
            bound = any(word in BOUNDS for word in text.words[max(first - 2, 0) : first])
            found.append(Share(value, first, last, _subject(text, first, last), ranged, bound, bare))

    for hit in text.find(r"(?:between )?(\d+(?:\.\d+)?)(?: %)? (?:to|or|and|until) (\d+(?:\.\d+)?) %"):
        if "and" not in text.words[hit.first : hit.last] or text.words[hit.first] == "between":
            add(float(hit.groups[1] or 0) / 100, hit.first, hit.last, ranged=True)
    for hit in text.find(r"(\d+(?:\.\d+)?) %"):
        add(float(hit.groups[0] or 0) / 100, hit.first, hit.last)
    for hit in text.find(r"([1-9])/([1-9]\d?)"):
        about = _subject(text, hit.first, hit.last)
        if is_fraction(text, hit.first) and about in {"holdback", "shipped", "threshold"}:
            add(int(hit.groups[0] or 0) / int(hit.groups[1] or 1), hit.first, hit.last)
    for hit in text.find(rf"(?:([1-9]) |a |the )?({'|'.join(FRACTION_WORDS)})(?: of)?"):
        number, word = hit.groups
        if _subject(text, hit.first, hit.last) != "unknown":
            add(int(number or 1) / FRACTION_WORDS[str(word)], hit.first, hit.last)
    for hit in text.find(r"([0-9]\.\d+)"):
        if text.words[hit.last + 1 : hit.last + 2] not in {("weeks",), ("months",), ("month",)}:
            add(float(hit.groups[0] or 0), hit.first, hit.last)
    for value, first, last in _bare(text):
        add(value, first, last, bare=True)
    return _corrected(text, sorted(found, key=lambda share: share.first))


def _corrected(text: Text, shares: list[Share]) -> list[Share]:
    """“40 % … sorry, 35 %”: a correction is about what it corrects."""
    done: list[Share] = []
    for share in shares:
        fixes = "fix" in text.words[max(share.first - 3, 0) : share.first]
        same = done[-1].subject if share.subject == "unknown" and fixes and done else share.subject
        done.append(replace(share, subject=same))
    return done


def _bare(text: Text) -> list[tuple[float, int, int]]:
    """A number without a percent sign right beside the word it belongs to: “holdback 45”, “0 holdback”."""
    link = r"(?: (?:is|of|at|to|=|:|be|set|the|should|level|rate|share|in|on|than))*"
    after = text.find(
        rf"(?:holdback|threshold|below|sellthrough){link} (\d+)"
        r"(?! (?:weeks?|months?|days?|%|stores|units?|pieces|pcs|cartons|boxes|items))"
    )
    places = [hit.last for hit in after if text.words[hit.last - 1] != "week"]
    before = text.find(r"\d+ (?:dc )?holdback")
    places += [hit.first for hit in before if text.words[hit.first - 1 : hit.first] != ("week",)]
    return [(_percent(int(text.words[place])), place, place) for place in places]


def _percent(number: int) -> float:
    return float(number) if number <= 1 else number / 100


def _subject(text: Text, first: int, last: int) -> Subject:
    """The nearest word that says what a share is about; what is past is left alone."""
    words = text.words
    low, high = text.sentence(first)
    before = words[max(first - 2, 0) : first]
    if (
        before[-1:] == ("markdown",)
        or before == ("markdown", "by")
        or before[-1:] == ("by",)
        or words[last + 1 : last + 2] == ("off",)
        or (
            words[last + 1 : last + 2] == ("markdown",)
            and words[last + 2 : last + 3] not in NAMES_A_THRESHOLD
        )
    ):
        return "depth"
    scores: dict[str, float] = {}
    for subject, cues in CUES.items():
        for index in range(low, high):
            if words[index] in cues and not first <= index <= last:
                distance = _distance(text, index, first, last)
                if distance <= REACH:
                    scores[subject] = min(distance, scores.get(subject, distance))
    if not scores:
        return "threshold" if _follows_checkpoint(text, first) else "unknown"
    best = min(scores, key=lambda subject: (scores[subject], list(CUES).index(subject)))
    own = text.has(CUES[best], *text.clause(first))
    if best in {"holdback", "shipped", "past"} and not own and _follows_checkpoint(text, first):
        return "threshold"
    if best == "past" and _nearly(scores, "threshold", best):
        return "threshold"
    return best  # type: ignore[return-value]


def _nearly(scores: dict[str, float], subject: str, best: str) -> bool:
    return subject in scores and scores[subject] <= scores[best] + 1


def _distance(text: Text, index: int, first: int, last: int) -> float:
    between = text.words[index + 1 : first] if index < first else text.words[last + 1 : index]
    if any(word in SENTENCE_ENDS for word in between):
        return REACH + 1
    steps = sum(1 for word in between if word not in {"of", "the", "a", "is", "at", "be"})
    stops = sum(word in CLAUSE_ENDS - {":"} for word in between)
    joins = sum(word in {"and", "but", "then", "with", "for", "if"} for word in between)
    digits = sum(bool(re.match(r"\d", word)) for word in between)
    return 1 + steps + 4 * stops + 2 * joins + 2 * digits + (0.5 if index > last else 0)


def _follows_checkpoint(text: Text, first: int) -> bool:
    """“Markdown week 6 @ 60 %”: at the checkpoint, a percentage is the threshold."""
    low = text.sentence(first)[0]
    before = text.words[max(first - 7, low) : first]
    return (
        any(word in CHECKED for word in before)
        and bool(before)
        and before[-1] in {"at", "if", ",", "with", "("}
    ) or (len(before) >= 2 and before[-2] in {"week", *CHECKED} and bool(CHECKED & {*before}))
