"""Every date that a text names, as dates: written out, numeric, relative, by event or by quarter."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from math import gcd

from tasks.parameters.dated import YEAR, Calendar, Dated, dated_on, day_of, on_day
from tasks.parameters.relative import find_events, find_moved, find_quarters, find_relative
from tasks.parameters.text import Hit, Text

DAY = r"(\d{1,2})(?:st|nd|rd|th|er)?"
WHICH = r"(first|1st|second|2nd|third|3rd|fourth|4th|5th|fifth|last)"
NTH = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "fifth": 5,
    "5th": 5,
}


def find_dates(text: Text, calendar: Calendar) -> list[Dated]:
    """Every date, longest expression first where they overlap, in the order of the text."""
    found: list[Dated] = []
    for finder in _FINDERS:
        for dated in finder(text, calendar):
            if not any(dated.first <= other.last and other.first <= dated.last for other in found):
                found.append(dated)
    return sorted(found + list(find_moved(text, found)), key=lambda dated: dated.first)


def _iso(text: Text, _calendar: Calendar) -> Iterator[Dated]:
    for hit in text.find(r"(\d{4})-(\d{1,2})-(\d{1,2})"):
        year, month, day = (int(group or 0) for group in hit.groups)
        found = day_of(year, month, day)
        if found:
            yield Dated(found, hit.first, hit.last)


def _numeric(text: Text, calendar: Calendar) -> Iterator[Dated]:
    for hit in text.find(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{2,4})?|(\d{1,2})(/)(\d{1,2})"):
        groups = hit.groups
        if groups[4] is not None and not _starts_date(text, hit):
            continue
        first, mark, second, year = (groups[4], groups[5], groups[6], None) if groups[4] else groups[:4]
        month_first = calendar.month_first and mark != "." and text.language == "en"
        yield from _ordered(hit, text, calendar, int(first or 0), int(second or 0), year, month_first)


def _ordered(
    hit: Hit, text: Text, calendar: Calendar, first: int, second: int, year: str | None, month_first: bool
) -> Iterator[Dated]:
    month, day = (first, second) if month_first else (second, first)
    question = None
    dotted = "." in text.words[hit.first]
    if (
        not dotted
        and calendar.month_first
        and text.language != "en"
        and first <= 12
        and second <= 12
        and first != second
    ):
        question = f"Is “{text.quote(hit.first, hit.last)}” day first? Write the month as a word."
    if month > 12 >= day:
        month, day = day, month
        question = f"“{text.quote(hit.first, hit.last)}” has no month {day} here: is it day first?"
    full = None if not year else (year if len(year) == 4 else f"20{year[-2:]}")
    yield from dated_on(hit, calendar, full, on_day(month, day), question)


def _starts_date(text: Text, hit: Hit) -> bool:
    """Whether n/m is a date and not a fraction: by its size, or by the word before it."""
    return not is_fraction(text, hit.first)


def is_fraction(text: Text, index: int) -> bool:
    """Whether n/m at a place is a fraction: a small one, with no word for a date before it."""
    first, second = (int(part) for part in text.words[index].split("/"))
    if not (first < second <= 5 and gcd(first, second) == 1):
        return False
    before = text.words[max(index - 2, 0) : index]
    return not any(word in {"start", "from", "on", "until", "week", "end"} for word in before)


def _written(text: Text, calendar: Calendar) -> Iterator[Dated]:
    for hit in text.find(
        rf"(?:the )?{DAY}(?: (?:of|de|the))? m(\d\d)(?: (?:de|del))?{YEAR}|m(\d\d)(?: the)? {DAY}{YEAR}"
    ):
        a, b, y1, c, d, y2 = hit.groups
        month, day, year = (int(b), int(a or 0), y1) if b else (int(c or 0), int(d or 0), y2)
        if (
            re.fullmatch(r"\d+", text.words[hit.last])
            and text.words[hit.last + 1 : hit.last + 2] == ("weeks",)
            and not b
            and not y2
        ):
            continue
        yield from dated_on(hit, calendar, year, on_day(month, day))
    for hit in text.find(
        rf"(?:the )?(first|second|third|fourth|fifth|tenth)(?: of)? m(\d\d){YEAR}|m(\d\d)"
        rf" (?:the )?(first|second|third|fourth|fifth|tenth){YEAR}"
    ):
        a, b, y1, c, d, y2 = hit.groups
        month, day, year = int(b or c or 0), {**NTH, "tenth": 10}[str(a or d)], y1 or y2
        yield from dated_on(hit, calendar, year, on_day(month, day))
    for hit in text.find(rf"(?:the )?{WHICH} d(\d)(?: (?:of|in|de|du|im|von))?(?: the)? m(\d\d){YEAR}"):
        which, weekday, named, year = hit.groups
        make = _weekday_maker(str(which), int(weekday or 0), int(named or 0))
        yield from dated_on(hit, calendar, year, make)
    for hit in text.find(rf"(?:the )?{WHICH} (?:full )?week(?: (?:of|in))?(?: the)? m(\d\d){YEAR}"):
        which, named, year = hit.groups
        yield from dated_on(hit, calendar, year, _weekday_maker(str(which), 0, int(named or 0)))
    for hit in text.find(rf"(?:the )?(?:mid|middle of)(?: (?:of|de))? m(\d\d){YEAR}"):
        named, year = hit.groups
        yield from dated_on(hit, calendar, year, on_day(int(named or 0), 15))


def _weekday_maker(which: str, weekday: int, month: int) -> Callable[[int], date | None]:
    def make(year: int) -> date | None:
        first = date(year, month, 1)
        if which == "last":
            last = date(year, month, monthrange(year, month)[1])
            back: date = last - timedelta(days=(last.weekday() - weekday) % 7)
            return back
        day = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (NTH[which] - 1))
        return day if day.month == month else None

    return make


def _vague_month(text: Text, calendar: Calendar) -> Iterator[Dated]:
    days = {"early": 1, "beginning": 1, "start": 1, "late": 25, "end": 25}
    for hit in text.find(rf"(?:the )?(early|beginning|start|late|end)(?: (?:of|in))? m(\d\d){YEAR}"):
        word, named, year = hit.groups
        if word == "start" and text.words[hit.first : hit.first + 2][-1] not in {"of", "start"}:
            continue
        quote = text.quote(hit.first, hit.last)
        before = text.words[max(hit.first - 2, 0) : hit.first]
        if (
            word == "end"
            and "of" in text.words[hit.first : hit.first + 3]
            and before
            and before[-1] in {"until", "to", "at", "end"}
        ):
            yield from dated_on(hit, calendar, year, _month_end(int(named or 0)))
            continue
        make = on_day(int(named or 0), days[str(word)])
        yield from dated_on(hit, calendar, year, make, f"On which day does “{quote}” fall?")
    for hit in text.find(rf"m(\d\d){YEAR}"):
        named, year = hit.groups
        quote = text.quote(hit.first, hit.last)
        make = on_day(int(named or 0), 1)
        yield from dated_on(hit, calendar, year, make, f"On which day of “{quote}”? The 1st is assumed.")


def _month_end(month: int) -> Callable[[int], date]:
    return lambda year: date(year, month, monthrange(year, month)[1])


_FINDERS = (_iso, _numeric, find_quarters, _written, _vague_month, find_events, find_relative)
