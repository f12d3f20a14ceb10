"""One demand distribution for every decision: a seeded matrix of sampled demand, paths × weeks.

Stored as its recipe (a few hundred numbers) and rebuilt from it to the last bit: same recipe, same paths.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from schemas.forecasts import DemandRecipe
from tasks.planning.units import Floats


class DemandPaths:
    """Sampled demand of one category's season.

    Everything is non-negative units. Rows of `weekly` are equally likely futures; row *i* of
    `store_demand` belongs to the same future.
    """

    def __init__(self, recipe: DemandRecipe) -> None:
        self.recipe = recipe

    @property
    def weeks(self) -> int:
        """Number of season weeks."""
        return len(self.recipe.weekly_mean)

    @property
    def store_ids(self) -> Sequence[str]:
        """The stores, in the order of every (…, stores) array."""
        return self.recipe.store_ids

    @property
    def mean(self) -> Floats:
        """The point forecast, shape (weeks,)."""
        return np.asarray(self.recipe.weekly_mean)

    @cached_property
    def totals(self) -> Floats:
        """Season totals, shape (paths,): stratified draws from the calibrated quantile function."""
        recipe = self.recipe
        rng = np.random.default_rng([recipe.seed, 0])
        levels = (rng.permutation(recipe.n_paths) + 0.5) / recipe.n_paths
        known = (np.arange(len(recipe.total_factors)) + 0.5) / len(recipe.total_factors)
        return np.asarray(np.interp(levels, known, recipe.total_factors) * float(self.mean.sum()))

    @cached_property
    def weekly(self) -> Floats:
        """Demand by path and week, shape (paths, weeks); rows sum to `totals`."""
        recipe = self.recipe
        rng = np.random.default_rng([recipe.seed, 1])
        noise = np.empty((recipe.n_paths, self.weeks))
        innovations = rng.standard_normal(noise.shape)
        noise[:, 0] = innovations[:, 0]
        for week in range(1, self.weeks):
            noise[:, week] = (
                recipe.week_rho * noise[:, week - 1] + np.sqrt(1 - recipe.week_rho**2) * innovations[:, week]
            )
        shape = self.mean * np.exp(noise * np.asarray(recipe.week_sigma))
        sums = shape.sum(axis=1, keepdims=True)
        return np.asarray(
            self.totals[:, None] * np.divide(shape, sums, out=np.zeros_like(shape), where=sums > 0)
        )

    @cached_property
    def share_draws(self) -> Floats:
        """Store shares by path, shape (paths, stores); rows sum to 1."""
        recipe = self.recipe
        rng = np.random.default_rng([recipe.seed, 2])
        alpha = np.maximum(np.asarray(recipe.store_shares) * recipe.share_concentration, 1e-9)
        gammas = rng.standard_gamma(alpha, size=(recipe.n_paths, len(alpha)))
        return np.asarray(gammas / gammas.sum(axis=1, keepdims=True))

    def store_demand(self, first_week: int, last_week: int) -> Floats:
        """Demand of each store over weeks `first_week` … `last_week` (1-based, inclusive).

        Returns:
            Units, shape (paths, stores).
        """
        window = self.weekly[:, first_week - 1 : last_week].sum(axis=1)
        return np.asarray(window[:, None] * self.share_draws)

    def at_price(self, lifts: Sequence[float]) -> "DemandPaths":
        """The same futures where a price raises each week's demand by a factor, shape (weeks,)."""
        raised = tuple(mean * lift for mean, lift in zip(self.recipe.weekly_mean, lifts, strict=True))
        return DemandPaths(self.recipe.model_copy(update={"weekly_mean": raised}))

    def week_interval(self, level: float) -> tuple[Floats, Floats]:
        """Central interval of each week's demand at `level` (0.8): lower and upper, shape (weeks,)."""
        lower, upper = np.quantile(self.weekly, [0.5 - level / 2, 0.5 + level / 2], axis=0)
        return lower, upper

    def total_interval(self, level: float) -> tuple[float, float]:
        """Central interval of the season total at `level`."""
        lower, upper = np.quantile(self.totals, [0.5 - level / 2, 0.5 + level / 2])
        return float(lower), float(upper)
