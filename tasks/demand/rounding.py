"""Whole units that keep their sum."""

import numpy as np

from tasks.demand.paths import Floats


def round_to_sum(values: Floats) -> list[int]:
    """Round non-negative values to integers that sum to the rounded sum (largest remainder)."""
    total = round(float(values.sum()))
    floors = np.floor(values).astype(int)
    order = np.argsort(-(values - floors), kind="stable")
    floors[order[: total - int(floors.sum())]] += 1
    return [int(value) for value in floors]
