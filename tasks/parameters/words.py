"""Single words: numbers, months and weekdays by name, typing errors, and the language they belong to."""

import re
import unicodedata
from functools import cache

from babel.dates import get_day_names, get_month_names
from num2words import num2words
from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from tasks.parameters.vocabulary import ENGLISH, FUNCTION_WORDS, NOT_TYPING_ERRORS, OWN_WORDS, PARTS, PHRASES

LANGUAGES = ("en", "de", "fr", "es")
ARTICLES = frozenset(["un", "une", "uno", "una", "ein", "eine", "einen"])
SHORTEST_CORRECTED = 5
LONGEST_CORRECTED = 2
LONG_WORD = 11


def plain(word: str) -> str:
    """Lower case, without accents."""
    decomposed = unicodedata.normalize("NFKD", word.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).replace("ß", "ss")


@cache
def number_words(language: str) -> dict[str, int]:
    """Number words from 0 to 100, written together, without articles that are also numbers."""
    words = {}
    for number in range(101):
        word = re.sub(r"[^a-z]", "", plain(num2words(number, lang=language)))
        words[word] = number
        if language == "es":
            words[word.removesuffix("o") if word.endswith("uno") else word] = number
    return {word: number for word, number in words.items() if word not in ARTICLES}


@cache
def ordinal_words() -> dict[str, int]:
    """English ordinals from 1 to 52, written together."""
    return {re.sub(r"[^a-z]", "", num2words(n, to="ordinal")): n for n in range(1, 53)}


@cache
def calendar_words(language: str) -> dict[str, str]:
    """Month and weekday names, full and short: m01 … m12, d0 (Monday) … d6."""
    words: dict[str, str] = {}
    for width in ("wide", "abbreviated"):
        for month, name in get_month_names(width, locale=language).items():
            words[plain(name).rstrip(".")] = f"m{month:02d}"
        for day, name in get_day_names(width, locale=language).items():
            if len(plain(name).rstrip(".")) > 2:
                words[plain(name).rstrip(".")] = f"d{day}"
    if language == "en":
        words |= {"sept": "m09", "tues": "d1", "weds": "d2", "thur": "d3", "thurs": "d3"}
        words.pop("sun"), words.pop("sat")
    return words


@cache
def _known(language: str) -> frozenset[str]:
    words = {part for phrase in PHRASES[language] for part in phrase.split()}
    words |= set(calendar_words(language)) | set(calendar_words("en")) | FUNCTION_WORDS[language]
    words |= set(ordinal_words())
    return frozenset(words | set(number_words(language)) | set(number_words("en")) | NOT_TYPING_ERRORS)


@cache
def _correctable(language: str) -> tuple[str, ...]:
    phrases = (
        phrase for phrase, word in PHRASES[language].items() if word in PARTS["corrected"] or word[:2] == "ev"
    )
    short = [phrase.split() for phrase in phrases if len(phrase.split()) <= LONGEST_CORRECTED]
    words = {part for phrase in short for part in phrase} | set(calendar_words(language))
    return tuple(sorted(w for w in words | set(number_words(language)) if len(w) >= SHORTEST_CORRECTED))


@cache
def correct(word: str, language: str) -> str:
    """The known word that a typing error was meant to be; the word itself where there is none."""
    if len(word) < SHORTEST_CORRECTED - 1 or word in _known(language) or not word.isalpha():
        return word
    limit = 2 if len(word) >= LONG_WORD else 1
    near = [known for known in _correctable(language) if known[0] == word[0]]
    best = extractOne(word, near, scorer=OSA.distance, score_cutoff=limit)
    return word if best is None else str(best[0])


def detect_language(words: list[str], locale: str) -> str:
    """The language with most of its own words in the text; English where none has."""
    scores = {"en": sum(word in FUNCTION_WORDS["en"] or word in _english() for word in words) + 0.5}
    for language, own in OWN_WORDS.items():
        parts = {part for phrase in own for part in phrase.split()} | FUNCTION_WORDS[language]
        scores[language] = sum(word in parts for word in words) + (0.4 if locale.lower() == language else 0)
    best = max(LANGUAGES, key=lambda language: scores[language])
    return best if scores[best] >= 2 else "en"


@cache
def _english() -> frozenset[str]:
    return frozenset(part for phrase in ENGLISH for part in phrase.split())


def known_words(language: str) -> frozenset[str]:
    """Every word that is known in a language, canonical words included."""
    return _known(language) | frozenset(PHRASES[language].values())
