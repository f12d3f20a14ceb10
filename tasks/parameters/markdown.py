"""When sell-through is checked for a markdown, and under which sell-through it is taken."""

from dataclasses import dataclass
from math import ceil

from tasks.parameters.reading import Found, Reading, settle, span
from tasks.parameters.shares import Share
from tasks.parameters.text import Text

ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "tenth": 10}
CUES = frozenset({"markdown", "checkpoint", "sellthrough", "threshold", "below"})
NOT_A_CHECKPOINT = frozenset({"until", "start", "through", "calendarweek", "end"})


@dataclass(frozen=True)
class Markdown:
    """What was found about the markdown."""

    week: Found
    threshold: Found


def read_markdown(text: Text, shares: list[Share], horizon: int) -> Markdown:
    """Read checkpoint and threshold; `horizon` is the season's weeks, for “halfway” and for the bound."""
    threshold = settle(
        text, [_threshold(text, s) for s in shares if s.subject == "threshold"], "markdown threshold"
    )
    refusals = _refusals(text)
    refused = set().union(*(span(r.first, r.last) for r in refusals)) if refusals else set()
    weeks = [r for r in _weeks(text, horizon) if not span(r.first, r.last) & refused]
    week = settle(text, [*refusals, *weeks], "markdown checkpoint")
    mentioned = {hit.first for hit in text.find("markdown")}
    if not week.stated and mentioned and not _is_past(text, mentioned):
        quote = text.quote(min(mentioned), min(mentioned))
        asked = f"“{quote}”: in which week is sell-through checked?"
        week = Found(questions=(asked,), claimed=frozenset(mentioned))
    return Markdown(week, threshold)


def _is_past(text: Text, mentioned: set[int]) -> bool:
    return all("past" in text.words[slice(*text.sentence(i))] for i in mentioned)


def _threshold(text: Text, share: Share) -> Reading:
    quote = text.quote(share.first, share.last)
    if not 0 <= share.value <= 1:
        question = f"“{quote}” is no sell-through between 0 % and 100 %: which one is meant?"
        return Reading(share.value, share.first, share.last, question, usable=False)
    unsure = share.range or (share.bare and share.value == 1)
    asked = f"“{quote}”: which sell-through exactly?" if unsure else None
    return Reading(round(share.value, 4), share.first, share.last, asked)


def _refusals(text: Text) -> list[Reading]:
    patterns = (
        r"no (?:plan(?:ned|s)? |any |need |for |to |the |be |a |take |taking |want |all |do "
        r"|thanks |more |end of season )*markdown(?! (?:before|until))(?: (?:no|entirely|at all"
        r"|planned|needed))*",
        r"markdown (?:is |are |: |= |week |checkpoint |should |be |plan |to |will )*no(?!\S|"
        r" (?:later|earlier|before|more|less))(?: (?:planned|needed|wanted|required))?",
        r"no (?:mark|clear|cut|reduce) (?:\w+ ){1,3}down",
        r"past(?: price)? (?:throughout|all season|only)|full price (?:throughout|all season|only)",
    )
    return [Reading(None, h.first, h.last) for pattern in patterns for h in text.find(pattern)]


def _weeks(text: Text, horizon: int) -> list[Reading]:
    found: list[Reading] = []

    def add(week: int, first: int, last: int) -> None:
        if _is_about_markdown(text, first) and not any(first <= r.last and r.first <= last for r in found):
            found.append(_bounded(text, week, first, last, horizon))

    for hit in text.find(
        r"week (?:no|number|n°|nr|# )?(?:\. )?(?:: |is |of )?(\d+)(?:st|nd|rd|th)?(?! (?:weeks"
        r"|units|stores|%|percent))"
    ):
        if text.words[max(hit.first - 1, 0)] not in NOT_A_CHECKPOINT:
            add(int(hit.groups[0] or 0), hit.first, hit.last)
    for hit in text.find(
        r"(?:checkpoint|markdown)(?: (?:checkpoint|markdown|is|at|in|on|of|:|=|set"
        r"|to))* (\d+)(?! (?:%|weeks?|months?|stores))"
    ):
        add(int(hit.groups[0] or 0), hit.first, hit.last)
    ordinals = "|".join(ORDINALS)
    for hit in text.find(
        rf"(?:the )?(?:(\d+)(?:st|nd|rd|th)|({ordinals})) week(?! (?:of|in) (?:\d+ )?m\d\d)"
    ):
        number = int(hit.groups[0]) if hit.groups[0] else ORDINALS[str(hit.groups[1])]
        add(number, hit.first, hit.last)
    for hit in text.find(
        r"after (\d+) (?:weeks|week)|(\d+) (?:weeks|week) (?:in|into(?: the season)?|mark|point)"
    ):
        add(int(hit.groups[0] or hit.groups[1] or 0), hit.first, hit.last)
    for hit in text.find(r"(\d+) (?:weeks|week) before (?:the )?(?:season |s )*(?:end|close)"):
        add(horizon - int(hit.groups[0] or 0), hit.first, hit.last)
    for hit in text.find(r"halfway(?: through)?|half (?:way|point)"):
        add(ceil(horizon / 2), hit.first, hit.last)
    return found


def _is_about_markdown(text: Text, first: int) -> bool:
    low, high = text.sentence(first)
    if any(word in CUES for word in text.words[low:high]):
        return True
    # “… 60 %. Week 6.” after a sentence about the markdown
    previous = text.sentence(low - 2)[0] if low >= 2 else low
    return high - low <= 4 and any(word in CUES for word in text.words[previous:low])


def _bounded(text: Text, week: int, first: int, last: int, horizon: int) -> Reading:
    if 1 <= week <= horizon:
        return Reading(week, first, last)
    quote = text.quote(first, last)
    question = f"“{quote}” lies outside the season's {horizon} weeks: in which week is sell-through checked?"
    return Reading(None, first, last, question, usable=False)
