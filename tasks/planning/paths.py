"""One demand distribution for every decision: a seeded matrix of sampled demand, paths × weeks.

Stored as its recipe (a few hundred numbers) and rebuilt from it to the last bit: same recipe, same paths.
"""

from collections.abc import Sequence
from functools import cached_property
from statistics import NormalDist

import numpy as np

from schemas.forecasts import DemandRecipe
from tasks.planning.units import Floats

SMALLEST_FACTOR = 1e-3
MARGIN_SWEEPS = 8


class DemandPaths:
    """Sampled demand of one category's season.

    Everything is non-negative units. Rows of `weekly` are equally likely futures; row *i* of
    `store_demand` belongs to the same future. Rows sum to `totals`, columns average to `mean`.
    """

    def __init__(self, recipe: DemandRecipe) -> None:
        self.recipe = recipe

    @property
    def observed(self) -> "DemandPaths":
        """The same season as wide as past errors alone say: what triggers and calibration read."""
        return DemandPaths(self.recipe.model_copy(update={"spread_floor": 0.0}))

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
        factors = sampled_factors(
            widened(np.asarray(recipe.total_factors), recipe.spread_floor), recipe.n_paths
        )
        return np.asarray(
            factors[rng.permutation(recipe.n_paths)] * _per_mean(factors) * float(self.mean.sum())
        )

    @cached_property
    def weekly(self) -> Floats:
        """Demand by path and week, shape (paths, weeks)."""
        recipe = self.recipe
        rng = np.random.default_rng([recipe.seed, 1])
        noise = np.empty((recipe.n_paths, self.weeks))
        innovations = rng.standard_normal(noise.shape)
        noise[:, 0] = innovations[:, 0]
        for week in range(1, self.weeks):
            noise[:, week] = (
                recipe.week_rho * noise[:, week - 1] + np.sqrt(1 - recipe.week_rho**2) * innovations[:, week]
            )
        return fit_margins(self.mean * np.exp(noise * np.asarray(recipe.week_sigma)), self.totals, self.mean)

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

    def week_quantiles(self, levels: Sequence[float]) -> Floats:
        """Quantiles of each week's demand, shape (levels, weeks)."""
        return np.asarray(np.quantile(self.weekly, levels, axis=0))

    def week_interval(self, level: float) -> tuple[Floats, Floats]:
        """Central interval of each week's demand at `level` (0.8): lower and upper, shape (weeks,)."""
        lower, upper = self.week_quantiles([0.5 - level / 2, 0.5 + level / 2])
        return lower, upper

    def total_interval(self, level: float) -> tuple[float, float]:
        """Central interval of the season total at `level`."""
        lower, upper = np.quantile(self.totals, [0.5 - level / 2, 0.5 + level / 2])
        return float(lower), float(upper)


def sampled_factors(factors: Floats, count: int) -> Floats:
    """A quantile function read at `count` evenly spaced levels, ascending."""
    known = (np.arange(len(factors)) + 0.5) / len(factors)
    return np.asarray(np.interp((np.arange(count) + 0.5) / count, known, factors))


def widened(factors: Floats, floor: float) -> Floats:
    """A quantile function of factors whose log spread is `floor` at least; the rest comes as normal."""
    logs = np.log(np.maximum(factors, SMALLEST_FACTOR))
    missing = floor - float(logs.std())
    if missing <= 0:
        return factors
    levels = (np.arange(len(factors)) + 0.5) / len(factors)
    normal = np.array([NormalDist().inv_cdf(level) for level in levels])
    return np.asarray(np.exp(logs + missing * normal))


def fit_margins(shape: Floats, totals: Floats, mean: Floats) -> Floats:
    """`shape`, (paths, weeks), scaled by rows and columns until rows sum to `totals` and columns average to
    `mean` (iterative proportional fitting, Deming and Stephan 1940)."""
    fitted = _scaled(shape, shape.sum(axis=1), totals)
    for _ in range(MARGIN_SWEEPS):
        fitted = fitted * np.divide(mean, fitted.mean(axis=0), out=np.zeros(len(mean)), where=mean > 0)
        fitted = _scaled(fitted, fitted.sum(axis=1), totals)
    return fitted


def _scaled(rows: Floats, sums: Floats, wanted: Floats) -> Floats:
    factors = np.divide(wanted, sums, out=np.zeros_like(sums), where=sums > 0)
    return np.asarray(rows * factors[:, None])


def _per_mean(factors: Floats) -> float:
    mean = float(factors.mean())
    return 1 / mean if mean > 0 else 0.0
