"""When the season starts and how many weeks it has."""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil

from schemas.parameters import MAX_HORIZON_WEEKS, Confidence
from tasks.parameters.dated import Calendar, Dated
from tasks.parameters.dates import find_dates
from tasks.parameters.reading import Found, Reading, is_corrected, settle, span
from tasks.parameters.relative import QUARTER_WEEKS
from tasks.parameters.text import Text

START_CUES = frozenset({"start", "from", "on", "of", "beginning", "live"})
END_CUES = frozenset({"end", "until"})
OTHER_CUES = frozenset({"checkpoint", "markdown"})
ROUGHLY = frozenset(
    {"around", "about", "roughly", "approximately", "circa", "near", "gegen", "vers", "hacia"}
)
BESIDES = frozenset({"before", "after", "following", "prior", "ahead"})
BOUNDS = frozenset({"least", "most", "minimum", "maximum", "max", "min", "roughly", "approximately", "until"})
WEEKS_IN_A_YEAR = 52
NOT_THE_SEASON = r"last|past|previous|prior|every|each|other|in|within|calendarweek|after|another|first"
NOT_A_LENGTH = (
    r"before|after|ago|earlier|later|prior|from (?:now|today)|ahead|hence|time|lead|cover|supply|mark|point"
    r"|of (?:history|data|sales|supply|cover|stock)|in(?! (?:total|all|length|\w*\d))"
)


@dataclass(frozen=True)
class Season:
    """What was found about when and how long."""

    start: Found
    weeks: Found


def read_season(text: Text, calendar: Calendar) -> Season:
    """Read the start and the weeks; either may follow from the other and the end."""
    dates = _without_weekday_names(text, find_dates(text, calendar))
    starts, ends = _classify(text, dates)
    weeks = settle(text, _week_counts(text), "season's length")
    start = settle(text, [_start_reading(d) for d in starts], "start")
    if ends:
        start, weeks = _from_end(text, ends[0], start, weeks)
    if starts and starts[0].quarter and not weeks.stated:
        weeks = Found(
            value=QUARTER_WEEKS, quote=start.quote, confidence=start.confidence, stated=True, usable=True
        )
    return Season(start, weeks)


def _with(found: Found, **changes: object) -> Found:
    return replace(found, **changes)  # type: ignore[arg-type]


def _without_weekday_names(text: Text, dates: list[Dated]) -> list[Dated]:
    """Monday 4 January is one date, and one to ask about where that is no Monday."""
    kept: list[Dated] = []
    for dated in dates:
        previous = kept[-1] if kept else None
        if previous is None or not _names_the_day_of(text, previous, dated):
            kept.append(dated)
            continue
        right = dated.day.weekday() == int(text.words[previous.first][1])
        said = f"{text.quote(previous.first, dated.last)} is a {dated.day:%A}: which day is meant?"
        kept[-1] = replace(dated, first=previous.first, question=dated.question if right else said)
    return kept


def _names_the_day_of(text: Text, weekday: Dated, dated: Dated) -> bool:
    single = weekday.first == weekday.last and re.fullmatch(r"d[0-6]", text.words[weekday.first])
    return (
        bool(single) and dated.first - weekday.last <= 2 and "." not in text.words[weekday.last : dated.first]
    )


def _classify(text: Text, dates: list[Dated]) -> tuple[list[Dated], list[Dated]]:
    """Which dates start the season and which end it; any other is left to be asked about."""
    starts: list[Dated] = []
    ends: list[Dated] = []
    other: list[Dated] = []
    for index, dated in enumerate(dates):
        before = text.words[max(dated.first - 4, text.sentence(dated.first)[0]) : dated.first]
        if _is_end(text, dates, index, before):
            ends.append(dated)
        elif starts and is_corrected(text, starts[-1].last, dated.first):
            starts.append(dated)
        elif any(word in START_CUES for word in before) and not OTHER_CUES & {*before}:
            starts.append(_with_doubt(dated, before))
        else:
            other.append(dated)
    if not starts:
        plain = [dated for dated in other if not _is_ahead(text, dated)]
        firm = [dated for dated in plain if not dated.event] or plain
        starts = [_asked(dated, text) if dated.event or dated.question else dated for dated in firm[:1]]
    return starts, ends


