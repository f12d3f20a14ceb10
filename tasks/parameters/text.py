"""A planner's text as canonical words, each of which remembers where in the text it stood.

Readers look for patterns in the canonical words; what they find is quoted in the planner's own words.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from tasks.parameters.vocabulary import PHRASES
from tasks.parameters.words import (
    calendar_words,
    correct,
    detect_language,
    number_words,
    ordinal_words,
    plain,
)

LONGEST_PHRASE = 5
LONGEST_NUMBER = 4
SENTENCE_ENDS = frozenset({".", ";", "?", "!"})
CLAUSE_ENDS = SENTENCE_ENDS | {",", ":", "(", ")"}

_TOKEN = re.compile(
    r"(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.(?=\s*\d)|\d{4}-\d{1,2}-\d{1,2}"
    r"|\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}\b|(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\.(?=\s|$)"
    r"|\d{1,2}/\d{1,2}(?![/\d])"
    r"|\d{1,2}\.(?=\s*(?:jan|feb|mär|apr|mai|juni?|juli?|aug|sep|okt|nov|dez))"
    r"|\d{1,3}(?:,\d{3})+(?!\d)|\d+[.,]\d+|\.\d+|\d+(?:st|nd|rd|th|er)\b|\d+|w/o\b|w/|<=|>=|[qQhH][1-4]\b"
    r"|[^\W\d_]+(?:'[^\W\d_]+)*|[½⅓⅔¼¾⅕⅖⅗⅘]|[%<>≤≥@.,;:?!()/=+&→$£€-]",
    re.IGNORECASE,
)
_ALIKE = str.maketrans({"’": "'", "‘": "'", "–": "-", "\N{NO-BREAK SPACE}": " ", "\n": ","})
_SEPARATING_DASH = re.compile(r"(?<=\s)[-–—]+(?=\s)|—")
_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE_AHEAD = rf"(?=\d{{1,2}}/\d|\d{{4}}-\d|{_MONTHS}\b|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTHS}\b)"
_RANGE_DASH = re.compile(rf"(?<=[\da-z])\s+-\s+{_DATE_AHEAD}", re.IGNORECASE)


@dataclass(frozen=True)
class Quantity:
    """Something with a value at tokens `first` to `last`: a date, weeks, a share, money.

    A `question` makes the value unsure; where there is no value, there is only the question.
    """

    kind: str
    value: date | float | None
    first: int
    last: int
    question: str | None = None
    marks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Token:
    """A canonical word or a quantity's kind, and the part of the original text that it stands for."""

    word: str
    start: int
    end: int
    corrected: bool = False
    quantity: Quantity | None = None


@dataclass(frozen=True)
class Hit:
    """A pattern found: its groups, and the first and last token (inclusive)."""

    groups: tuple[str | None, ...]
    first: int
    last: int


class Text:
    """A text in canonical words."""

    def __init__(self, original: str, language: str, tokens: tuple[Token, ...]) -> None:
        self.original = original
        self.language = language
        self.tokens = tokens
        self.words = tuple(token.word for token in tokens)
        self.canonical = " ".join(self.words)

    @cached_property
    def _offsets(self) -> list[int]:
        offsets, position = [], 0
        for word in self.words:
            offsets.append(position)
            position += len(word) + 1
        return offsets

    def find(self, pattern: str) -> Iterator[Hit]:
        """Every place where the pattern stands, whole words only."""
        for match in re.finditer(rf"(?<!\S)(?:{pattern})(?!\S)", self.canonical):
            first = bisect_right(self._offsets, match.start()) - 1
            last = bisect_right(self._offsets, max(match.end() - 1, match.start())) - 1
            yield Hit(match.groups(), first, last)

    def quote(self, first: int, last: int) -> str:
        """The planner's own words from token `first` to token `last`."""
        return self.original[self.tokens[first].start : self.tokens[last].end]

    def lift(self, quantities: Sequence[Quantity]) -> "Text":
        """The same text with each quantity as one token, named by its kind; the first of two that overlap."""
        tokens, index = list[Token](), 0
        starts = {quantity.first: quantity for quantity in reversed(quantities)}
        while index < len(self.tokens):
            found = starts.get(index)
            if found is None:
                tokens.append(self.tokens[index])
                index += 1
                continue
            start, end = self.tokens[found.first].start, self.tokens[found.last].end
            corrected = self.corrected(found.first, found.last)
            place = replace(found, first=len(tokens), last=len(tokens))
            tokens.append(Token(found.kind, start, end, corrected, place))
            index = found.last + 1
        return Text(self.original, self.language, tuple(tokens))

    def quantities(self, *kinds: str) -> list[Quantity]:
        """The quantities of some kinds, each with its place in this text."""
        found = ((index, token.quantity) for index, token in enumerate(self.tokens))
        return [replace(q, first=i, last=i) for i, q in found if q is not None and q.kind in kinds]

    def number(self, index: int) -> float:
        """The number that a token stands for; 0 where it stands for none."""
        quantity = self.tokens[index].quantity
        return 0.0 if quantity is None or isinstance(quantity.value, date | None) else float(quantity.value)

    def marks(self, index: int) -> frozenset[str]:
        """What is known besides about the quantity at a token."""
        quantity = self.tokens[index].quantity
        return frozenset() if quantity is None else quantity.marks

    def corrected(self, first: int, last: int) -> bool:
        """Whether a typing error was corrected there."""
        return any(token.corrected for token in self.tokens[first : last + 1])


