"""A date found in a text, and the calendar that it is read against."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from tasks.parameters.text import Hit

YEAR = r"(?:(?: ,)?(?: of)? (20\d\d))?"


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


def on_day(month: int, day: int) -> Callable[[int], date | None]:
    return lambda year: day_of(year, month, day)


def dated_on(
    hit: Hit,
    calendar: Calendar,
    year: str | None,
    make: Callable[[int], date | None],
    question: str | None = None,
) -> Iterator[Dated]:
    day = make(int(year)) if year else calendar.next(make)
    if day is not None:
        yield Dated(day, hit.first, hit.last, yearless=year is None, question=question)
