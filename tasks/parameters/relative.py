"""Dates by what they lie near: today, a holiday, a quarter; and so many weeks before or after."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial

from dateutil.relativedelta import relativedelta

from schemas.parameters import next_monday
from tasks.parameters.dated import YEAR, Calendar, Dated, dated_on, on_day
from tasks.parameters.events import event_date
from tasks.parameters.text import Text

QUARTER_WEEKS = 13


def _iso_week(week: int, year: int) -> date:
    return date.fromisocalendar(year, week, 1)


def _event_on(name: str, locale: str, year: int) -> date | None:
    return event_date(name, year, locale)


def find_quarters(text: Text, calendar: Calendar) -> Iterator[Dated]:
    for hit in text.find(rf"q([1-4]){YEAR}"):
        number, year = hit.groups
        for dated in dated_on(hit, calendar, year, on_day(3 * int(number or 1) - 2, 1)):
            yield Dated(dated.day, hit.first, hit.last, yearless=dated.yearless, quarter=True)
    for hit in text.find(r"(?:iso )?calendarweek (\d{1,2})(?: (20\d\d))?"):
        number, year = hit.groups
        if 1 <= int(number or 0) <= 52:
            yield from dated_on(hit, calendar, year, partial(_iso_week, int(number or 1)))


def find_relative(text: Text, calendar: Calendar) -> Iterator[Dated]:
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


def find_events(text: Text, calendar: Calendar) -> Iterator[Dated]:
    for hit in text.find(rf"ev([a-z]+){YEAR}"):
        name, year = hit.groups
        make = partial(_event_on, str(name), calendar.locale)
        for dated in dated_on(hit, calendar, year, make):
            yield Dated(dated.day, hit.first, hit.last, yearless=dated.yearless, event=True)


def find_moved(text: Text, found: list[Dated]) -> Iterator[Dated]:
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
