"""What nothing accounts for: numbers, dates and domain words that no field was read from lower confidence."""

import re
from itertools import groupby

from tasks.parameters.replenishment import OTHER_SUBJECTS
from tasks.parameters.text import Text

DOMAIN: dict[str, frozenset[str]] = {
    "replenishment": frozenset({"replenish", "weekly", "biweekly", "otherfrequency", "oneshot"}),
    "holdback": frozenset({"holdback", "upfront"}),
    "markdown": frozenset({"markdown", "sellthrough", "threshold"}),
    "start": frozenset({"start"}),
    "season's length": frozenset({"weeks", "months"}),
}
RHYTHMS = frozenset({"weekly", "biweekly", "otherfrequency"})
COUNTED_THINGS = frozenset(
    [
        "stores",
        "store",
        "skus",
        "sku",
        "styles",
        "style",
        "options",
        "option",
        "colours",
        "colors",
        "colour",
        "color",
        "sizes",
        "size",
        "lines",
        "items",
        "products",
        "countries",
        "markets",
        "regions",
        "categories",
        "doors",
        "shops",
    ]
)
TIMES_OF_YEAR = frozenset(
    [
        "spring",
        "summer",
        "autumn",
        "fall",
        "winter",
        "ss",
        "aw",
        "fw",
        "fruhjahr",
        "fruhling",
        "sommer",
        "herbst",
        "printemps",
        "ete",
        "hiver",
        "automne",
        "primavera",
        "verano",
        "otono",
        "invierno",
    ]
)
SEASON_NAMES = TIMES_OF_YEAR | frozenset(
    ["holiday", "resort", "cruise", "kollektion", "collection", "coleccion", "season"]
)
_NUMBER = re.compile(r"\d|m\d\d$|d[0-6]$|q[1-4]$|ev[a-z]+$")
_DATED_WORDS = frozenset(
    {"half", "third", "thirds", "quarter", "quarters", "halfyear", "fullyear", "halfway", "%"}
)
_HISTORY = frozenset({"past"})
LATER = (
    r"(?:weekly|week|weeks|days?|months?|fortnight) (?:later|earlier|sooner)"
    r"|(?:minus|plus|less|except) (?:weekly|a week|\d+ (?:weeks?|days?))"
)
STRANGE_WORDS = 0.34


def residue(text: Text, claimed: frozenset[int], stated: frozenset[str]) -> list[str]:
    """A question for each stretch of words that nothing accounts for.

    Args:
        text: the text.
        claimed: the tokens that a field was read from.
        stated: the fields that were read.
    """
    free = [i for i in range(len(text.words)) if i not in claimed]
    moved = [i for hit in text.find(LATER) for i in range(hit.first, hit.last + 1) if i in free]
    unclear = [i for i in free if _is_figure(text.words[i]) and not _is_context(text, i, claimed)]
    unclear = sorted({*unclear, *moved})
    named = [i for i in free if text.words[i] in TIMES_OF_YEAR and not _is_history(text, i)]
    questions = [
        f"What does “{text.quote(*_widened(text, run))}” mean for the season?" for run in _runs(unclear)
    ]
    for name, words in DOMAIN.items():
        mentions = [i for i in free if text.words[i] in words and not _is_history(text, i)]
        if (
            mentions
            and name not in stated
            and not any(_near(i, unclear) for i in mentions)
            and not _of_another(text, mentions, name)
        ):
            questions.append(
                f"“{text.quote(mentions[0], mentions[0])}” is mentioned, but its {name} is not clear."
            )
    rhythms = [i for i in free if text.words[i] in RHYTHMS and not _is_plain(text, i)]
    if "replenishment" in stated and rhythms and not text.has(OTHER_SUBJECTS, rhythms[0] - 3, rhythms[0] + 4):
        questions.append(f"Is “{text.quote(rhythms[0], rhythms[0])}” about the replenishment?")
    if named and "start" not in stated:
        questions.append(f"On which day does “{text.quote(named[0], named[0])}” start?")
    return questions


def _of_another(text: Text, mentions: list[int], name: str) -> bool:
    """“To start with”, “season starts … week”: words that also belong to another field that was read."""
    if name == "start":
        return True
    if name == "season's length":
        return True
    if name == "markdown":
        return all(text.words[i] == "threshold" for i in mentions)
    return name == "replenishment" and all(
        text.words[i] in {"weekly", "biweekly"} and _is_plain(text, i) for i in mentions
    )


def _is_plain(text: Text, index: int) -> bool:
    return text.quote(index, index).lower() in {"a week", "per week", "every week", "each week"}


def _is_figure(word: str) -> bool:
    return bool(_NUMBER.match(word)) or word in _DATED_WORDS


def _is_history(text: Text, index: int) -> bool:
    low, after = text.clause(index)
    return text.has(_HISTORY, low, after)


def _is_context(text: Text, index: int, claimed: frozenset[int]) -> bool:
    """“45 stores”, “sold 60 % last year”, “Spring 2026”, “Valentine's drop”: said, but not a parameter."""
    word, following = text.words[index], text.words[index + 1 : index + 3]
    if re.fullmatch(r"\d+", word) and any(after in COUNTED_THINGS for after in following):
        return True
    if _is_history(text, index) and not _is_dated(word):
        return True
    if word == "%" and index and index - 1 in claimed:
        return True
    near = text.words[max(index - 2, 0) : index]
    if re.fullmatch(r"20\d\d|\d\d", word) and any(name in SEASON_NAMES for name in near):
        return True
    return word.startswith("ev") and following[:1] not in {("before",), ("after",)} and bool(claimed)


def _is_dated(word: str) -> bool:
    return bool(re.match(r"m\d\d$|d[0-6]$|q[1-4]$|ev", word))


def _runs(indices: list[int]) -> list[tuple[int, int]]:
    runs = []
    for _, group in groupby(enumerate(indices), key=lambda pair: pair[1] - pair[0]):
        members = [index for _, index in group]
        runs.append((members[0], members[-1]))
    return runs


def _widened(text: Text, run: tuple[int, int]) -> tuple[int, int]:
    """One word more on each side within the clause, so that the planner recognises it."""
    low, after = text.clause(run[0])
    return max(run[0] - 1, low), min(run[1] + 1, max(after - 1, run[1]))


def _near(index: int, others: list[int]) -> bool:
    return any(abs(index - other) <= 2 for other in others)


def is_foreign(text: Text, known: frozenset[str]) -> bool:
    """Whether too many words of a text in another language than English are unknown to be sure of it."""
    words = [word for word in text.words if word.isalpha() and len(word) > 2]
    strange = sum(word not in known for word in words)
    return bool(words) and strange / len(words) > STRANGE_WORDS
