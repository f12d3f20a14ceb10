"""What was sold: the history that forecasts learn from, and the season's actuals."""

import datetime as dt
from collections.abc import Iterable
from typing import cast

import pandas as pd
from sqlalchemy import CheckConstraint, ForeignKey, String, delete, func, insert, select
from sqlalchemy import cast as cast_as
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.catalogue import Category
from models.dialects import Rows, copy_in, in_code_order, is_sqlite, table_of, upsert
from models.plans import Forecast

HISTORY_COLUMNS = ["date", "store_id", "quantity_sold", "revenue", "on_hand", "stockout"]
STORED_COLUMNS = ["category_id", *HISTORY_COLUMNS]


class HistoricalSale(Base):
    """Units of a category sold in a store on a day, or in the week that starts then."""

    __tablename__ = "historical_sales"
    __table_args__ = (
        CheckConstraint("quantity_sold >= 0", name="quantity_not_negative"),
        CheckConstraint("revenue IS NULL OR revenue >= 0", name="revenue_not_negative"),
        {"sqlite_with_rowid": False},
    )

    category_id: Mapped[str] = mapped_column(ForeignKey("categories.category_id"), primary_key=True)
    date: Mapped[dt.date] = mapped_column(primary_key=True)
    store_id: Mapped[str] = mapped_column(ForeignKey("stores.store_id"), primary_key=True)
    quantity_sold: Mapped[float]
    revenue: Mapped[float | None]
    on_hand: Mapped[float | None]
    stockout: Mapped[bool | None]


class ActualSale(Base):
    """Units sold in a store in a week of a planned season."""

    __tablename__ = "actual_sales"
    __table_args__ = (
        CheckConstraint("units_sold >= 0", name="units_not_negative"),
        CheckConstraint("week_number >= 1", name="week_positive"),
    )

    forecast_id: Mapped[str] = mapped_column(ForeignKey("forecasts.forecast_id"), primary_key=True)
    week_number: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[str] = mapped_column(ForeignKey("stores.store_id"), primary_key=True)
    units_sold: Mapped[int]
    imported_at: Mapped[dt.datetime]


def save_history(session: Session, chunks: Iterable[pd.DataFrame], category_ids: dict[str, str]) -> int:
    """Add or replace history rows, chunk by chunk in one transaction.

    Args:
        session: the transaction.
        chunks: frames [date, category, store_id, quantity_sold, revenue, on_hand, stockout].
        category_ids: a category's id by its name in the frames.

    Returns:
        Rows written.
    """
    written = 0
    for chunk in chunks:
        frame = chunk.assign(category_id=chunk["category"].map(category_ids))
        frame["date"] = pd.to_datetime(frame["date"]).dt.date
        frame = frame.reindex(columns=STORED_COLUMNS).astype(object)
        frame = frame.where(frame.notna(), None)
        if is_sqlite(session):
            upsert(session, HistoricalSale, cast(Rows, frame.to_dict("records")))
        else:
            copy_in(session, HistoricalSale, frame.itertuples(index=False, name=None))
        written += len(frame)
    return written


def load_history(session: Session, category_id: str, before: dt.date | None = None) -> pd.DataFrame:
    """A category's history, by date and store; with `before`, only days before that one.

    Returns:
        [date (datetime64), store_id, quantity_sold, revenue, on_hand, stockout].
    """
    day = HistoricalSale.date
    columns = [table_of(HistoricalSale).c[name] for name in HISTORY_COLUMNS[1:]]
    # As text: a date object for every row would take longer than the query.
    query = select(cast_as(day, String), *columns).where(HistoricalSale.category_id == category_id)
    if before is not None:
        query = query.where(day < before)
    ordered = query.order_by(day, in_code_order(session, HistoricalSale.store_id))
    rows = session.connection().execute(ordered).fetchall()
    values = zip(*rows, strict=True) if rows else [()] * len(HISTORY_COLUMNS)
    frame = pd.DataFrame(dict(zip(HISTORY_COLUMNS, values, strict=True)))
    frame["date"] = pd.to_datetime(frame["date"], format="%Y-%m-%d")
    return frame


