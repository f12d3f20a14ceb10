"""Holidays by country, from the `holidays` library, and Easter."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache

from dateutil.easter import easter

SHOPPING_HOLIDAYS = (
    "Thanksgiving",
    "Eid al-Fitr",
    "Diwali",
    "Deepavali",
    "Chinese New Year",
    "Lunar New Year",
    "Korean New Year",
)
SAME_HOLIDAY_DAYS = 30


@lru_cache(maxsize=64)
def moving_holidays(country: str, first_year: int, last_year: int) -> dict[str, tuple[date, ...]]:
    """First days of the holidays that move and that people shop for in `country`, by name, ascending.

    Easter counts everywhere, by its Good Friday; the others are those of the country's calendar in the
    `holidays` library. A country that it does not know has Easter only.
    """
    import holidays

    years = range(first_year, last_year + 1)
    found = {"Easter": [easter(year) - timedelta(days=2) for year in years]}
    try:
        calendar = sorted(holidays.country_holidays(country, years=years, language="en_US").items())
    except NotImplementedError:
        calendar = []
    for day, names in calendar:
        for name in (name for name in SHOPPING_HOLIDAYS if name in names):
            days = found.setdefault(name, [])
            if not days or (day - days[-1]).days > SAME_HOLIDAY_DAYS:
                days.append(day)
    return {name: tuple(days) for name, days in found.items()}


def holiday_names(country: str, week_starts: Sequence[date]) -> list[tuple[str, ...]]:
    """The holidays that each week holds, in the order of their days; Easter by its Sunday."""
    years = {day.year for start in week_starts for day in (start, start + timedelta(days=6))}
    days = {easter(year): "Easter" for year in years} | _public_holidays(country, tuple(sorted(years)))
    return [
        tuple(
            dict.fromkeys(
                name for day, name in sorted(days.items()) if start <= day <= start + timedelta(days=6)
            )
        )
        for start in week_starts
    ]


@lru_cache(maxsize=64)
def _public_holidays(country: str, years: tuple[int, ...]) -> dict[date, str]:
    import holidays

    try:
        calendar = holidays.country_holidays(country, years=years, language="en_US")
    except NotImplementedError:
        return {}
    return {day: names for day, names in calendar.items() if "observed" not in names}
