"""What each next unit in each store is worth, and the split that is worth most.

A store's k-th unit is worth Σᵢ wᵢ · 1[vᵢ ≥ k] over weighted demand samples vᵢ: falling in k, so taking the
most valuable unit next, whichever store it is for, is exact (Federgruen and Groenevelt 1986).
"""

from dataclasses import dataclass

import numpy as np

from tasks.planning.order.defaults import DEFAULTS
from tasks.planning.paths import DemandPaths
from tasks.planning.units import Floats, Ints, share_within

BISECTIONS = 60
NO_LIMIT = np.iinfo(np.int64).max // 4


@dataclass(frozen=True)
class UnitValues:
    """The falling worth of each store's next unit, as a step function.

    Attributes:
        levels: demand samples in packs, descending along axis 0, shape (samples, stores).
        worth: cumulated weight along `levels`: the worth of the k-th pack is that of the last level ≥ k.
    """

    levels: Floats
    worth: Floats

    def count_at(self, least: float) -> Ints:
        """Packs of each store that are worth `least` or more, shape (stores,)."""
        reached = self.worth >= least
        some = reached.any(axis=0)
        first = np.argmax(reached, axis=0)
        level = np.take_along_axis(self.levels, first[None, :], axis=0)[0]
        return np.where(some, np.floor(level), 0).astype(np.int64)

    def worth_of(self, packs: Ints) -> Floats:
        """Worth of the `packs`-th pack of each store, shape (stores,); zero beyond every sample."""
        covered = (self.levels >= packs[None, :]).sum(axis=0)
        worth = np.take_along_axis(self.worth, np.maximum(covered - 1, 0)[None, :], axis=0)[0]
        return np.where(covered > 0, worth, 0.0)


def unit_values(*terms: tuple[float, Floats], pack_size: int = 1) -> UnitValues:
    """Values of next units from weighted demand samples.

    Args:
        terms: (money per unit sold, demand samples of shape (paths, stores)) of each window that counts.
        pack_size: units that can only be moved together; a broken pack's worth is its units'.
    """
    levels, weights = [], []
    for money, samples in terms:
        each = money / len(samples)
        if pack_size == 1 and not np.mod(samples, 1).any():
            levels.append(samples)
            weights.append(np.full(samples.shape, each))
            continue
        whole, rest = np.divmod(samples, pack_size)
        levels += [whole + 1, whole]
        weights += [each * rest, each * (pack_size - rest)]
    stacked, weight = np.concatenate(levels), np.concatenate(weights)
    order = np.argsort(-stacked, axis=0, kind="stable")
    ranked = np.take_along_axis(stacked, order, axis=0)
    return UnitValues(ranked, np.cumsum(np.take_along_axis(weight, order, axis=0), axis=0))


def most_valuable(
    values: UnitValues, packs: int, *, weights: Floats, lower: Ints, upper: Ints, least: float = 0.0
) -> Ints:
    """Packs to each store so that their worth is highest; exact for falling worths.

    Args:
        packs: how many there are; fewer are given where nothing more is worth above `least`.
        weights: shares by which packs of equal worth are split, shape (stores,).
        lower, upper: fewest and most packs of each store, shape (stores,).
        least: worth that a pack must exceed to be given at all; below zero, all are given.
    """

    def wanted(level: float) -> Ints:
        count = np.full(len(lower), NO_LIMIT) if level <= 0 else values.count_at(level)
        return np.clip(count, lower, upper)

    too_few, enough = float(values.worth.max(initial=0.0)) * (1 + 1e-9) + 1e-9, max(least, 0.0)
    if least >= 0:
        positive = np.nextafter(enough, np.inf)
        if int(wanted(positive).sum()) <= packs:
            return wanted(positive)
        enough = float(positive)
    for _ in range(BISECTIONS):
        middle = (too_few + enough) / 2
        if int(wanted(middle).sum()) >= packs:
            enough = middle
        else:
            too_few = middle
    sure = wanted(too_few)
    room = np.minimum(wanted(enough), sure + packs) - sure
    return sure + share_within(weights, packs - int(sure.sum()), room)


def demand_samples(paths: DemandPaths, first_week: int, last_week: int) -> Floats:
    """Whole units that each store's customers may ask for in a window, shape (paths, stores).

    The paths give rates; single customers make whole units of them (Poisson), which matters where a store
    sells few. Shares of a short window stray further than the season's.
    """
    recipe, weeks = paths.recipe, last_week - first_week + 1
    rng = np.random.default_rng([recipe.seed, 7, first_week, last_week])
    shares = paths.share_draws
    if weeks < paths.weeks:
        known = recipe.share_concentration * (weeks / paths.weeks) ** DEFAULTS.share_noise_power
        alpha = np.maximum(np.asarray(recipe.store_shares) * known, 1e-9)
        gammas = rng.standard_gamma(alpha, size=(recipe.n_paths, len(alpha)))
        shares = gammas / gammas.sum(axis=1, keepdims=True)
    window = paths.weekly[:, first_week - 1 : last_week].sum(axis=1)
    demand: Floats = rng.poisson(window[:, None] * shares).astype(float)
    return demand