def load_store_totals(session: Session, first: dt.date, before: dt.date) -> dict[str, float]:
    """Units that each store sold over all categories from `first` until before `before`."""
    query = (
        select(HistoricalSale.store_id, func.sum(HistoricalSale.quantity_sold))
        # All categories, named: the table is kept by category and date, and is read only where it has to be.
        .where(HistoricalSale.category_id.in_(select(Category.category_id)))
        .where(HistoricalSale.date >= first, HistoricalSale.date < before)
        .group_by(HistoricalSale.store_id)
        .order_by(in_code_order(session, HistoricalSale.store_id))
    )
    return {store_id: float(total) for store_id, total in session.execute(query)}


def load_totals(session: Session, before: dt.date | None = None) -> pd.DataFrame:
    """Every category's units by date: what they can learn from each other.

    Returns:
        [category, date, quantity_sold].
    """
    columns = (HistoricalSale.category_id, HistoricalSale.date)
    query = select(*columns, func.sum(HistoricalSale.quantity_sold)).group_by(*columns)
    if before is not None:
        query = query.where(HistoricalSale.date < before)
    query = query.order_by(in_code_order(session, HistoricalSale.category_id), HistoricalSale.date)
    frame = pd.DataFrame(session.execute(query).fetchall(), columns=["category", "date", "quantity_sold"])
    frame["date"] = pd.to_datetime(frame["date"])
    return frame


def list_categories(session: Session) -> list[tuple[Category, int]]:
    """Every category with its number of history rows, by name."""
    counts = (
        select(HistoricalSale.category_id, func.count().label("row_count"))
        .group_by(HistoricalSale.category_id)
        .subquery()
    )
    rows = session.execute(
        select(Category, func.coalesce(counts.c.row_count, 0))
        .outerjoin(counts, counts.c.category_id == Category.category_id)
        .order_by(Category.category_name)
    )
    return [(category, int(count)) for category, count in rows]


def history_range(session: Session, category_id: str) -> tuple[dt.date, dt.date] | None:
    """First and last day of a category's history; None where there is none."""
    first, last = session.execute(
        select(func.min(HistoricalSale.date), func.max(HistoricalSale.date)).where(
            HistoricalSale.category_id == category_id
        )
    ).one()
    return None if first is None else (first, last)


def replace_weeks(
    session: Session, forecast_id: str, units: dict[tuple[int, str], int], at: dt.datetime
) -> bool:
    """Store actual units by (week, store); the weeks named are replaced whole.

    Several who replace a season's weeks at once take turns.

    Returns:
        Whether anything is different now; the same units again are not.
    """
    session.execute(
        select(Forecast.forecast_id)
        .where(Forecast.forecast_id == forecast_id)
        .with_for_update(key_share=True)
    )
    weeks = {week for week, _ in units}
    stored = load_actuals(session, forecast_id)
    if units == {place: sold for place, sold in stored.items() if place[0] in weeks}:
        return False
    session.execute(
        delete(ActualSale).where(ActualSale.forecast_id == forecast_id, ActualSale.week_number.in_(weeks))
    )
    rows = [
        {"forecast_id": forecast_id, "week_number": week, "store_id": store, "units_sold": sold}
        for (week, store), sold in sorted(units.items())
    ]
    session.execute(insert(ActualSale), [{**row, "imported_at": at} for row in rows])
    return True


def load_actuals(session: Session, forecast_id: str) -> dict[tuple[int, str], int]:
    """A season's actual units by (week, store)."""
    rows = session.execute(
        select(ActualSale.week_number, ActualSale.store_id, ActualSale.units_sold).where(
            ActualSale.forecast_id == forecast_id
        )
    )
    return {(week, store): units for week, store, units in rows}
