"""What is wrong with a file, place by place: the first hundred, and how many there are in all."""

from dataclasses import dataclass, field
from typing import Any

from schemas.errors import InvalidFileError

MAX_ERRORS = 100
MAX_VALUE_LENGTH = 80


def refuse(detail: str, row: int | None = None, column: str | None = None) -> InvalidFileError:
    """The error for a fault of the file as a whole, or of one that makes reading on impossible."""
    return InvalidFileError(detail, errors=[_place(row, column, None, detail)])


def _place(row: int | None, column: str | None, value: str | None, reason: str) -> dict[str, Any]:
    return {
        "loc": [place for place in (row, column) if place is not None] or ["file"],
        "row": row,
        "column": column,
        "value": None if value is None else value[:MAX_VALUE_LENGTH],
        "msg": reason,
    }


@dataclass
class Problems:
    """Collects faults. A row is the file's line, the header's being 1; a reason reads after the value."""

    total: int = 0
    found: list[dict[str, Any]] = field(default_factory=list)

    def add(self, row: int, column: str | None, value: str | None, reason: str) -> None:
        """Note one fault; kept in full only while fewer than `MAX_ERRORS` are."""
        self.total += 1
        if len(self.found) < MAX_ERRORS:
            self.found.append(_place(row, column, value, reason))

    def count_more(self, further: int) -> None:
        """Count faults that are not kept."""
        self.total += further

    def raise_if_any(self, what: str) -> None:
        """Refuse the file if anything was found.

        Raises:
            InvalidFileError: with the places in the order of their rows.
        """
        if not self.total:
            return
        found = sorted(self.found, key=lambda error: error["row"])
        first = found[0]
        where = f"row {first['row']}" + (f", {first['column']}" if first["column"] else "")
        value = "" if first["value"] is None else f"{first['value']!r} "
        many = "1 error" if self.total == 1 else f"{self.total} errors"
        raise InvalidFileError(
            f"the {what} has {many}; nothing of it was stored. First: {where}: {value}{first['msg']}",
            errors=found,
            total_errors=self.total,
        )
