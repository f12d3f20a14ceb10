"""Dates by what they lie near: today, a holiday, a quarter; and so many weeks before or after."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial

from dateutil.relativedelta import relativedelta

from tasks.parameters.calendar import YEAR, Calendar, dated, next_weekday, on_day, shifted
from tasks.parameters.events import event_date
from tasks.parameters.text import Quantity, Text

MOST_STEPS = 104
DAYS_IN = {"week": 7, "day": 1, "fortnight": 14, "month": 30}
ANY_DAY = frozenset({"a", "any", "every", "each"})


def _iso_week(week: int, year: int) -> date:
    return date.fromisocalendar(year, week, 1)


def _event_on(name: str, locale: str, year: int) -> date | None:
    return event_date(name, year, locale)


def find_quarters(text: Text, calendar: Calendar) -> Iterator[Quantity]:
    """Q4, and week 36 of the calendar."""
    for hit in text.find(rf"q([1-4]){YEAR}"):
        number, year = hit.groups
        yield from dated(text, hit, calendar, year, on_day(3 * int(number or 1) - 2, 1), "quarter")
    for hit in text.find(r"(?:iso )?calendarweek (\d{1,2})(?: (20\d\d))?"):
        number, year = hit.groups
        if 1 <= int(number or 0) <= 52:
            yield from dated(text, hit, calendar, year, partial(_iso_week, int(number or 1)))


def find_relative(text: Text, calendar: Calendar) -> Iterator[Quantity]:
    """Today, in three weeks, next Monday."""
    today = calendar.today
    for hit in text.find(r"(?:the )?day after tomorrow|tomorrow|today|immediately"):
        days = {"tomorrow": 1, "today": 0, "immediately": 0}.get(text.words[hit.first], 2)
        yield Quantity("DATE", shifted(today, days), hit.first, hit.last)
    for hit in text.find(
        r"in (a|1|\d+) (weeks?|days?|months?|fortnight)(?: time| from (?:now|today))?"
        r"|(a|1|\d+) (weeks?|days?|months?|fortnight) (?:from (?:now|today)|time|hence|ahead)"
    ):
        a, unit, b, other = hit.groups
        count = min(int(number), MOST_STEPS) if (number := str(a or b)).isdigit() else 1
        named = str(unit or other).rstrip("s")
        months = relativedelta(months=count) if named == "month" else None
        day = today + months if months else shifted(today, count * DAYS_IN[named])
        yield Quantity("DATE", day, hit.first, hit.last)
    for hit in text.find(r"next (week|month|year|quarter|spring|summer|autumn|fall|winter)"):
        quote = text.quote(hit.first, hit.last)
        monday = next_weekday(today, 0) if hit.groups[0] == "week" else None
        yield Quantity("DATE", monday, hit.first, hit.last, None if monday else f"On which day of “{quote}”?")
    yield from _weekdays(text, today)


def _weekdays(text: Text, today: date) -> Iterator[Quantity]:
    """“Monday”, “next Thursday”, “Monday week”, “a fortnight on Monday”."""
    ahead = r"(?:(a|1|\d+) (weeks?|fortnight) on )?"
    which = r"(?:(this|next|coming|the coming|this coming|last|past|previous) )?"
    for hit in text.find(rf"{ahead}{which}d([0-6])( week| fortnight)?(?! (?:after|before|following))"):
        count, unit, said, weekday, later = hit.groups
        if text.words[hit.first - 1 : hit.first] and text.words[hit.first - 1] in ANY_DAY and not count:
            continue
        day = next_weekday(today, int(weekday or 0))
        sure = said != "next" or weekday == "0" or (day - today).days >= 7 - today.weekday()
        quote = text.quote(hit.first, hit.last)
        asked = None if sure else f"Is “{quote}” {day}, or a week later?"
        if said in {"last", "past", "previous"}:
            yield Quantity(
                "DATE", None, hit.first, hit.last, f"“{quote}” is past: on which day does the season start?"
            )
            continue
        weeks = 0 if later is None else DAYS_IN.get(later.strip(), 7) // 7
        if count:
            weeks = (
                (min(int(count), MOST_STEPS) if count.isdigit() else 1) * DAYS_IN[str(unit).rstrip("s")] // 7
            )
        marks = frozenset() if count or later or said else frozenset({"weekday"})
        yield Quantity("DATE", day + timedelta(weeks=weeks), hit.first, hit.last, asked, marks)


def find_events(text: Text, calendar: Calendar) -> Iterator[Quantity]:
    """Easter, Black Friday and their like."""
    for hit in text.find(rf"ev([a-z]+){YEAR}"):
        name, year = hit.groups
        if event_date(str(name), calendar.today.year, calendar.locale) is None:
            asked = f"On which day is “{text.quote(hit.first, hit.last)}”?"
            yield Quantity("DATE", None, hit.first, hit.last, asked, frozenset({"event"}))
            continue
        yield from dated(text, hit, calendar, year, partial(_event_on, str(name), calendar.locale), "event")


def find_moved(text: Text, found: list[Quantity]) -> Iterator[Quantity]:
    """Two weeks before Easter; the Monday after Christmas: the named date itself is then only a reference."""
    for near in found:
        if not isinstance(near.value, date):
            continue
        head = " ".join(text.words[: near.first])
        match = re.search(
            r"(?:^|\s)(?:(\d+|a|the) (weeks?|days?|months?|fortnight)|(?:the )?(?:(?:first|1st) )?d([0-6]))"
            r" (before|after|following|prior to|ahead of)(?: the)?$",
            head,
        )
        if match is None:
            continue
        number, unit, weekday, direction = match.groups()
        sign = 1 if direction in {"after", "following"} else -1
        if weekday is not None:
            days = (int(weekday) - near.value.weekday()) * sign
            day = shifted(near.value, sign * ((days - 1) % 7 + 1))
        else:
            count = min(int(number), MOST_STEPS) if number.isdigit() else 1
            day = shifted(near.value, sign * count * DAYS_IN[unit.rstrip("s")])
        first = near.first - len(match.group().split())
        unsure = unit is not None and text.words[first - 1 : first] == ("for",)
        quote = text.quote(first, near.last)
        asked = f"Does the season start {quote}, or last that long?" if unsure else near.question
        marks = near.marks - {"event"} | ({"moved"} if unit is not None else set())
        yield Quantity("DATE", day, first, near.last, asked, marks)
