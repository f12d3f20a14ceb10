"""Demand distributions small enough to reason about."""

from collections.abc import Sequence

import numpy as np

from schemas.forecasts import DemandRecipe
from tasks.planning.paths import DemandPaths


def build_paths(
    *,
    weeks: int = 6,
    weekly: float = 200.0,
    shares: Sequence[float] = (0.5, 0.3, 0.2),
    spread: float = 0.2,
    seed: int = 0,
    n_paths: int = 300,
) -> DemandPaths:
    """A season of flat demand whose total is spread evenly, `spread` up and down."""
    factors = np.linspace(1 - spread, 1 + spread, 21)
    return DemandPaths(
        DemandRecipe(
            weekly_mean=(weekly,) * weeks,
            total_factors=tuple(factors),
            week_sigma=(0.1,) * weeks,
            week_rho=0.2,
            store_ids=tuple(f"S{index}" for index in range(len(shares))),
            store_shares=tuple(np.asarray(shares) / np.sum(shares)),
            share_concentration=300.0,
            seed=seed,
            n_paths=n_paths,
        )
    )