def read_text(original: str, locale: str) -> Text:
    """Put a text into canonical words."""
    prepared = original.translate(_ALIKE)
    prepared = _RANGE_DASH.sub(lambda match: "→".center(len(match.group())), prepared)
    prepared = _SEPARATING_DASH.sub(lambda match: "," * len(match.group()), prepared)
    raw = [
        Token(
            plain(match.group()).removesuffix(".") if match.group()[0].isalpha() else _mark(match.group()),
            match.start(),
            match.end(),
        )
        for match in _TOKEN.finditer(prepared)
        if match.group() != "w/"
    ]
    language = detect_language([token.word for token in raw], locale)
    joined = _join_hyphens(raw)
    return Text(original, language, tuple(_canonical(joined, prepared, language)))


def _mark(said: str) -> str:
    """½ is 1/2."""
    return plain(said).replace("\N{FRACTION SLASH}", "/")


def _join_hyphens(raw: list[Token]) -> list[Token]:
    """10-12 is a range; any other hyphen only ties words together."""
    kept = []
    for index, token in enumerate(raw):
        if token.word == "→":
            kept.append(Token("to", token.start, token.end))
        elif token.word != "-":
            kept.append(token)
        elif not (0 <= index < len(raw) - 1 and raw[index + 1].word[0].isdigit()):
            continue
        elif index and raw[index - 1].word.isdigit():
            kept.append(Token("to", token.start, token.end))
        elif raw[index + 1].start == token.end and (not index or raw[index - 1].end < token.start):
            kept.append(Token("minus", token.start, token.end))
    return kept


def _canonical(raw: list[Token], text: str, language: str) -> Iterator[Token]:
    words = [_without_elision(token.word, language) for token in raw]
    fixed = [correct(word, language) for word in words]
    index = 0
    while index < len(raw):
        word, length = _translate(fixed, index, language, text[raw[index].start])
        last = raw[index + length - 1]
        yield Token(
            word, raw[index].start, last.end, fixed[index : index + length] != words[index : index + length]
        )
        index += length


def _without_elision(word: str, language: str) -> str:
    if language == "fr" and word not in PHRASES["fr"]:
        return re.sub(r"^(?:l|d|qu|s|n|c)'", "", word)
    return word


def _translate(words: list[str], index: int, language: str, first_letter: str) -> tuple[str, int]:
    """The canonical word at a place, and how many words it stands for."""
    phrases = PHRASES[language]
    for length in range(min(LONGEST_PHRASE, len(words) - index), 1, -1):
        phrase = " ".join(words[index : index + length])
        if phrase in phrases:
            return phrases[phrase], length
    for length in range(min(LONGEST_NUMBER, len(words) - index), 0, -1):
        number_word = "".join(words[index : index + length])
        number = _number(number_word, language)
        if number is None and language == "en" and words[index].isalpha():
            ordinal = ordinal_words().get(number_word)
            if ordinal is not None and words[index] not in phrases and number_word not in ("first", "second"):
                return f"{ordinal}th", length
        if number is not None and words[index].isalpha() and not _is_september(words, index, language):
            return str(number), length
    word = words[index]
    if word == "may" and not _is_month(words, index, first_letter):
        return word, 1
    for names in (calendar_words(language), calendar_words("en")):
        if word in names:
            return names[word], 1
    return phrases.get(word, _figure(word)), 1


def _is_september(words: list[str], index: int, language: str) -> bool:
    """“12 sept” is a date in French, “sept” alone is seven."""
    return language == "fr" and words[index] == "sept" and index > 0 and words[index - 1][0].isdigit()


def _number(word: str, language: str) -> int | None:
    found = number_words(language).get(word)
    return number_words("en").get(word) if found is None else found


def _is_month(words: list[str], index: int, first_letter: str) -> bool:
    return (
        (first_letter.isupper() and index > 0)
        or (
            index > 0
            and words[index - 1] in {"of", "in", "mid", "early", "late", "from", "starting", "start"}
        )
        or any(words[i][:1].isdigit() for i in (index - 1, index + 1) if 0 <= i < len(words))
    )


def _figure(word: str) -> str:
    """12,000 is 12000, 0,25 is 0.25 and .5 is 0.5."""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+", word):
        return word.replace(",", "")
    if re.fullmatch(r"\d+,\d+", word):
        return word.replace(",", ".")
    if re.fullmatch(r"\d+\.", word):
        return word.rstrip(".")
    return f"0{word}" if re.fullmatch(r"\.\d+", word) else word
