"""Days that planners name: holidays and trading events, by country."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

from dateutil.easter import easter


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _thanksgiving(year: int) -> date:
    return _nth_weekday(year, 11, 3, 4)


@cache
def _public(country: str, year: int) -> dict[str, date]:
    import holidays

    return {
        name: day for day, name in holidays.country_holidays(country, years=year, language="en_US").items()
    }


def _public_day(country: str, name: str) -> Callable[[int, str], date]:
    return lambda year, _country: next(
        day
        for known, day in _public(country, year).items()
        if known.startswith(name) and "observed" not in known
    )


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
    "mothers": lambda year, country: (
        easter(year) - timedelta(days=21) if country == "GB" else _nth_weekday(year, 5, 6, 2)
    ),
    "fathers": lambda year, _: _nth_weekday(year, 6, 6, 3),
    "labor": _public_day("US", "Labor Day"),
    "memorial": _public_day("US", "Memorial Day"),
    "presidents": _public_day("US", "Washington's Birthday"),
    "mlk": _public_day("US", "Martin Luther King"),
    "columbus": _public_day("US", "Columbus Day"),
    "veterans": lambda year, _: date(year, 11, 11),
    "mayday": lambda year, _: _nth_weekday(year, 5, 0, 1),
    "summerbank": lambda year, _: _nth_weekday(year, 9, 0, 1) - timedelta(days=7),
}


def event_date(event: str, year: int, locale: str) -> date | None:
    """The day of an event (“easter”, “blackfriday”) in a year; None for one that is not known."""
    finder = _EVENTS.get(event)
    return None if finder is None else finder(year, "GB" if locale == "UK" else "US")
