"""Days that planners name, checked against the public-holiday calendars of a kept library."""

from datetime import date

import holidays
import pytest

from tasks.parameters.events import event_date

YEARS = range(2024, 2040)
AMERICAN = {
    "labor": "Labor Day",
    "memorial": "Memorial Day",
    "presidents": "Washington's Birthday",
    "mlk": "Martin Luther King Jr. Day",
    "columbus": "Columbus Day",
    "thanksgiving": "Thanksgiving Day",
    "christmas": "Christmas Day",
    "veterans": "Veterans Day",
    "independence": "Independence Day",
    "juneteenth": "Juneteenth National Independence Day",
}
BRITISH = {
    "eastermonday": "Easter Monday",
    "goodfriday": "Good Friday",
    "summerbank": "Late Summer Bank Holiday",
}


@pytest.mark.parametrize(("event", "name"), AMERICAN.items())
def test_american_holidays_fall_on_the_public_calendars_days(event: str, name: str) -> None:
    public = holidays.country_holidays("US", years=YEARS)
    for year in YEARS:
        day = event_date(event, year, "US")
        assert day is not None
        assert name in public.get(day, "")


@pytest.mark.parametrize(("event", "name"), BRITISH.items())
def test_british_holidays_fall_on_the_public_calendars_days(event: str, name: str) -> None:
    public = holidays.country_holidays("GB", subdiv="ENG", years=YEARS)
    for year in YEARS:
        day = event_date(event, year, "UK")
        assert day is not None
        assert name in public.get(day, "")


def test_black_friday_and_cyber_monday_follow_thanksgiving() -> None:
    assert event_date("blackfriday", 2026, "US") == date(2026, 11, 27)
    assert event_date("cybermonday", 2026, "US") == date(2026, 11, 30)


def test_mothers_day_is_another_day_in_britain() -> None:
    assert event_date("mothers", 2026, "US") == date(2026, 5, 10)
    assert event_date("mothers", 2026, "UK") == date(2026, 3, 15)


@pytest.mark.parametrize(
    ("event", "locale", "day"),
    [
        ("mothers", "FR", date(2026, 5, 31)),
        ("mothers", "ES", date(2026, 5, 3)),
        ("mothers", "DE", date(2026, 5, 10)),
        ("fathers", "DE", date(2026, 5, 14)),
        ("fathers", "ES", date(2026, 3, 19)),
        ("labor", "FR", date(2026, 5, 1)),
    ],
)
def test_each_calendar_has_its_own_days(event: str, locale: str, day: date) -> None:
    assert event_date(event, 2026, locale) == day


def test_an_unknown_event_is_no_day() -> None:
    assert event_date("unknown", 2026, "US") is None
