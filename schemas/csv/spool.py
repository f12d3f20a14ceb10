"""Checked rows, packed into a temporary file until the whole of their file is known to be right."""

import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Spool:
    """Arrays written one after the other and read back in that order, as often as wanted."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="fashion-forecast-")  # noqa: SIM115  closed by `close`
        self._arrays = 0

    def add(self, rows: NDArray[Any]) -> None:
        """Keep a structured array."""
        np.save(self._file, rows, allow_pickle=False)
        self._arrays += 1

    def __iter__(self) -> Iterator[NDArray[Any]]:
        self._file.seek(0)
        for _ in range(self._arrays):
            yield np.load(self._file, allow_pickle=False)

    def close(self) -> None:
        """Remove what was kept."""
        self._file.close()
