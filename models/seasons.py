"""A season in progress: how far it is off its forecast, and what was sent to the stores after its start.

Everything hangs on the season's first forecast (revision 1); later revisions point to it.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, String, exists, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Typed
from models.plans import Allocation, Forecast, Markdown, get_forecast
from schemas.errors import WrongStateError
from schemas.seasons import StoreVariance


class VarianceRecord(Base):
    """How far a season was off its forecast after a week."""

    __tablename__ = "variance_checks"
    __table_args__ = (CheckConstraint("week_number >= 1", name="week_positive"),)

    forecast_id: Mapped[str] = mapped_column(ForeignKey("forecasts.forecast_id"), primary_key=True)
    week_number: Mapped[int] = mapped_column(primary_key=True)
    compared_id: Mapped[str] = mapped_column(ForeignKey("forecasts.forecast_id"))
    forecasted_cumulative: Mapped[int]
    actual_cumulative: Mapped[int]
    variance_pct: Mapped[float]
    threshold_exceeded: Mapped[bool]
    likelihood: Mapped[float]
    by_store: Mapped[tuple[StoreVariance, ...]] = mapped_column(Typed(tuple[StoreVariance, ...]))
    reasoning: Mapped[str]
    reforecast_workflow_id: Mapped[str | None] = mapped_column(String(40))
    checked_at: Mapped[datetime]


class Replenishment(Base):
    """What the distribution centre sends to the stores at the start of a season week."""

    __tablename__ = "replenishments"
    __table_args__ = (
        CheckConstraint("week_number >= 2", name="after_the_first_week"),
        CheckConstraint("shipped >= 0 AND centre_left >= 0", name="never_more_than_there_is"),
    )

    forecast_id: Mapped[str] = mapped_column(ForeignKey("forecasts.forecast_id"), primary_key=True)
    week_number: Mapped[int] = mapped_column(primary_key=True)
    shipped: Mapped[int]
    centre_left: Mapped[int]
    shipments: Mapped[dict[str, int]] = mapped_column(Typed(dict[str, int]))
    reasoning: Mapped[str]
    created_at: Mapped[datetime]


def root_of(session: Session, forecast_id: str) -> Forecast:
    """The season's first forecast, whichever of its revisions is named.

    Raises:
        NotFoundError: there is no such forecast.
    """
    forecast = get_forecast(session, forecast_id)
    return forecast if forecast.original_id is None else get_forecast(session, forecast.original_id)


def current_of(session: Session, root_id: str) -> Forecast:
    """The season's newest forecast."""
    query = select(Forecast).where((Forecast.forecast_id == root_id) | (Forecast.original_id == root_id))
    return session.scalars(query.order_by(Forecast.revision.desc()).limit(1)).one()


def revision_before(session: Session, forecast: Forecast) -> Forecast:
    """The forecast that a revision corrects; the first one has none before it, and is its own."""
    root_id = forecast.original_id or forecast.forecast_id
    query = select(Forecast).where(
        (Forecast.forecast_id == root_id) | (Forecast.original_id == root_id),
        Forecast.revision < forecast.revision,
    )
    return session.scalars(query.order_by(Forecast.revision.desc()).limit(1)).first() or forecast


def lock_season(session: Session, root_id: str) -> None:
    """Let one writer at a time change a season; the lock ends with the transaction.

    Rows that refer to the season's forecast can be written meanwhile.
    """
    own = select(Forecast.forecast_id).where(Forecast.forecast_id == root_id)
    session.execute(own.with_for_update(key_share=True))


def active_seasons(session: Session, as_of: date) -> list[str]:
    """Seasons whose order was approved and that run on this day, or ended in the week before it."""
    approved = exists().where(Allocation.forecast_id == Forecast.forecast_id, Allocation.status == "approved")
    query = (
        select(Forecast.forecast_id)
        .where(
            Forecast.original_id.is_(None),
            approved,
            Forecast.season_start_date <= as_of,
            Forecast.season_end_date >= as_of - timedelta(weeks=1),
        )
        .order_by(Forecast.season_start_date, Forecast.forecast_id)
    )
    return list(session.scalars(query))


def require_approved(allocation: Allocation | None, forecast_id: str) -> Allocation:
    """The season's order.

    Raises:
        WrongStateError: there is none yet, or it was not approved: the season has not begun.
    """
    if allocation is None or allocation.status != "approved":
        raise WrongStateError(f"the order of {forecast_id} is not approved, so its season has not begun")
    return allocation


def list_variances(session: Session, root_id: str) -> list[VarianceRecord]:
    """A season's checks, by week."""
    query = select(VarianceRecord).where(VarianceRecord.forecast_id == root_id)
    return list(session.scalars(query.order_by(VarianceRecord.week_number)))


def list_replenishments(session: Session, root_id: str) -> list[Replenishment]:
    """A season's replenishments, by week."""
    query = select(Replenishment).where(Replenishment.forecast_id == root_id)
    return list(session.scalars(query.order_by(Replenishment.week_number)))


def approved_markdown(session: Session, root_id: str) -> Markdown | None:
    """The markdown that a person approved; None while there is none."""
    query = select(Markdown).where(Markdown.forecast_id == root_id, Markdown.status == "approved")
    return session.scalars(query.order_by(Markdown.revision.desc()).limit(1)).first()
