"""How often the distribution centre ships, in the trade's many words."""

from schemas.parameters import ReplenishmentStrategy
from tasks.parameters.reading import Found, Reading, settle, span
from tasks.parameters.text import CLAUSE_ENDS, Text

FREQUENCIES = {
    "weekly": ReplenishmentStrategy.WEEKLY,
    "biweekly": ReplenishmentStrategy.BI_WEEKLY,
}
REACH = 6
LOOSE = frozenset({"a week", "per week", "other week"})
REFUSED = (
    r"no (?:further |more |in season |store |any |dc |mid season |need )*(?:to |for )?(?:a |any |the )?"
    r"(weekly |biweekly |otherfrequency )?(?:store |stores )?replenish(?: (weekly|biweekly"
    r"|otherfrequency))?"
    r"|replenish (?:is |: |= |of |strategy |to |plan |should be |set to )*no"
)
RHYTHM = r"(?:no )?(?:a )?(weekly|biweekly|otherfrequency)|every (\d+) (?:weeks|days|months)"
ONCE = r"oneshot|(?:ship|replenish) (?:once|1 time)(?! every)"
CHECKS = frozenset({"markdown", "checkpoint", "sellthrough"})
OTHER_SUBJECTS = CHECKS | frozenset(
    (
        "units",
        "sales",
        "report",
        "reports",
        "meeting",
        "forecast",
        "past",
        "revenue",
        "pieces",
        "rate",
        "target",
        "demand",
    )
)
FILLERS = frozenset(
    (
        "please",
        "and",
        "replenish",
        "shipped",
        "ship",
        "with",
        "cadence",
        "rhythm",
        "basis",
        "on",
        "a",
        "then",
        "the",
        "it",
    )
) | {"frequency", "mode", "schedule", "just", "but"}


def read_replenishment(text: Text) -> Found:
    """Read the replenishment strategy."""
    refusals, denials = _refusals(text)
    refused = frozenset().union(*(span(r.first, r.last) for r in [*refusals, *denials]))
    rhythms, excluded = _rhythms(text, refused)
    once = [(hit.first, hit.last) for hit in text.find(ONCE)]
    nothing = [Reading(ReplenishmentStrategy.NONE, *place) for place in once + all_up_front(text)]
    readings = refusals + nothing + rhythms
    if not readings:
        readings = denials or _alone(text)
    return _settled(text, readings, excluded | refused)


def _refusals(text: Text) -> tuple[list[Reading], list[Reading]]:
    """“No replenishment”, and “no weekly replenishment”, which leaves open what there is instead."""
    flat: list[Reading] = []
    denied: list[Reading] = []
    for hit in text.find(REFUSED):
        if any(hit.groups):
            question = f"“{text.quote(hit.first, hit.last)}”: no replenishment at all, or another rhythm?"
            denied.append(Reading(ReplenishmentStrategy.NONE, hit.first, hit.last, question))
        else:
            flat.append(Reading(ReplenishmentStrategy.NONE, hit.first, hit.last))
    return flat, denied


def _rhythms(text: Text, refused: frozenset[int]) -> tuple[list[Reading], frozenset[int]]:
    """Rhythms that are about replenishment, and the places of those that are ruled out: “not bi-weekly”."""
    readings: list[Reading] = []
    excluded: frozenset[int] = frozenset()
    for hit in text.find(RHYTHM):
        if hit.first in refused or hit.last in refused:
            continue
        if text.words[hit.first] == "no":
            excluded |= span(hit.first, hit.last)
        elif _about_replenishment(text, hit.first, hit.last):
            readings.append(_frequency(text, hit.first, hit.last, hit.groups[0]))
    return readings, excluded


def _alone(text: Text) -> list[Reading]:
    """The only rhythm in a text without punctuation, where nothing else is said to have a rhythm."""
    hits = [
        hit for hit in text.find("weekly|biweekly") if text.quote(hit.first, hit.last).lower() not in LOOSE
    ]
    if len(hits) != 1:
        return []
    first, last = hits[0].first, hits[0].last
    around = text.words[max(first - 2, 0) : first] + text.words[last + 1 : last + 2]
    if any(word in OTHER_SUBJECTS - CHECKS for word in around):
        return []
    return [Reading(FREQUENCIES[text.words[first]], first, last)]


def _settled(text: Text, readings: list[Reading], extra: frozenset[int]) -> Found:
    if not any(r.value is ReplenishmentStrategy.NONE for r in readings) or len(readings) < 2:
        return settle(text, readings, "replenishment", extra=extra)
    explicit = [r for r in readings if (r.first, r.last) not in set(all_up_front(text))]
    if explicit and len(explicit) < len(readings):
        # everything shipped at the start, yet a rhythm is named: the rhythm's own words decide, and we ask
        found = settle(text, explicit, "replenishment", extra=extra)
        if found.value is ReplenishmentStrategy.NONE:
            return found
    return settle(text, readings, "replenishment", extra=extra)


def _frequency(text: Text, first: int, last: int, word: str | None) -> Reading:
    if word in FREQUENCIES:
        return Reading(FREQUENCIES[word], first, last)
    question = f"“{text.quote(first, last)}”: replenishment can be none, weekly or bi-weekly. Which one?"
    return Reading(ReplenishmentStrategy.WEEKLY, first, last, question, usable=False)


def _about_replenishment(text: Text, first: int, last: int) -> bool:
    """Near a word for replenishing, or alone in its clause."""
    low, high = text.sentence(first)
    near = range(max(first - REACH, low), min(last + REACH + 1, high))
    word = text.words[first]
    distances = [abs(i - first) for i in near if text.words[i] in {"replenish", "ship"}]
    others = [abs(i - first) for i in near if text.words[i] in OTHER_SUBJECTS]
    if distances and (not others or min(distances) <= min(others)):
        return True
    start, after = text.clause(first)
    rest = [text.words[i] for i in range(start, after) if not first <= i <= last]
    if word in {"weekly", "biweekly"} and text.quote(first, last).lower() in LOOSE:
        return False
    return all(w in FILLERS | CLAUSE_ENDS for w in rest) and word in FREQUENCIES


def all_up_front(text: Text) -> list[tuple[int, int]]:
    """Where everything is said to leave for the stores at the start."""
    patterns = (
        r"all (?:of )?(?:it |the |our )?(?:stock |units |inventory |product |goods |merchandise "
        r"|is |are |gets |to be |goes |be |out )*"
        r"(?:ship|upfront)(?: (?:out|ship|the|stores|to|at|upfront|stock|all|initial))*",
        r"ship (?:out )?(?:it |the |out )*(?:100 % (?:of )?(?:it |stock |the |units )*|all)(?:"
        r" (?:of|it|the|stock|units|inventory|ship|out|stores|to|stock))* ?(?:upfront|ship)?",
        r"all (?:a|in|an|aux|the|die|en) ship(?: (?:ship|stores))*",
        r"(?:100 %) (?:of )?(?:the |stock |units |inventory |buy |is )*(?:ship|upfront)(?: (?:out"
        r"|ship|upfront|stores))*",
    )
    found: list[tuple[int, int]] = []
    for pattern in patterns:
        for hit in text.find(pattern):
            if "no" not in text.words[max(hit.first - 2, 0) : hit.first] and not any(
                hit.first <= last and first <= hit.last for first, last in found
            ):
                found.append((hit.first, hit.last))
    return found
