"""The share of the buy that stays at the distribution centre."""

from tasks.parameters.reading import Found, Reading, is_corrected, settle
from tasks.parameters.replenishment import all_up_front
from tasks.parameters.shares import Share
from tasks.parameters.text import Text

SMALLEST_LIKELY = 0.01
ALL_HELD = (
    r"(?:hold|holdback)(?: (?:back|on|to))? all(?: (?:back|at|in|the|dc|stock))*"
    r"|all (?:of it |is |stock )*(?:hold|holdback)(?: (?:back|at|in|the|dc))*"
)


def read_holdback(text: Text, shares: list[Share]) -> Found:
    """Read the holdback: as said, as the complement of what ships, or none at all."""
    readings = [_reading(text, share) for share in shares if share.subject in {"holdback", "shipped"}]
    readings += [Reading(0.0, first, last) for first, last in _nothing(text)]
    readings += [_everything(text, hit.first, hit.last) for hit in text.find(ALL_HELD)]
    up_front = [Reading(0.0, first, last) for first, last in all_up_front(text)]
    readings = [r for r in readings if not any(_inside(r, other) for other in up_front)] + up_front
    return settle(text, readings, "holdback")


def _everything(text: Text, first: int, last: int) -> Reading:
    quote = text.quote(first, last)
    return Reading(1.0, first, last, f"“{quote}”: does nothing go to the stores at the start?")


def _inside(one: Reading, other: Reading) -> bool:
    return other.first <= one.first <= other.last and one.value == other.value


def _reading(text: Text, share: Share) -> Reading:
    value = 1 - share.value if share.subject == "shipped" else share.value
    quote = text.quote(share.first, share.last)
    if not 0 <= value <= 1:
        asked = f"“{quote}” is not a share between 0 % and 100 %: how much is held back?"
        return Reading(value, share.first, share.last, asked, usable=False)
    question: str | None = None
    if share.range or share.bound:
        question = f"“{quote}”: how much exactly is held back?"
    elif 0 < share.value < SMALLEST_LIKELY and share.subject == "holdback":
        question = f"“{quote}” is less than 1 %: how much is held back?"
    elif share.bare and value == 1:
        question = f"“{quote}”: is everything held back, or 1 %?"
    elif share.value == 1 and share.subject == "holdback" and _negated(text, share):
        question = f"“{quote}”: how much is held back?"
    return Reading(round(value, 4), share.first, share.last, question)


def _negated(text: Text, share: Share) -> bool:
    return "no" in text.words[max(share.first - 3, text.clause(share.first)[0]) : share.first]


def _nothing(text: Text) -> list[tuple[int, int]]:
    """“No holdback”, “nothing held back”, “hold nothing back”."""
    patterns = (
        r"no (?:dc |any |stock |units |to |be |is |need |for )*(?:holdback|hold anything(?:"
        r" (?:holdback|back|dc|in|at|the))*)",
        r"no (?:stock |units |is |to |be |gets |thing )*(?:hold|holdback)(?: (?:at|in|back|the|dc))*",
        r"hold (?:back )?no(?: (?:back|at|in|the|dc|stock))*",
        r"holdback (?:is |: |= |of |at )*no",
        r"no dc(?: (?:stock|reserve|holdback|inventory|units))?(?! (?:replenish|ship))",
    )
    return [
        (hit.first, hit.last)
        for pattern in patterns
        for hit in text.find(pattern)
        if not is_corrected(text, hit.first, hit.first + 1) and not _is_verb_with_share(text, hit.last)
    ]


def _is_verb_with_share(text: Text, last: int) -> bool:
    """“Don't hold back 30 %” says nothing about nothing."""
    after = text.clause(last)[1]
    return any("%" in word or word[0].isdigit() for word in text.words[last + 1 : min(last + 3, after)])
