"""A value read out of words that are said to state it: a model's quote, a planner's answer.

The rules' own readers read the words, alone and after the field's own name; what they cannot read states
nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from schemas.parameters import MAX_HORIZON_WEEKS, ReplenishmentStrategy
from tasks.parameters.amounts import find_amounts
from tasks.parameters.calendar import Calendar
from tasks.parameters.dates import find_dates
from tasks.parameters.frames import CHECKPOINT, HOLDBACK, REPLENISHMENT, START, THRESHOLD, WEEKS
from tasks.parameters.reading import Found, Value
from tasks.parameters.rules import read_rules
from tasks.parameters.text import read_text

SAME = 0.005
NAMED = {
    WEEKS: ("{} weeks",),
    START: ("start {}", "start on {}"),
    REPLENISHMENT: ("replenish {}", "replenishment: {}"),
    HOLDBACK: ("holdback {}", "holdback: {}"),
    CHECKPOINT: ("markdown {}", "markdown in week {}"),
    THRESHOLD: ("markdown below {}", "markdown week 1 below {}"),
}
KINDS = {WEEKS: "WEEKS", START: "DATE", HOLDBACK: "SHARE", CHECKPOINT: "WEEK", THRESHOLD: "SHARE"}
TURNED = frozenset({"ship", "stores", "upfront", "firstship", "left", "rest"})


@dataclass(frozen=True)
class Reader:
    """Reads words as the text is read: against the same day, in the same order of day and month."""

    today: date
    locale: str
    usual_holdback: float

    @property
    def calendar(self) -> Calendar:
        """What dates are read against."""
        return Calendar(self.today, self.locale)

    def stated(self, name: str, words: str, weeks: int) -> Found | None:
        """What the words state for a field by the frames; None where they state nothing that is clear."""
        known: dict[str, Value] = {} if name == WEEKS else {WEEKS: weeks}
        for form in ("{}", *NAMED[name]):
            outcome = read_rules(
                form.format(words.replace("{", "").replace("}", "")),
                today=self.today,
                locale=self.locale,
                usual_holdback=self.usual_holdback,
                known=known,
            )
            found = outcome.found[name]
            if found.stated and found.usable and not found.asks:
                return found
            if any(ask.firm for ask in found.asks):
                return None
        return None

    def counted(self, name: str, words: str) -> Iterator[Value]:
        """The field's quantities in the words, whatever stands around them: what the value may be."""
        text = find_amounts(find_dates(read_text(words, self.locale), self.calendar))
        for one in text.quantities(KINDS.get(name, "")):
            if one.value is not None and not one.question and not one.marks & {"range", "bound"}:
                yield one.value
                if isinstance(one.value, float) and one.kind == "SHARE" and TURNED & {*text.words}:
                    yield 1 - one.value
        if name == CHECKPOINT and {"no", "fullprice"} & {*text.words}:
            yield None
        if name == REPLENISHMENT:
            said = {"weekly": ReplenishmentStrategy.WEEKLY, "biweekly": ReplenishmentStrategy.BI_WEEKLY}
            yield from (said[word] for word in text.words if word in said and "no" not in text.words)


def in_bounds(name: str, value: object, weeks: int, calendar: Calendar) -> tuple[bool, Value]:
    """Whether a parameter can take a value, and the value in the parameter's own type."""
    if name == START:
        try:
            day = date.fromisoformat(str(value))
        except ValueError:
            return False, None
        return not calendar.is_far(day), day
    if name == REPLENISHMENT:
        known = isinstance(value, str) and value in set(ReplenishmentStrategy)
        return known, ReplenishmentStrategy(str(value)) if known else None
    if name == CHECKPOINT and (value is None or value == "none"):
        return True, None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return False, None
    if name in {HOLDBACK, THRESHOLD}:
        return 0 <= value <= 1, round(float(value), 4)
    most = MAX_HORIZON_WEEKS if name == WEEKS else weeks
    fits = 1 <= value <= most and value == int(value)
    return fits, int(value) if fits else None


def same(one: Value, other: Value) -> bool:
    """Whether two values are one, shares within half a percent."""
    numbers = isinstance(one, int | float) and isinstance(other, int | float)
    return abs(one - other) <= SAME if numbers else one == other  # type: ignore[operator]
