"""When the season starts and how many weeks it has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import ceil

from schemas.parameters import MAX_HORIZON_WEEKS, Confidence
from tasks.parameters.amounts import QUARTER_WEEKS
from tasks.parameters.calendar import Calendar, month_end, shifted
from tasks.parameters.clauses import BREAKS, TOPICS, Clause, cut
from tasks.parameters.frames import START, WEEKS
from tasks.parameters.reading import Ask, Found, Reading, Value, is_corrected, settle
from tasks.parameters.roles import is_strange
from tasks.parameters.text import SENTENCE_ENDS, Quantity, Text
from tasks.parameters.vocabulary import FILLERS, PARTS

START_CUES = frozenset({"start", "from", "beginning", "on", "of"})
FIRM_STARTS = frozenset({"start", "from", "beginning"})
END_CUES = frozenset({"end", "until"})
OTHER_CUES = frozenset({"checkpoint", "markdown", "by", "replenish", "due"})
LINKS = frozenset({"to", "to the", "and", "a", "to end", "until", "until the", "/", "to end of"})
WHICH_DAY = "On which day exactly does the season start? {day} is assumed."
NOT_THEN = "“{quote}” is ruled out: on which day does the season start?"
OFF = "“{quote}”: is a season to be planned here?"
TO_OR_FROM = "Does the season start {quote}, or last that long?"
IS_IT = "Does the season start on {day} (“{quote}”)?"


@dataclass(frozen=True)
class Season:
    """What was found about when and how long, and the tokens that it was found in."""

    start: Found
    weeks: Found
    claimed: frozenset[int]


def read_season(text: Text, calendar: Calendar, known: Mapping[str, Value]) -> Season:
    """Read the start and the weeks; either may follow from the other and the end, or be known already."""
    dates, weekdays = _checked_weekdays(text)
    starts, ends = _classify(text, dates)
    lengths = [_length(quantity) for quantity in text.quantities("WEEKS")] + _corrected_lengths(text)
    weeks = settle(text, lengths, "season's length")
    start = settle(text, [_day(one, bool(ends)) for one in starts], "start")
    weeks = Found(known[WEEKS], stated=True, usable=True) if WEEKS in known else weeks
    start = Found(known[START], stated=True, usable=True) if START in known else start
    weeks, start = _not_denied(text, weeks, lengths), _not_denied(text, start, starts)
    if starts and "moved" in starts[-1].marks and not weeks.stated:
        start = _asking(start, Ask(TO_OR_FROM.format(quote=start.quote)))
    if ends:
        start, weeks = _from_end(text, ends[-1], start, weeks, calendar)
    elif starts and "quarter" in starts[0].marks and not weeks.stated:
        weeks = Found(QUARTER_WEEKS, start.quote, start.confidence, (), True, True)
    claimed = {one.first for one in [*starts, *ends]} | {one.first for one in lengths}
    return Season(start, weeks, frozenset(claimed | weekdays))


def _not_denied(text: Text, found: Found, places: Sequence[Reading | Quantity]) -> Found:
    """“Cancel the season of 12 weeks”, “don't plan 12 weeks”: nothing to start without a question."""
    for clause in cut(text):
        for one in places:
            between = text.words[clause.first : one.first] if clause.first <= one.first <= clause.last else ()
            said = between[len(between) - 1 - between[::-1].index("no") :] if "no" in between else ()
            if said and not {*said} & (TOPICS | {"but"}) and found.quote == text.quote(one.first, one.last):
                return _asking(found, Ask(OFF.format(quote=clause.quote()), firm=True))
    return found


def _checked_weekdays(text: Text) -> tuple[list[Quantity], set[int]]:
    """Monday 4 January is one date, and one to ask about where that is no Monday."""
    kept, names = list[Quantity](), set[int]()
    found = text.quantities("DATE")
    for number, one in enumerate(found):
        near = [other for other in found[max(number - 1, 0) : number + 2] if _names_day(text, one, other)]
        if not near:
            kept.append(one)
        elif isinstance(near[0].value, date) and isinstance(one.value, date):
            names.add(one.first)
            if near[0].value.weekday() != one.value.weekday():
                quote = text.quote(min(one.first, near[0].first), max(one.first, near[0].first))
                asked = f"{quote} is a {near[0].value:%A}: which day is meant?"
                found[found.index(near[0])] = replace(near[0], question=asked)
                kept = [replace(k, question=asked) if k.first == near[0].first else k for k in kept]
    return kept, names


