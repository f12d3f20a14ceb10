"""Which rows say the same thing twice, told exactly from sixteen bytes a row."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from schemas.csv.cells import EARLIEST
from schemas.csv.problems import MAX_ERRORS, Problems, refuse

_BITS = 21
MAX_DISTINCT = 100_000
FIRST_DAY = (EARLIEST - date(1970, 1, 1)).days
"""The day that a key counts days from, as numpy counts them; no part of a key is negative."""
Ints = NDArray[np.integer[Any]]


def day_of(part: int) -> date:
    """The day that a key's part stands for."""
    return EARLIEST + timedelta(days=part)


class Codes:
    """Numbers names in the order in which they come; names with the same `key` share a number.

    Attributes:
        names: the first spelling of each name.
        merged: other spellings, with the first.
    """

    def __init__(self, column: str, key: Callable[[str], str] = str) -> None:
        self._column, self._key = column, key
        self._codes: dict[str, int] = {}
        self._by_key: dict[str, int] = {}
        self.names: list[str] = []
        self.merged: dict[str, str] = {}

    def of(self, names: "pd.Series[str]") -> Ints:
        """The number of each name.

        Raises:
            InvalidFileError: there are more names than the column can mean.
        """
        for name in names.unique():
            if name not in self._codes:
                self._codes[name] = self._number(name)
        return np.asarray(names.map(self._codes), dtype=np.int64)

    def _number(self, name: str) -> int:
        code = self._by_key.setdefault(self._key(name), len(self.names))
        if code < len(self.names):
            self.merged[name] = self.names[code]
            return code
        if code >= MAX_DISTINCT:
            raise refuse(
                f"the column {self._column} has more than {MAX_DISTINCT} different values; "
                "is it the right column?",
                column=self._column,
            )
        self.names.append(name)
        return code


class Keys:
    """The key of every row, up to three whole numbers below two million, and the line that it came from."""

    def __init__(self) -> None:
        self._keys: list[Ints] = []
        self._rows: list[Ints] = []

    def add(self, rows: Ints, *parts: Ints) -> None:
        """Take the keys of some rows; `parts` are the numbers that make each up."""
        key = np.zeros(len(rows), dtype=np.int64)
        for part in parts:
            key = (key << _BITS) | part.astype(np.int64)
        self._keys.append(key)
        self._rows.append(np.asarray(rows, dtype=np.int32))

    def report(
        self, problems: Problems, column: str, text: Callable[[Sequence[int]], str], parts: int
    ) -> None:
        """Note each row whose key an earlier row has, naming both.

        Args:
            problems: where they go.
            column: the column to point at.
            text: says a key's parts in words.
            parts: how many there are.
        """
        if not self._keys:
            return
        keys, rows = np.concatenate(self._keys), np.concatenate(self._rows)
        self._keys, self._rows = [keys], [rows]  # the parts they came from would double the memory
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        again = np.flatnonzero(ordered[1:] == ordered[:-1]) + 1
        shown = np.sort(order[again])[:MAX_ERRORS]
        for position in shown:
            first = int(rows[order[np.searchsorted(ordered, keys[position])]])
            said = text(
                [int(keys[position] >> (_BITS * place)) & (2**_BITS - 1) for place in reversed(range(parts))]
            )
            problems.add(
                int(rows[position]),
                column,
                said,
                f"stands in row {first} already; add both up into one row, or leave out the copy",
            )
        problems.count_more(len(again) - len(shown))
