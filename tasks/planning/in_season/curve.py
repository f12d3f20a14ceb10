"""The corrected weekly curve: what was sold so far, then the posterior with its interval."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tasks.planning.paths import DemandPaths
from tasks.planning.units import largest_remainder

LEVEL = 0.80


def corrected_curve(
    curve: Sequence[dict[str, Any]], sold: Sequence[int], remaining: DemandPaths
) -> list[dict[str, Any]]:
    """A season's weeks after a re-forecast: whole units, past weeks as they were sold, without an interval.

    Args:
        curve: the first forecast's weeks.
        sold: units sold in weeks 1 … n.
        remaining: demand of weeks n + 1 … end.
    """
    units = largest_remainder(remaining.mean, round(float(remaining.mean.sum())))
    lower, upper = remaining.week_interval(LEVEL)
    weeks = [
        {**week, "forecasted_units": count, "confidence_lower": count, "confidence_upper": count}
        for week, count in zip(curve, sold, strict=False)
    ]
    for index, week in enumerate(curve[len(sold) :]):
        weeks.append(
            {
                **week,
                "forecasted_units": int(units[index]),
                "confidence_lower": int(np.floor(min(lower[index], units[index]))),
                "confidence_upper": int(np.ceil(max(upper[index], units[index]))),
            }
        )
    return weeks