def _names_day(text: Text, weekday: Quantity, other: Quantity) -> bool:
    between = text.words[min(weekday.first, other.first) + 1 : max(weekday.first, other.first)]
    named = "weekday" in weekday.marks and "weekday" not in other.marks and other.value is not None
    return named and len(between) <= 1 and not {*between} & (SENTENCE_ENDS | {"to", "until", "and"})


def _classify(text: Text, dates: list[Quantity]) -> tuple[list[Quantity], list[Quantity]]:
    """Which dates start the season and which end it; any other is left to be asked about."""
    clauses = cut(text)
    starts, ends, other, denied = list[Quantity](), list[Quantity](), list[Quantity](), list[Quantity]()
    for number, one in enumerate(dates):
        clause = next(c for c in clauses if c.first <= one.first <= c.last)
        before = text.words[
            max(one.first - 5, clause.first, dates[number - 1].last + 1 if number else 0) : one.first
        ]
        linked = number and " ".join(text.words[dates[number - 1].last + 1 : one.first]) in LINKS
        if clause.is_past or clause.has("label", "talk"):
            continue
        if "no" in before[-2:]:
            denied.append(one)
            continue
        if denied and "but" in before:
            starts.append(one)
            continue
        if (linked and (starts or other)) or _is_end(before):
            ends.append(one)
            if linked and not starts:
                starts.append(other.pop())
        elif (starts and is_corrected(text, starts[-1].last, one.first)) or (
            text.words[one.last + 1 : one.last + 2] == ("start",) and clause.last > one.last
        ):
            starts.append(one)
        elif {*before} & START_CUES and not {*before} & OTHER_CUES and _is_about_season(clause, before):
            starts.append(_doubted(text, one, before))
        else:
            other.append(one)
    if not starts and not other:
        starts = [
            replace(one, value=None, question=NOT_THEN.format(quote=text.quote(one.first, one.last)))
            for one in denied[:1]
        ]
    if not starts:
        starts = [_asked(text, one, clauses) for one in _likeliest(other)[:1]]
    return starts, ends


def _likeliest(dates: list[Quantity]) -> list[Quantity]:
    return [one for one in dates if "event" not in one.marks] or dates


def _is_end(before: Sequence[str]) -> bool:
    """“Until 24 May”, “ends on”; not “ends, starts from”."""
    cues = [word for word in before if word in START_CUES | END_CUES]
    if before[-1:] == ("by",):
        return bool({"out", "end", "sold", "off"} & {*before})
    return any(word in END_CUES for word in cues[-2:]) and cues[-1] not in FIRM_STARTS


def _is_about_season(clause: Clause, before: Sequence[str]) -> bool:
    """A weak cue (“on”, “of”) counts only where nothing strange is said."""
    return bool({*before} & FIRM_STARTS) or not strange_words(clause)


def strange_words(clause: Clause) -> list[str]:
    """The words of a clause that nothing here knows."""
    return [word for word in clause.words if is_strange(word)]


def _doubted(text: Text, one: Quantity, before: Sequence[str]) -> Quantity:
    """“Around Easter”, “the weekend before Mother's Day”, “back from Memorial Day”: not exactly that day."""
    after = text.words[one.last + 1 : one.last + 2]
    if {*before} & {"about"} or {*before[-3:]} & PARTS["besides"] or after == ("about",):
        return replace(one, question=one.question or WHICH_DAY.format(day=one.value))
    return one


