"""Every date that a text names, as dates: written out, numeric, relative, by event or by quarter."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from math import gcd

from tasks.parameters.calendar import YEAR, Calendar, dated, day_of, month_end, next_weekday, on_day
from tasks.parameters.relative import find_events, find_moved, find_quarters, find_relative
from tasks.parameters.text import Hit, Quantity, Text

DAY = r"(\d{1,2})(?:st|nd|rd|th|er)?"
WHICH = r"(first|1st|second|2nd|third|3rd|fourth|4th|5th|fifth|last)"
NTH = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "5th": 5}
NTH |= {"fifth": 5, "tenth": 10}
DATE_CUES = frozenset({"start", "from", "on", "until", "week", "end", "to", "by"})


def find_dates(text: Text, calendar: Calendar) -> Text:
    """The text with every date as one token, the longest expression first where they overlap."""
    found: list[Quantity] = []
    for finder in (
        _iso,
        _numeric,
        find_quarters,
        _written,
        _of_month,
        _vague_month,
        find_events,
        find_relative,
    ):
        for one in finder(text, calendar):
            if not any(one.first <= other.last and other.first <= one.last for other in found):
                found.append(one)
    for moved in find_moved(text, found):
        found = [other for other in found if not moved.first <= other.first <= moved.last] + [moved]
    return text.lift(sorted(found, key=lambda one: one.first))


def _iso(text: Text, calendar: Calendar) -> Iterator[Quantity]:
    for hit in text.find(r"(\d{4})-(\d{1,2})-(\d{1,2})"):
        year, month, day = hit.groups
        yield from dated(text, hit, calendar, year, on_day(int(month or 0), int(day or 0)))


def _numeric(text: Text, calendar: Calendar) -> Iterator[Quantity]:
    for hit in text.find(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{2,4})?|(\d{1,2})(/)(\d{1,2})"):
        groups = hit.groups
        if groups[4] is not None and not _is_date(text, hit.first):
            continue
        first, mark, second, year = (groups[4], groups[5], groups[6], None) if groups[4] else groups[:4]
        full = None if not year else (year if len(year) == 4 else f"20{year[-2:]}")
        month_first = calendar.month_first and mark != "." and text.language == "en"
        month, day, asked = _ordered(text, hit, calendar, int(first or 0), int(second or 0), month_first)
        yield from dated(text, hit, calendar, full, on_day(month, day), question=asked)


def _ordered(
    text: Text, hit: Hit, calendar: Calendar, first: int, second: int, month_first: bool
) -> tuple[int, int, str | None]:
    """Month, day, and what to ask about their order."""
    quote = text.quote(hit.first, hit.last)
    month, day = (first, second) if month_first else (second, first)
    if month > 12 >= day:
        return day, month, f"“{quote}” has no month {month} here: which day is meant?"
    foreign = calendar.month_first and text.language != "en" and "." not in text.words[hit.first]
    asked = (
        f"Is “{quote}” day first? Write the month as a word." if foreign and max(month, day) <= 12 else None
    )
    return month, day, asked if month != day else None


def _is_date(text: Text, index: int) -> bool:
    """Whether n/m is a date: not a fraction, and not a split of a hundred."""
    first, second = (int(part) for part in text.words[index].split("/"))
    cued = any(word in DATE_CUES for word in text.words[max(index - 2, 0) : index])
    small = first < second <= 5 and gcd(first, second) == 1
    return first + second != 100 and (cued or not small)


def _written(text: Text, calendar: Calendar) -> Iterator[Quantity]:
    for hit in text.find(
        rf"(?:the )?{DAY}(?: (?:of|de|the))? m(\d\d)(?: (?:de|del))?{YEAR}|m(\d\d)(?: the)? {DAY}{YEAR}"
    ):
        a, b, y1, c, d, y2 = hit.groups
        if not b and not y2 and re.match(r"(?:weeks?|months?|%|day)(?!\S)", _after(text, hit)):
            continue  # “March 12 weeks”
        month, day, year = (int(b), int(a or 0), y1) if b else (int(c or 0), int(d or 0), y2)
        yield from dated(text, hit, calendar, year, on_day(month, day))
    ordinal = r"(first|second|third|fourth|fifth|tenth)"
    for hit in text.find(rf"(?:the )?{ordinal}(?: of)? m(\d\d){YEAR}|m(\d\d) (?:the )?{ordinal}{YEAR}"):
        a, b, y1, c, d, y2 = hit.groups
        yield from dated(text, hit, calendar, y1 or y2, on_day(int(b or c or 0), NTH[str(a or d)]))
    for hit in text.find(rf"(?:the )?{WHICH} d(\d)(?: (?:of|in|de|du|im|von))?(?: the)? m(\d\d){YEAR}"):
        which, weekday, named, year = hit.groups
        make = _weekday_maker(str(which), int(weekday or 0), int(named or 0))
        yield from dated(text, hit, calendar, year, make)
    for hit in text.find(rf"(?:the )?{WHICH} (?:full )?week(?: (?:of|in))?(?: the)? m(\d\d){YEAR}"):
        which, named, year = hit.groups
        yield from dated(text, hit, calendar, year, _weekday_maker(str(which), 0, int(named or 0)))
    for hit in text.find(rf"(?:the )?(?:mid|middle of)(?: (?:of|de))? m(\d\d){YEAR}"):
        named, year = hit.groups
        yield from dated(text, hit, calendar, year, on_day(int(named or 0), 15))


def _after(text: Text, hit: Hit) -> str:
    return " ".join(text.words[hit.last + 1 : hit.last + 2])


def _of_month(text: Text, calendar: Calendar) -> Iterator[Quantity]:
    """“The first of the month”, “from the 15th”: the next day of that number."""
    for hit in text.find(
        r"(?:the )?(\d{1,2}(?:st|nd|rd|th)|first) (?:of|in) (?:the |next |this |coming )*month"
        r"|the (\d{1,2}(?:st|nd|rd|th))(?! (?:week|m\d\d|d\d|of|day|month))"
    ):
        said = hit.groups[0] or hit.groups[1] or ""
        if hit.groups[1] and not set(text.words[max(hit.first - 1, 0) : hit.first]) & DATE_CUES:
            continue
        number = NTH.get(said) or int(said[:-2])
        yield from dated(text, hit, calendar, None, _next_of_number(calendar.today, number))


def _next_of_number(today: date, number: int) -> Callable[[int], date | None]:
    def make(year: int) -> date | None:
        days = (day_of(year, month, number) for month in range(1, 13))
        return next((day for day in days if day is not None and day >= today), None)

    return make


def _weekday_maker(which: str, weekday: int, month: int) -> Callable[[int], date | None]:
    def make(year: int) -> date | None:
        first = day_of(year, month, 1)
        if first is None:
            return None
        if which == "last":
            last = first.replace(day=monthrange(year, month)[1])
            back: date = last - timedelta(days=(last.weekday() - weekday) % 7)
            return back
        day = next_weekday(first - timedelta(days=1), weekday) if first > date.min else first
        number = day.day + 7 * (NTH[which] - 1)
        return day_of(year, month, number)

    return make


def _vague_month(text: Text, calendar: Calendar) -> Iterator[Quantity]:
    """A month alone, its beginning or its end: a day to ask about, unless it ends a season."""
    days = {"early": 1, "beginning": 1, "start": 1, "late": 25, "end": 25}
    for hit in text.find(rf"(?:the )?(early|beginning|start|late|end)(?: (?:of|in))? m(\d\d){YEAR}"):
        word, named, year = hit.groups
        if word == "start" and text.words[hit.first + 1] != "of":
            continue
        if word == "end" and text.words[max(hit.first - 1, 0)] in {"until", "to", "at", "end", "by"}:
            yield from dated(text, hit, calendar, year, month_end(int(named or 0)))
            continue
        asked = f"On which day does “{text.quote(hit.first, hit.last)}” fall?"
        make = on_day(int(named or 0), days[str(word)])
        yield from dated(text, hit, calendar, year, make, "vague", question=asked)
    for hit in text.find(rf"m(\d\d){YEAR}"):
        named, year = hit.groups
        asked = f"On which day of “{text.quote(hit.first, hit.last)}”? The 1st is assumed."
        yield from dated(text, hit, calendar, year, on_day(int(named or 0), 1), "month", question=asked)