def _is_ahead(text: Text, dated: Dated) -> bool:
    return text.words[dated.first] == "in"


def _asked(dated: Dated, text: Text) -> Dated:
    question = (
        dated.question or f"Does the season start on {dated.day} (“{text.quote(dated.first, dated.last)}”)?"
    )
    return replace(dated, question=question)


def _with_doubt(dated: Dated, before: tuple[str, ...]) -> Dated:
    """“Around Easter”, “the weekend before Mother's Day”: a day, but not exactly that one."""
    if not any(word in ROUGHLY for word in before) and not any(word in BESIDES for word in before[-2:]):
        return dated
    question = f"On which day exactly does the season start? {dated.day} is assumed."
    return replace(dated, question=dated.question or question)


def _is_end(text: Text, dates: list[Dated], index: int, before: tuple[str, ...]) -> bool:
    cues = [word for word in before if word in START_CUES | END_CUES]
    if any(word in END_CUES for word in cues[-2:]) and (not cues or cues[-1] not in {"start", "from"}):
        return True
    if index == 0:
        return False
    previous = dates[index - 1]
    return text.words[previous.last + 1 : dates[index].first] in {
        ("to",),
        ("to", "the"),
        ("and",),
        ("a",),
        ("to", "end"),
    }


def _start_reading(dated: Dated) -> Reading:
    """A start with its year written out may lie in the past: a season that is rehearsed on history."""
    return Reading(dated.day, dated.first, dated.last, dated.question)


def _from_end(text: Text, end: Dated, start: Found, weeks: Found) -> tuple[Found, Found]:
    """The weeks from start to end, or the start from weeks and end."""
    ended = span(end.first, end.last)
    quote = text.quote(end.first, end.last)
    if isinstance(start.value, date):
        day = end.day
        while end.yearless and day < start.value:
            day = (
                day.replace(year=day.year + 1)
                if (day.month, day.day) != (2, 29)
                else day + timedelta(days=366)
            )
        count = ceil(((day - start.value).days + 1) / 7)
        reading = Reading(count, end.first, end.last, end.question)
        if not weeks.stated:
            return start, _bounded_found(text, reading, ended)
        asked = (
            ()
            if weeks.value == count
            else (
                f"“{weeks.quote}” and an end on {day} do not agree: {count} weeks would reach it. Which one?",
            )
        )
        return start, _asking(weeks, asked, ended)
    if isinstance(weeks.value, int) and not start.stated:
        first = end.day - timedelta(days=7 * weeks.value - 1)
        asked_start = _start_reading(Dated(first, end.first, end.last, question=end.question))
        return settle(text, [asked_start], "start"), weeks
    return start, _asking(weeks, (f"When does the season that ends with “{quote}” start?",), ended)


def _asking(found: Found, questions: tuple[str, ...], claimed: frozenset[int]) -> Found:
    confidence = Confidence.LOW if questions else found.confidence
    return _with(
        found, questions=found.questions + questions, claimed=found.claimed | claimed, confidence=confidence
    )


def _bounded_found(text: Text, reading: Reading, claimed: frozenset[int]) -> Found:
    return settle(text, [_bounded(text, reading)], "season's length", extra=claimed)


def _bounded(text: Text, reading: Reading) -> Reading:
    value = reading.value
    if isinstance(value, int) and 1 <= value <= MAX_HORIZON_WEEKS:
        return reading
    quote = text.quote(reading.first, reading.last)
    question = f"“{quote}” is not 1 to {MAX_HORIZON_WEEKS} weeks: how many weeks has the season?"
    return Reading(value, reading.first, reading.last, question, usable=False)


