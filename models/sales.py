"""What was sold: the history that forecasts learn from, and the season's actuals."""

import datetime as dt
from collections.abc import Iterable, Sequence

import pandas as pd
from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Table,
    delete,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base

HISTORY_COLUMNS = ["date", "store_id", "quantity_sold", "revenue", "on_hand", "stockout"]


class HistoricalSale(Base):
    """Units of a category sold in a store on a day, or in the week that starts then."""

    __tablename__ = "historical_sales"
    __table_args__ = (
        CheckConstraint("quantity_sold >= 0", name="quantity_not_negative"),
        CheckConstraint("revenue IS NULL OR revenue >= 0", name="revenue_not_negative"),
        Index("ix_historical_sales_store_id", "store_id"),
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


def _upsert(session: Session, table: Table, rows: Sequence[dict[str, object]]) -> None:
    if not rows:
        return
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    insert = dialect.insert(table)
    keys = [column.name for column in table.primary_key]
    changed = {
        column.name: insert.excluded[column.name] for column in table.columns if column.name not in keys
    }
    session.connection().execute(insert.on_conflict_do_update(index_elements=keys, set_=changed), rows)


def save_history(session: Session, chunks: Iterable[pd.DataFrame], category_ids: dict[str, str]) -> int:
    """Add or replace history rows, chunk by chunk in one transaction.

    Args:
        session: the transaction.
        chunks: frames [date, category, store_id, quantity_sold, revenue, on_hand, stockout].
        category_ids: a category's id by its name in the frames.

    Returns:
        Rows written.
    """
    table = HistoricalSale.__table__
    assert isinstance(table, Table)  # noqa: S101  a declarative class's table is one
    written = 0
    for chunk in chunks:
        frame = chunk.assign(category_id=chunk["category"].map(category_ids))
        frame["date"] = pd.to_datetime(frame["date"]).dt.date
        columns = ["category_id", *HISTORY_COLUMNS]
        frame = frame.reindex(columns=columns).astype(object)
        rows = frame.where(frame.notna(), None).to_dict("records")
        _upsert(session, table, [{str(key): value for key, value in row.items()} for row in rows])
        written += len(rows)
    return written


def load_history(session: Session, category_id: str, before: dt.date | None = None) -> pd.DataFrame:
    """A category's history, by date and store; with `before`, only days before that one.

    Returns:
        [date (datetime64), store_id, quantity_sold, revenue, on_hand, stockout].
    """
    columns = [HistoricalSale.__table__.c[name] for name in HISTORY_COLUMNS]
    query = select(*columns).where(HistoricalSale.category_id == category_id)
    if before is not None:
        query = query.where(HistoricalSale.date < before)
    rows = (
        session.connection().execute(query.order_by(HistoricalSale.date, HistoricalSale.store_id)).fetchall()
    )
    frame = pd.DataFrame(rows, columns=HISTORY_COLUMNS)
    frame["date"] = pd.to_datetime(frame["date"])
    return frame


def load_store_totals(session: Session, first: dt.date, before: dt.date) -> dict[str, float]:
    """Units that each store sold over all categories from `first` until before `before`."""
    query = (
        select(HistoricalSale.store_id, func.sum(HistoricalSale.quantity_sold))
        .where(HistoricalSale.date >= first, HistoricalSale.date < before)
        .group_by(HistoricalSale.store_id)
    )
    return {store_id: float(total) for store_id, total in session.execute(query)}


def load_other_totals(
    session: Session, category_id: str, before: dt.date | None = None
) -> pd.DataFrame | None:
    """The other categories' units by date, whose forecast errors can be pooled with this one's.

    Returns:
        [category, date, quantity_sold], or None where there is no other category.
    """
    columns = (HistoricalSale.category_id, HistoricalSale.date)
    query = select(*columns, func.sum(HistoricalSale.quantity_sold)).group_by(*columns)
    query = query.where(HistoricalSale.category_id != category_id)
    if before is not None:
        query = query.where(HistoricalSale.date < before)
    frame = pd.DataFrame(session.execute(query).fetchall(), columns=["category", "date", "quantity_sold"])
    frame["date"] = pd.to_datetime(frame["date"])
    return frame if len(frame) else None


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
) -> None:
    """Store actual units by (week, store); the weeks named are replaced whole."""
    weeks = {week for week, _ in units}
    session.execute(
        delete(ActualSale).where(ActualSale.forecast_id == forecast_id, ActualSale.week_number.in_(weeks))
    )
    session.add_all(
        ActualSale(forecast_id=forecast_id, week_number=week, store_id=store, units_sold=sold, imported_at=at)
        for (week, store), sold in sorted(units.items())
    )


def load_actuals(session: Session, forecast_id: str) -> dict[tuple[int, str], int]:
    """A season's actual units by (week, store)."""
    rows = session.execute(
        select(ActualSale.week_number, ActualSale.store_id, ActualSale.units_sold).where(
            ActualSale.forecast_id == forecast_id
        )
    )
    return {(week, store): units for week, store, units in rows}
