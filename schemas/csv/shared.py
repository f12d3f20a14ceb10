"""What every reader says alike: which names are one, which stores are known, what was passed over."""

from collections.abc import Collection, Iterable

import pandas as pd
import pandera.pandas as pa

from schemas.csv.source import Lines
from schemas.csv.table import Table

_SHOWN = 10


def listed(names: Iterable[str]) -> str:
    """The names, the first ten of them where there are more."""
    names = list(names)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def known_store_check(known: Collection[str]) -> pa.Check:
    """Refuses stores that are not `known`."""
    stores = frozenset(known)
    return pa.Check(
        lambda ids: ids.isin(stores) | ids.isna(),
        error="is not a known store; import its row with the stores first, or correct the id",
    )


def not_after(today: pd.Timestamp, reason: str) -> pa.Check:
    """Refuses days after `today`."""
    return pa.Check(lambda days: days.isna() | (days <= today), error=reason)


def file_warnings(lines: Lines, table: Table, used: Collection[str]) -> list[str]:
    """Warnings about the file as such: its encoding and the columns that nothing reads."""
    warnings = []
    if lines.first_latin is not None:
        warnings.append(
            f"line {lines.first_latin} is not UTF-8; such lines were read as Windows-1252 (Latin-1)"
        )
    unused = [column for column in table.header if column and column not in used]
    if unused:
        warnings.append(f"columns that are not read: {listed(unused)}")
    return warnings


def case_warnings(store_ids: Iterable[str]) -> list[str]:
    """A warning for store ids that differ in nothing but case and signs."""
    first: dict[str, str] = {}
    alike = []
    for store_id in store_ids:
        other = first.setdefault(store_id.casefold(), store_id)
        if other != store_id:
            alike.append(f"{other} and {store_id}")
    return [f"store ids that differ only in case are kept apart: {listed(alike)}"] if alike else []