def _week_counts(text: Text) -> list[Reading]:
    readings: list[Reading] = []

    def add(value: float, first: int, last: int, question: str | None = None) -> None:
        if any(first <= r.last and r.first <= last for r in readings):
            return
        if value != int(value):
            question = question or f"How many whole weeks is “{text.quote(first, last)}”?"
        readings.append(_bounded(text, Reading(round(value), first, last, question)))

    for hit in text.find(
        r"(\d+) (?:weeks? )?(?:to|or|until|and) (\d+) weeks?(?!"
        r" (?:" + NOT_A_LENGTH + "))"
    ):
        if (
            text.words[hit.first - 1 : hit.first] != ("between",)
            and "and" in text.words[hit.first : hit.last]
        ):
            continue
        add(
            int(hit.groups[1] or 0),
            hit.first,
            hit.last,
            f"“{text.quote(hit.first, hit.last)}”: how many weeks exactly?",
        )
    for hit in text.find(rf"(\d+(?:\.\d+)?) (?:full )?(?:weeks|week)(?! (?:{NOT_A_LENGTH})(?!\S))"):
        if not _is_other_length(text, hit.first):
            bound = any(word in BOUNDS for word in text.words[max(hit.first - 2, 0) : hit.first])
            asked = f"“{text.quote(hit.first, hit.last)}”: how many weeks exactly?" if bound else None
            add(float(hit.groups[0] or 0), hit.first, hit.last, asked)
    for hit in text.find(
        r"(?:horizon|length|duration|weeks (?=[:=])) ?(?:is |of |to |at |: |= |set )*(\d+)(?!"
        r" (?:months?|quarters?|days?|years?))"
    ):
        add(int(hit.groups[0] or 0), hit.first, hit.last)
    for value, first, last in _other_units(text):
        add(value, first, last)
    return sorted(readings, key=lambda reading: reading.first)


def _is_other_length(text: Text, index: int) -> bool:
    """“In 3 weeks”, “the last 4 weeks”, “after 6 weeks”: weeks, but not the season's."""
    before = text.words[max(index - 2, 0) : index]
    if before[-1:] == ("last",) and before[0] in {"to", "will", "should", "and", "must", "season"}:
        return False
    if before and re.fullmatch(NOT_THE_SEASON, before[-1]):
        return True
    return (
        "lead" in text.words[max(index - 4, 0) : index + 4]
        or before[-2:] == ("end", "of")
        or (before[-1:] == ("the",) and before[:1] in {("last",), ("first",), ("past",)})
    )


def _other_units(text: Text) -> list[tuple[float, int, int]]:
    """Months, quarters, halves of a year, days: in weeks."""
    found: list[tuple[float, int, int]] = [(26, hit.first, hit.last) for hit in text.find("halfyear")]
    found += [(WEEKS_IN_A_YEAR, hit.first, hit.last) for hit in text.find("fullyear")]
    found += [(QUARTER_WEEKS, hit.first, hit.last) for hit in text.find("quarteryear")]
    not_length = r"(?! (?:before|after|ago|earlier|from (?:now|today)|of history|ahead))"
    for hit in text.find(rf"(\d+(?:\.\d+)?)( and (?:a )?half)? (?:months?){not_length}"):
        if text.words[hit.first - 1 : hit.first] not in {("in",), ("last",), ("past",), ("every",)}:
            months = float(hit.groups[0] or 0) + (0.5 if hit.groups[1] else 0)
            found.append((round(months * WEEKS_IN_A_YEAR / 12), hit.first, hit.last))
    for hit in text.find(r"(?:for|over|lasts?|runs?) (?:a|the|one) (month|quarter|fortnight)(?! of)"):
        weeks = {"month": 4, "quarter": QUARTER_WEEKS, "fortnight": 2}
        found.append((weeks[str(hit.groups[0])], hit.first, hit.last))
    for hit in text.find(r"(?:1 )quarter(?! of)(?: long)?|(?:full|calendar) quarter"):
        found.append((QUARTER_WEEKS, hit.first, hit.last))
    for hit in text.find(r"(\d+) days(?! (?:before|after|ago|from|ahead|of))"):
        if text.words[hit.first - 1 : hit.first] not in {("in",), ("last",), ("past",), ("every",)}:
            found.append((ceil(int(hit.groups[0] or 0) / 7), hit.first, hit.last))
    return found
