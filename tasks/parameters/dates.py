"""Every date that a text names, as dates: written out, numeric, relative, by event or by quarter."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from math import gcd

from dateutil.relativedelta import relativedelta

from schemas.parameters import next_monday
from tasks.parameters.events import event_date
from tasks.parameters.text import Hit, Text

QUARTER_WEEKS = 13
DAY = r"(\d{1,2})(?:st|nd|rd|th|er)?"
YEAR = r"(?:(?: ,)?(?: of)? (20\d\d))?"
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


@dataclass(frozen=True)
class Dated:
    """A date found at tokens `first` to `last`; `yearless` where the year was ours to choose."""

    day: date
    first: int
    last: int
    yearless: bool = False
    question: str | None = None
    quarter: bool = False
    event: bool = False


@dataclass(frozen=True)
class Calendar:
    """What dates are read against."""

    today: date
    locale: str

    @property
    def month_first(self) -> bool:
        """Whether 03/04 is March the 4th."""
        return self.locale == "US"

    def next(self, make: Callable[[int], date | None]) -> date | None:
        """The next occurrence on or after today of a day that `make` gives for a year."""
        for year in range(self.today.year, self.today.year + 5):
            day = make(year)
            if day is not None and day >= self.today:
                return day
        return None


def day_of(year: int, month: int, day: int) -> date | None:
    """The date, or None where the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _on(month: int, day: int) -> Callable[[int], date | None]:
    return lambda year: day_of(year, month, day)


def _event_on(name: str, locale: str, year: int) -> date | None:
    return event_date(name, year, locale)


def _iso_week(week: int, year: int) -> date:
    return date.fromisocalendar(year, week, 1)


def find_dates(text: Text, calendar: Calendar) -> list[Dated]:
    """Every date, longest expression first where they overlap, in the order of the text."""
    found: list[Dated] = []
    for finder in _FINDERS:
        for dated in finder(text, calendar):
            if not any(dated.first <= other.last and other.first <= dated.last for other in found):
                found.append(dated)
    return sorted(found + list(_moved(text, found)), key=lambda dated: dated.first)


def _dated(
    hit: Hit,
    calendar: Calendar,
    year: str | None,
    make: Callable[[int], date | None],
    question: str | None = None,
) -> Iterator[Dated]:
    day = make(int(year)) if year else calendar.next(make)
    if day is not None:
        yield Dated(day, hit.first, hit.last, yearless=year is None, question=question)


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
    yield from _dated(hit, calendar, full, _on(month, day), question)


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
        yield from _dated(hit, calendar, year, _on(month, day))
    for hit in text.find(
        rf"(?:the )?(first|second|third|fourth|fifth|tenth)(?: of)? m(\d\d){YEAR}|m(\d\d)"
        rf" (?:the )?(first|second|third|fourth|fifth|tenth){YEAR}"
    ):
        a, b, y1, c, d, y2 = hit.groups
        month, day, year = int(b or c or 0), {**NTH, "tenth": 10}[str(a or d)], y1 or y2
        yield from _dated(hit, calendar, year, _on(month, day))
    for hit in text.find(rf"(?:the )?{WHICH} d(\d)(?: (?:of|in|de|du|im|von))?(?: the)? m(\d\d){YEAR}"):
        which, weekday, named, year = hit.groups
        make = _weekday_maker(str(which), int(weekday or 0), int(named or 0))
        yield from _dated(hit, calendar, year, make)
    for hit in text.find(rf"(?:the )?{WHICH} (?:full )?week(?: (?:of|in))?(?: the)? m(\d\d){YEAR}"):
        which, named, year = hit.groups
        yield from _dated(hit, calendar, year, _weekday_maker(str(which), 0, int(named or 0)))
    for hit in text.find(rf"(?:the )?(?:mid|middle of)(?: (?:of|de))? m(\d\d){YEAR}"):
        named, year = hit.groups
        yield from _dated(hit, calendar, year, _on(int(named or 0), 15))


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
            yield from _dated(hit, calendar, year, _month_end(int(named or 0)))
            continue
        make = _on(int(named or 0), days[str(word)])
        yield from _dated(hit, calendar, year, make, f"On which day does “{quote}” fall?")
    for hit in text.find(rf"m(\d\d){YEAR}"):
        named, year = hit.groups
        quote = text.quote(hit.first, hit.last)
        make = _on(int(named or 0), 1)
        yield from _dated(hit, calendar, year, make, f"On which day of “{quote}”? The 1st is assumed.")


def _month_end(month: int) -> Callable[[int], date]:
    return lambda year: date(year, month, monthrange(year, month)[1])


