"""Files into the database: read whole, checked whole, stored whole or not at all."""

from datetime import date

from models.catalogue import (
    described_stores,
    find_category,
    list_stores,
    save_categories,
    save_stores,
    save_unknown_stores,
)
from models.grain import refuse_another_grain
from models.promotions import replace_promotions
from models.sales import save_history
from models.session import Database
from schemas.csv import Progress, Source, read_promotions, read_sales_history, read_stores
from schemas.errors import InvalidInputError
from schemas.resources import DateRange, HistoryImported, PromotionsImported, StoresImported


def import_history(
    database: Database, source: Source, *, max_bytes: int, today: date, on_progress: Progress | None = None
) -> HistoryImported:
    """Store a sales history; rows that are there already are replaced, so the same file changes nothing.

    Once a stores file has said which stores there are, a history with others is refused.

    Args:
        source: a path, or a binary file.
        max_bytes: refused above.
        on_progress: called with the bytes read and the file's size.

    Raises:
        InvalidFileError: with each offending row and column.
        TooLargeError: more than `max_bytes`.
    """
    with database.read() as session:
        known = described_stores(session)
    with read_sales_history(
        source, max_bytes=max_bytes, today=today, known_stores=known, on_progress=on_progress
    ) as history:
        with database.write() as session:
            added = save_unknown_stores(session, history.store_ids)
            categories = save_categories(session, history.categories)
            refuse_another_grain(session, history, categories)
            rows = save_history(session, history.chunks(), categories)
        warnings = list(history.warnings)
        if added:
            warnings.append(
                f"{len(added)} stores were not known and were added without attributes ({_some(added)}); "
                "a stores file gives them"
            )
        return HistoryImported(
            rows_imported=rows,
            date_range=DateRange(start=history.start, end=history.end),
            categories_detected=[categories[name] for name in history.categories],
            warnings=warnings,
        )


def import_stores(
    database: Database, source: Source, *, max_bytes: int, on_progress: Progress | None = None
) -> StoresImported:
    """Store a file of stores; those that are there already are changed.

    Raises:
        InvalidFileError: with each offending row and column.
        InvalidInputError: an id looks like that of another store.
        TooLargeError: more than `max_bytes`.
    """
    stores = read_stores(source, max_bytes=max_bytes, on_progress=on_progress)
    with database.write() as session:
        known = {each.store_id for each in list_stores(session)}
        unknown = _refuse_alike([record["store_id"] for record in stores.records], known)
        save_stores(session, stores.records)
    warnings = list(stores.warnings)
    if known and len(unknown) == len(stores.records):
        warnings.append(f"none of these stores is in a sales history; known are {_some(sorted(known))}")
    return StoresImported(rows_imported=len(stores.records), warnings=warnings)


def _refuse_alike(ids: list[str], known: set[str]) -> list[str]:
    """Those of `ids` that are not known.

    Raises:
        InvalidInputError: one differs from a known one in leading zeros alone, as ids do that went through
            a spreadsheet: 7 and 007 would be two stores.
    """
    plain = {each.lstrip("0"): each for each in known}
    unknown = [each for each in ids if each not in known]
    for each in unknown:
        other = plain.get(each.lstrip("0"))
        if other is not None:
            raise InvalidInputError(
                f"store {each!r} looks like {other!r}, which is known; write its id as the sales have it"
            )
    return unknown


def import_promotions(
    database: Database, source: Source, *, max_bytes: int, on_progress: Progress | None = None
) -> PromotionsImported:
    """Store a promotion calendar, past and ahead, in place of what was known of the categories in it.

    Raises:
        InvalidFileError: with each offending row and column.
        NotFoundError: a category that has no history.
        TooLargeError: more than `max_bytes`.
    """
    with database.read() as session:
        known = described_stores(session)
    calendar = read_promotions(source, max_bytes=max_bytes, known_stores=known, on_progress=on_progress)
    with database.write() as session:
        ids = {name: find_category(session, name).category_id for name in calendar.categories}
        save_unknown_stores(session, calendar.stores)
        rows = replace_promotions(session, calendar.frame, ids)
    first, last = calendar.frame["start_date"].min().date(), calendar.frame["end_date"].max().date()
    return PromotionsImported(
        rows_imported=rows,
        date_range=DateRange(start=first, end=last),
        categories_detected=sorted(set(ids.values())),
        warnings=list(calendar.warnings),
    )


def _some(ids: list[str]) -> str:
    return ", ".join(ids[:3]) + (" …" if len(ids) > 3 else "")
