"""The words that planners use, each mapped to one canonical word that the readers' patterns name.

German, French and Spanish are mapped onto the same canonical words, so that one grammar reads them all.
The words themselves are data: vocabulary.toml.
"""

import tomllib
from pathlib import Path

_DATA = tomllib.loads(Path(__file__).with_name("vocabulary.toml").read_text(encoding="utf-8"))


def _phrases(language: str) -> dict[str, str]:
    table: dict[str, str] = _DATA["phrases"][language]
    return {" ".join(phrase.split()): word for word, said in table.items() for phrase in said.split(",")}


OWN_WORDS: dict[str, dict[str, str]] = {language: _phrases(language) for language in ("de", "fr", "es")}
ENGLISH: dict[str, str] = _phrases("en")
PHRASES: dict[str, dict[str, str]] = {
    "en": ENGLISH,
    **{language: {**ENGLISH, **own} for language, own in OWN_WORDS.items()},
}
FUNCTION_WORDS: dict[str, frozenset[str]] = {
    language: frozenset(words.split()) for language, words in _DATA["function_words"].items()
}
KNOWN: frozenset[str] = frozenset(word for table in PHRASES.values() for word in table.values())
PARTS: dict[str, frozenset[str]] = {name: frozenset(words.split()) for name, words in _DATA["parts"].items()}
FILLERS: frozenset[str] = PARTS["fillers"].union(*FUNCTION_WORDS.values())
NOT_TYPING_ERRORS: frozenset[str] = frozenset(_DATA["not_typing_errors"]["en"].split())
INJECTION = (
    r"\b(?:ignore|disregard|forget|override|bypass|ignorier\w*|ignorez|ignora)\b[^.;!?]{0,40}"
    r"\b(?:instruction\w*|above|previous(?! (?:e?mail|message|note|version|plan|request)s?)|prior"
    r"|prompt|rules?|guidelines|anweisung\w*|instrucciones|everything)\b"
    r"|system prompt|\byou are (?:now )?an?\b|\bas an ai\b|developer mode|admin mode|jailbreak"
    r"|\b(?:assistant|system|user)\s*:|\bprint (?:the |your )?env\b"
)