def _asked(text: Text, one: Quantity, clauses: Sequence[Clause]) -> Quantity:
    """A date without a word for the start: sure only where its clause says nothing else."""
    clause = next(c for c in clauses if c.first <= one.first <= c.last)
    others = {*clause.words} - FILLERS - BREAKS - PARTS["beside_date"]
    if one.question or not (others or "event" in one.marks):
        return one
    return replace(one, question=IS_IT.format(day=one.value, quote=text.quote(one.first, one.last)))


def _day(one: Quantity, with_end: bool) -> Reading:
    """A month alone starts on its first day where another month ends the season."""
    clear = with_end and "month" in one.marks
    asked = None if clear or not one.question else Ask(one.question, firm=one.value is None)
    return Reading(one.value, one.first, one.last, asked, usable=one.value is not None)


def _length(one: Quantity) -> Reading:
    asked = Ask(one.question, firm=True) if one.question else None
    return Reading(_number(one), one.first, one.last, asked, usable="unusable" not in one.marks)


def _corrected_lengths(text: Text) -> list[Reading]:
    """“12 weeks, make that 13”: a bare number corrects the weeks before it."""
    found = list[Reading]()
    for one in text.quantities("NUMBER"):
        before = [w for w in text.quantities("WEEKS", "SHARE", "WEEK") if w.last < one.first]
        fixes = "fix" in text.words[max(one.first - 3, 0) : one.first]
        value = _number(one)
        if fixes and before and before[-1].kind == "WEEKS" and 1 <= value <= MAX_HORIZON_WEEKS:
            found.append(Reading(value, one.first, one.last))
    return found


def _from_end(
    text: Text, end: Quantity, start: Found, weeks: Found, calendar: Calendar
) -> tuple[Found, Found]:
    """The weeks from start to end, or the start from weeks and end."""
    quote = text.quote(end.first, end.last)
    day = _last_day(end)
    if day is None:
        return start, _asking(weeks, Ask(end.question or f"On which day is “{quote}”?", firm=True))
    asked = Ask(end.question, firm=True) if end.question and "month" not in end.marks else None
    if isinstance(start.value, date):
        while "yearless" in end.marks and day < start.value and day.year < start.value.year + 2:
            day = shifted(day, 365)
        return start, _agreed(weeks, ceil(((day - start.value).days + 1) / 7), day, quote, asked)
    if isinstance(weeks.value, int) and not start.stated:
        first = shifted(day, 1 - 7 * weeks.value)
        if first < calendar.today and "yearless" in end.marks:
            asked = asked or Ask(
                f"{weeks.value} weeks to {day} start on {first}, which is past: when does the season start?"
            )
        return Found(
            first, quote, Confidence.LOW if asked else Confidence.HIGH, (asked,) if asked else (), True, True
        ), weeks
    return start, _asking(weeks, Ask(f"When does the season that ends with “{quote}” start?"))


def _last_day(end: Quantity) -> date | None:
    """A month that ends a season ends it on its last day: “through August”."""
    if isinstance(end.value, date) and "month" in end.marks:
        return month_end(end.value.month)(end.value.year)
    return end.value if isinstance(end.value, date) else None


def _agreed(weeks: Found, count: int, day: date, quote: str, asked: Ask | None) -> Found:
    """The weeks that reach the end, or a question where other weeks were said."""
    if weeks.stated and weeks.value != count:
        both = Ask(
            f"“{weeks.quote}” and an end on {day} do not agree: {count} weeks would reach it. Which one?",
            options=(weeks.value, count),
        )
        return _asking(weeks, both)
    if weeks.stated:
        return weeks
    if not 1 <= count <= MAX_HORIZON_WEEKS:
        asked = Ask(
            f"“{quote}” is not 1 to {MAX_HORIZON_WEEKS} weeks after the start: when does the season end?",
            firm=True,
        )
        return Found(None, quote, Confidence.LOW, (asked,), True, False)
    return Found(
        count, quote, Confidence.LOW if asked else Confidence.HIGH, (asked,) if asked else (), True, True
    )


def _asking(found: Found, ask: Ask) -> Found:
    return replace(found, asks=(*found.asks, ask), confidence=Confidence.LOW)


def _number(one: Quantity) -> int:
    return 0 if one.value is None or isinstance(one.value, date) else int(one.value)
