"""What dates are read against: today, the order of day and month, and whose holidays are meant."""

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from tasks.parameters.text import Hit, Quantity, Text

YEAR = r"(?:(?: ,)?(?: of)? (\d{4}))?"
MOST_YEARS_AHEAD, MOST_YEARS_BACK = 2, 10
NO_SUCH_DAY = "“{quote}” is no day of the coming year's calendar: on which day does the season start?"
FAR_OFF = "“{quote}” is too far off to plan: on which day does the season start?"


@dataclass(frozen=True)
class Calendar:
    """What dates are read against; `month_first` says whether 03/04 is March the 4th."""

    today: date
    locale: str

    @property
    def month_first(self) -> bool:
        """Whether 03/04 is March the 4th."""
        return self.locale == "US"

    def next(self, make: Callable[[int], date | None]) -> date | None:
        """The next day on or after today that `make` gives for this year or the next; None without one."""
        for year in (self.today.year, self.today.year + 1):
            day = make(year)
            if day is not None and day >= self.today:
                return day
        return None

    def is_far(self, day: date) -> bool:
        """Whether a day lies further off than seasons are planned, or than history is rehearsed."""
        ends = day.year < date.max.year - 1  # within the calendar, however long the season
        return not (ends and -MOST_YEARS_BACK <= day.year - self.today.year <= MOST_YEARS_AHEAD)


def day_of(year: int, month: int, day: int) -> date | None:
    """The date, or None where the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def on_day(month: int, day: int) -> Callable[[int], date | None]:
    """The day of any year."""
    return lambda year: day_of(year, month, day)


def month_end(month: int) -> Callable[[int], date | None]:
    """The last day of a month, in any year."""
    return lambda year: (
        day_of(year, month, monthrange(year, month)[1]) if 1 <= year <= date.max.year else None
    )


def shifted(day: date, days: int) -> date:
    """So many days later, within the calendar."""
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))


def next_weekday(today: date, weekday: int) -> date:
    """The first such day strictly after today."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def dated(
    text: Text,
    hit: Hit,
    calendar: Calendar,
    year: str | None,
    make: Callable[[int], date | None],
    *marks: str,
    question: str | None = None,
) -> Iterator[Quantity]:
    """The date at a place; a day that no calendar has, or that lies far off, is a date to ask about."""
    day = make(int(year)) if year else calendar.next(make)
    if year is None:
        marks = (*marks, "yearless")
    quote = text.quote(hit.first, hit.last)
    if day is None:
        if year is None or 1 <= int(year) <= date.max.year:
            yield Quantity(
                "DATE", None, hit.first, hit.last, NO_SUCH_DAY.format(quote=quote), frozenset(marks)
            )
    elif calendar.is_far(day):
        yield Quantity("DATE", None, hit.first, hit.last, FAR_OFF.format(quote=quote), frozenset(marks))
    else:
        yield Quantity("DATE", day, hit.first, hit.last, question, frozenset(marks))
