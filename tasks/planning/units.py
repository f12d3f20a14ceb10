"""Whole units that sum exactly, and the array types of the method."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def largest_remainder(weights: Floats, units: int) -> Ints:
    """Split `units` in proportion to `weights`, shape (n,), by largest remainder; equal where all are zero.

    The sum is exact; ties go to the earlier place, so the same input gives the same output.
    """
    count = len(weights)
    total = float(weights.sum())
    shares = weights / total if total > 0 else np.full(count, 1 / count)
    exact = shares * units
    whole = np.floor(exact + 1e-9).astype(np.int64)
    short = units - int(whole.sum())
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: max(short, 0)]] += 1
    while whole.sum() > units:
        whole[np.argmax(whole - exact)] -= 1
    return whole


def share_within(weights: Floats, units: int, room: Ints) -> Ints:
    """Split `units` in proportion to `weights`, no place beyond its `room`; what overflows goes on to the
    rest.

    `units` must not exceed the sum of `room`.
    """
    given = np.zeros(len(weights), dtype=np.int64)
    left = units
    while left > 0:
        open_places = np.flatnonzero(given < room)
        part = np.zeros(len(weights), dtype=np.int64)
        part[open_places] = largest_remainder(weights[open_places], left)
        taken = np.minimum(part, room - given)
        given += taken
        left -= int(taken.sum())
    return given


def round_to_sum(values: Floats) -> list[int]:
    """Round non-negative values to whole units that sum to their rounded sum."""
    return [int(value) for value in largest_remainder(values, round(float(values.sum())))]