def _quarters(text: Text, calendar: Calendar) -> Iterator[Dated]:
    for hit in text.find(rf"q([1-4]){YEAR}"):
        number, year = hit.groups
        for dated in _dated(hit, calendar, year, _on(3 * int(number or 1) - 2, 1)):
            yield Dated(dated.day, hit.first, hit.last, yearless=dated.yearless, quarter=True)
    for hit in text.find(r"(?:iso )?calendarweek (\d{1,2})(?: (20\d\d))?"):
        number, year = hit.groups
        if 1 <= int(number or 0) <= 52:
            yield from _dated(hit, calendar, year, partial(_iso_week, int(number or 1)))


def _relative(text: Text, calendar: Calendar) -> Iterator[Dated]:
    today = calendar.today
    simple = {"today": today, "now": today, "immediately": today, "tomorrow": today + timedelta(days=1)}
    for hit in text.find(r"(today|tomorrow|immediately)"):
        yield Dated(simple[str(hit.groups[0])], hit.first, hit.last)
    for hit in text.find(r"(?:the )?(?:day after tomorrow)"):
        yield Dated(today + timedelta(days=2), hit.first, hit.last)
    for hit in text.find(r"in (?:a |1 )(week|month|fortnight)(?: time)?|next (week|month)"):
        ahead = {"week": next_monday(today), "month": (today + relativedelta(months=1)).replace(day=1)}
        later = {"week": timedelta(days=7), "month": relativedelta(months=1), "fortnight": timedelta(days=14)}
        day = today + later[hit.groups[0]] if hit.groups[0] else ahead[str(hit.groups[1])]
        yield Dated(day, hit.first, hit.last)
    for hit in text.find(
        r"(?:in )?(\d+) (weeks|days|months|week|day|month) (?:from (?:now|today)|time|hence|ahead)"
        r"|in (\d+) (weeks|days|months)"
    ):
        number, unit = (hit.groups[0], hit.groups[1]) if hit.groups[0] else hit.groups[2:]
        step = relativedelta(**{f"{str(unit).rstrip('s')}s": min(int(number or 0), 1000)})
        yield Dated(today + step, hit.first, hit.last)
    for hit in text.find(r"(?:(this|next|coming|the coming|this coming) )?d([0-6])"):
        if text.words[hit.last + 1 : hit.last + 2] and text.words[hit.last + 1] in {
            "after",
            "before",
            "following",
        }:
            continue
        if text.words[hit.first - 1 : hit.first] in {("a",), ("any",), ("every",), ("each",)}:
            continue
        days = (int(hit.groups[1] or 0) - today.weekday() - 1) % 7 + 1
        question = None
        if hit.groups[0] == "next" and hit.groups[1] != "0" and days < 7 - today.weekday():
            question = (
                f"Is “{text.quote(hit.first, hit.last)}” {today + timedelta(days=days)}, or a week later?"
            )
        yield Dated(today + timedelta(days=days), hit.first, hit.last, question=question)


def _events(text: Text, calendar: Calendar) -> Iterator[Dated]:
    for hit in text.find(rf"ev([a-z]+){YEAR}"):
        name, year = hit.groups
        make = partial(_event_on, str(name), calendar.locale)
        for dated in _dated(hit, calendar, year, make):
            yield Dated(dated.day, hit.first, hit.last, yearless=dated.yearless, event=True)


def _moved(text: Text, found: list[Dated]) -> Iterator[Dated]:
    """Two weeks before Easter; the Monday after Christmas: the named date itself is then only a reference."""
    for dated in list(found):
        head = " ".join(text.words[: dated.first])
        match = re.search(
            r"(?:^|\s)(?:(\d+|a|the) (weeks?|days?|months?|fortnight)|(?:the )?(?:(?:first"
            r"|1st) )?d([0-6])) (before|after|following|prior to|ahead of)(?: the)?$",
            head,
        )
        if match is None:
            continue
        number, unit, weekday, direction = match.groups()
        sign = 1 if direction in {"after", "following"} else -1
        if weekday is not None:
            gap = (int(weekday) - dated.day.weekday()) * sign
            day = dated.day + timedelta(days=sign * ((gap - 1) % 7 + 1))
        else:
            count = int(number) if number.isdigit() else 1
            days = {"week": 7, "day": 1, "fortnight": 14, "month": 30}[unit.rstrip("s")]
            day = dated.day + timedelta(days=sign * min(count, 104) * days)
        first = dated.first - len(match.group().split())
        found[:] = [other for other in found if other is not dated and not first <= other.first <= dated.last]
        said = text.quote(first, dated.last)
        unsure = unit is not None and text.words[first - 1 : first] == ("for",)
        question = f"Does the season start {said}, or last that long?" if unsure else None
        yield Dated(day, first, dated.last, yearless=dated.yearless, question=question)


_FINDERS = (_iso, _numeric, _quarters, _written, _vague_month, _events, _relative)
