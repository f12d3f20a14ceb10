"""Days that planners name: holidays and trading events, by country."""

from collections.abc import Callable
from datetime import date, timedelta

from dateutil import easter as easter_days

FIRST_YEAR, LAST_YEAR = 1583, 4099  # of the Easter rule


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _thanksgiving(year: int) -> date:
    return _nth_weekday(year, 11, 3, 4)


def _last_monday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=last.weekday())


def easter(year: int) -> date:
    """Easter Sunday."""
    day: date = easter_days.easter(year)
    return day


def _last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() - 6) % 7)


def _mothers_day(year: int, country: str) -> date:
    if country == "UK":
        return easter(year) - timedelta(days=21)
    if country == "ES":
        return _nth_weekday(year, 5, 6, 1)
    if country == "FR":
        pentecost, last = easter(year) + timedelta(days=49), _last_sunday(year, 5)
        return last + timedelta(days=7) if last == pentecost else last
    return _nth_weekday(year, 5, 6, 2)


def _fathers_day(year: int, country: str) -> date:
    if country == "DE":
        return easter(year) + timedelta(days=39)
    return date(year, 3, 19) if country == "ES" else _nth_weekday(year, 6, 6, 3)


_EVENTS: dict[str, Callable[[int, str], date]] = {
    "christmas": lambda year, _: date(year, 12, 25),
    "boxing": lambda year, _: date(year, 12, 26),
    "newyear": lambda year, _: date(year, 1, 1),
    "valentine": lambda year, _: date(year, 2, 14),
    "patrick": lambda year, _: date(year, 3, 17),
    "halloween": lambda year, _: date(year, 10, 31),
    "singles": lambda year, _: date(year, 11, 11),
    "independence": lambda year, _: date(year, 7, 4),
    "juneteenth": lambda year, _: date(year, 6, 19),
    "easter": lambda year, _: easter(year),
    "eastermonday": lambda year, _: easter(year) + timedelta(days=1),
    "goodfriday": lambda year, _: easter(year) - timedelta(days=2),
    "thanksgiving": lambda year, _: _thanksgiving(year),
    "blackfriday": lambda year, _: _thanksgiving(year) + timedelta(days=1),
    "cybermonday": lambda year, _: _thanksgiving(year) + timedelta(days=4),
    "mothers": _mothers_day,
    "fathers": _fathers_day,
    "labor": lambda year, country: _nth_weekday(year, 9, 0, 1) if country == "US" else date(year, 5, 1),
    "memorial": lambda year, _: _last_monday(year, 5),
    "presidents": lambda year, _: _nth_weekday(year, 2, 0, 3),
    "mlk": lambda year, _: _nth_weekday(year, 1, 0, 3),
    "columbus": lambda year, _: _nth_weekday(year, 10, 0, 2),
    "veterans": lambda year, _: date(year, 11, 11),
    "mayday": lambda year, country: (
        _nth_weekday(year, 5, 0, 1) if country in {"US", "UK"} else date(year, 5, 1)
    ),
    "summerbank": lambda year, _: _last_monday(year, 8),
}


def event_date(event: str, year: int, locale: str) -> date | None:
    """The day of an event (“easter”, “blackfriday”) in a year, by the locale's calendar; None for one that is
    not known, or in years that its reckoning does not reach."""
    finder = _EVENTS.get(event)
    if finder is None or not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    return finder(year, locale)
