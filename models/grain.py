"""Whether a period is on record by day or by week: the same sales in both would be added up."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.sales import HistoricalSale
from schemas.csv import HistoryFile
from schemas.errors import InvalidInputError

WEEK = timedelta(days=7)


@dataclass
class Period:
    """A category's units by date, over some days."""

    units: dict[date, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def is_weekly(self) -> bool:
        """Whether all of it falls on one weekday, over more than one week."""
        return len(self.units) > 1 and len({day.weekday() for day in self.units}) == 1


def refuse_another_grain(session: Session, history: HistoryFile, ids: Mapping[str, str]) -> None:
    """Refuse a history whose weeks are there by day, or whose days are there as weeks.

    Days that correct single days of a daily history may fall on one weekday too: what is taken for weeks is
    nearer to the sums of the stored weeks than to the stored days.

    Args:
        session: the transaction.
        history: what is to be stored.
        ids: a category's id by its name in the history.

    Raises:
        InvalidInputError: naming the category and the period.
    """
    sent: dict[str, Period] = defaultdict(Period)
    for chunk in history.chunks():
        totals = chunk.groupby(["category", "date"], as_index=False)["quantity_sold"].sum()
        days = totals["date"].dt.date
        for name, day, units in zip(totals["category"], days, totals["quantity_sold"], strict=True):
            sent[ids[name]].units[day] += float(units)
    for category_id, period in sent.items():
        stored = _stored(session, category_id, period)
        if stored.is_weekly and not period.is_weekly and len(period.units) > 1:
            raise _refusal(category_id, period, there="by week", sent="days")
        if period.is_weekly and not stored.is_weekly and _holds_weeks(period, stored):
            raise _refusal(category_id, period, there="by day", sent="weeks")


def _stored(session: Session, category_id: str, period: Period) -> Period:
    first, last = min(period.units), max(period.units)
    query = (
        select(HistoricalSale.date, func.sum(HistoricalSale.quantity_sold))
        .where(HistoricalSale.category_id == category_id)
        .where(HistoricalSale.date >= first, HistoricalSale.date < last + WEEK)
        .group_by(HistoricalSale.date)
    )
    return Period({day: float(units) for day, units in session.execute(query)})


def _holds_weeks(period: Period, stored: Period) -> bool:
    days = [day for day in period.units if day in stored.units]
    weeks = sum(stored.units.get(day + timedelta(days=n), 0.0) for day in days for n in range(7))
    sent = sum(period.units[day] for day in days)
    by_day = sum(stored.units[day] for day in days)
    return weeks > by_day and abs(sent - weeks) < abs(sent - by_day)


def _refusal(category_id: str, period: Period, *, there: str, sent: str) -> InvalidInputError:
    return InvalidInputError(
        f"{category_id} from {min(period.units)} to {max(period.units)} is on record {there} already, and "
        f"this file has its {sent}: both would be added up; import one of the two"
    )
