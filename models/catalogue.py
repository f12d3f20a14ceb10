"""Categories, stores and the stores' clusters."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, JsonDict, make_id
from models.dialects import add_missing, in_code_order, upsert
from schemas.attributes import STORE_NUMBERS
from schemas.errors import InvalidInputError, NotFoundError
from schemas.names import name_key, plain_words

LONGEST_SLUG = 120


class Category(Base):
    """A category that is planned: Women's Dresses."""

    __tablename__ = "categories"

    category_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    category_name: Mapped[str] = mapped_column(String(200), unique=True)


class StoreCluster(Base):
    """A group of like stores, named by its rank."""

    __tablename__ = "store_clusters"

    cluster_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    cluster_name: Mapped[str] = mapped_column(String(80))
    fashion_tier: Mapped[str] = mapped_column(String(40))
    silhouette: Mapped[float | None]
    updated_at: Mapped[datetime]


class Store(Base):
    """A store with the attributes that clustering reads; others are kept in `extra`."""

    __tablename__ = "stores"
    __table_args__ = (
        CheckConstraint("store_size_sqft IS NULL OR store_size_sqft > 0", name="size_positive"),
    )

    store_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    store_name: Mapped[str] = mapped_column(String(200))
    location_tier: Mapped[str | None] = mapped_column(String(40))
    store_size_sqft: Mapped[float | None]
    median_income: Mapped[float | None]
    foot_traffic: Mapped[float | None]
    competitor_density: Mapped[float | None]
    online_penetration: Mapped[float | None]
    population_density: Mapped[float | None]
    extra: Mapped[JsonDict] = mapped_column(default=dict)
    cluster_id: Mapped[str | None] = mapped_column(ForeignKey("store_clusters.cluster_id"), index=True)


def slugify(name: str) -> str:
    """`Women's Dresses` → `womens_dresses`: a category's id, which is its own id again.

    Accents go, letters of any script stay; a name without letters or digits, or too long, gets a digest.
    """
    slug = plain_words(name)
    if slug and len(slug) <= LONGEST_SLUG:
        return slug
    return make_id(slug[: LONGEST_SLUG - 20].strip("_") or "category", name)


def save_categories(session: Session, names: Sequence[str]) -> dict[str, str]:
    """Make sure that each category exists; ids by name.

    A name that differs from a known one only in case, accents or spaces means the same category.

    Raises:
        InvalidInputError: two names that differ in signs would be one category, and their rows one history.
    """
    named: dict[str, str] = {}
    for name in names:
        other = named.setdefault(slugify(name), name)
        if other != name:
            raise InvalidInputError(f"{other!r} and {name!r} mean the same category; write both alike")
    query = select(Category).where(Category.category_id.in_(named))
    for known in session.scalars(query):
        _refuse_another(known, named[known.category_id])
    rows = [
        {"category_id": category_id, "category_name": name} for category_id, name in sorted(named.items())
    ]
    add_missing(session, Category, rows)
    return {name: category_id for category_id, name in named.items()}


def _refuse_another(known: Category, name: str) -> None:
    if name != known.category_id and name_key(name) != name_key(known.category_name):
        raise InvalidInputError(
            f"{name!r} would replace the history of {known.category_name!r}: both are "
            f"{known.category_id}; write the sign as a word, or the same name where it is the same category"
        )


def find_category(session: Session, id_or_name: str) -> Category:
    """The category with this id or name.

    Raises:
        NotFoundError: there is none; the message lists those there are.
    """
    found = session.get(Category, slugify(id_or_name))
    if found is None:
        known = ", ".join(
            session.scalars(select(Category.category_id).order_by(Category.category_id).limit(20))
        )
        raise NotFoundError(
            f"there is no category {id_or_name!r}; "
            + (f"known are: {known}" if known else "none is known yet: import a sales history first")
        )
    return found


def list_stores(session: Session) -> list[Store]:
    """Every store, by id."""
    return list(session.scalars(select(Store).order_by(in_code_order(session, Store.store_id))))


def save_stores(session: Session, rows: Sequence[Mapping[str, object]]) -> None:
    """Add or change stores; a key is a column, `store_id` and `store_name` must be there."""
    for row in rows:
        store = session.get(Store, row["store_id"])
        if store is None:
            session.add(Store(**row))
        else:
            for column, value in row.items():
                setattr(store, column, value)


def described_stores(session: Session) -> set[str]:
    """Ids of all stores, where a stores file gave any of them; empty where histories alone named them."""
    described = or_(
        Store.location_tier.is_not(None), *(getattr(Store, name).is_not(None) for name in STORE_NUMBERS)
    )
    if session.scalars(select(Store.store_id).where(described).limit(1)).first() is None:
        return set()
    return set(session.scalars(select(Store.store_id)))


def save_unknown_stores(session: Session, store_ids: Sequence[str]) -> list[str]:
    """Add the stores of a history that no store file named; gives back those added."""
    known = set(session.scalars(select(Store.store_id)))
    added = sorted(set(store_ids) - known)
    add_missing(session, Store, [{"store_id": each, "store_name": each, "extra": {}} for each in added])
    return added


def list_clusters(session: Session) -> list[tuple[StoreCluster, list[str]]]:
    """Every cluster that has stores, by id, with its stores' ids."""
    stores: dict[str, list[str]] = {}
    for store_id, cluster_id in session.execute(
        select(Store.store_id, Store.cluster_id)
        .where(Store.cluster_id.is_not(None))
        .order_by(in_code_order(session, Store.store_id))
    ):
        stores.setdefault(str(cluster_id), []).append(store_id)
    return [
        (cluster, stores[cluster.cluster_id])
        for cluster in session.scalars(select(StoreCluster).order_by(StoreCluster.cluster_id))
        if cluster.cluster_id in stores
    ]


def save_clusters(
    session: Session, clusters: Sequence[Mapping[str, object]], assignment: Mapping[str, str], at: datetime
) -> None:
    """Replace the clusters and every store's place in them (`assignment`: store id → cluster id)."""
    rows = [{**values, "updated_at": at} for values in clusters]
    upsert(session, StoreCluster, sorted(rows, key=lambda row: str(row["cluster_id"])))
    for store in session.scalars(select(Store)):
        store.cluster_id = assignment.get(store.store_id)
