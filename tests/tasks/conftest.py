"""Made-up sales with a known truth."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

SEASON_START = date(2024, 2, 5)


def weekly_sales(
    units: np.ndarray, *, stores: int = 2, season_start: date = SEASON_START, gap: int = 0
) -> pd.DataFrame:
    """`units` a week, split evenly on stores, the last week `gap` weeks before the season."""
    end = pd.Timestamp(season_start) - pd.Timedelta(weeks=gap)
    weeks = [end - pd.Timedelta(weeks=len(units) - number) for number in range(len(units))]
    return pd.DataFrame(
        [
            {"date": week, "store_id": f"S{store}", "quantity_sold": value / stores}
            for week, value in zip(weeks, units, strict=True)
            for store in range(stores)
        ]
    )


def yearly_wave(weeks: int, *, level: float = 1000.0, depth: float = 0.4, noise: float = 0.03) -> np.ndarray:
    """A year's wave with a little noise, ending where the season starts."""
    time = np.arange(-weeks, 0)
    rng = np.random.default_rng(7)
    return level * np.exp(depth * np.sin(2 * np.pi * time / 52)) * rng.lognormal(0, noise, weeks)


@pytest.fixture(scope="session")
def make_sales() -> Callable[..., pd.DataFrame]:
    return weekly_sales


@pytest.fixture(scope="session")
def wave() -> Callable[..., np.ndarray]:
    return yearly_wave
