"""Promotions, past and ahead, as they were announced."""

import datetime as dt

import pandas as pd
from sqlalchemy import CheckConstraint, ForeignKey, delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base

COLUMNS = ["category", "start_date", "end_date", "discount", "store_id"]


class Promotion(Base):
    """A category's price cut from one day to another, inclusive; without a store, in all of them."""

    __tablename__ = "promotions"
    __table_args__ = (
        CheckConstraint("discount >= 0 AND discount < 1", name="discount_is_a_share"),
        CheckConstraint("end_date >= start_date", name="days_in_order"),
    )

    promotion_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    category_id: Mapped[str] = mapped_column(ForeignKey("categories.category_id"), index=True)
    start_date: Mapped[dt.date]
    end_date: Mapped[dt.date]
    discount: Mapped[float]
    store_id: Mapped[str | None] = mapped_column(ForeignKey("stores.store_id"))


def replace_promotions(session: Session, promotions: pd.DataFrame, category_ids: dict[str, str]) -> int:
    """Store the calendar of each category that `promotions` names, in place of what was known of it.

    Args:
        promotions: category, start_date, end_date, discount, store_id.
        category_ids: a category's id by its name in the frame.
    """
    session.execute(delete(Promotion).where(Promotion.category_id.in_(category_ids.values())))
    rows = [
        {
            "category_id": category_ids[row["category"]],
            "start_date": row["start_date"].date(),
            "end_date": row["end_date"].date(),
            "discount": float(row["discount"]),
            "store_id": row["store_id"],
        }
        for row in promotions.to_dict("records")
    ]
    session.execute(insert(Promotion), rows)
    return len(rows)


def load_promotions(session: Session) -> pd.DataFrame:
    """Every promotion that is known: category (its id), start_date, end_date, discount, store_id."""
    columns = (
        Promotion.category_id,
        Promotion.start_date,
        Promotion.end_date,
        Promotion.discount,
        Promotion.store_id,
    )
    rows = session.execute(select(*columns).order_by(Promotion.promotion_id)).fetchall()
    frame = pd.DataFrame(rows, columns=COLUMNS)
    days = {name: pd.to_datetime(frame[name]) for name in ("start_date", "end_date")}
    return frame.assign(**days)
