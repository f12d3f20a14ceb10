"""The forecast corrected by what was sold: a lognormal level, updated week by week.

Observed log ratios are the level plus weekly noise (AR(1)): xₜ = L + eₜ. The prior of L is the spread of past
season errors, with Student's heavy tail, so that a season far outside them is believed sooner: its variance
is (ν·τ² + L̂² − var L̂) ÷ (ν + 1), the scale-mixture step of Lange, Little and Taylor 1989. A store's own
level is updated the same way around the category's.
"""

from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict

from schemas.errors import InvalidInputError
from schemas.forecasts import DemandRecipe
from tasks.planning.paths import DemandPaths
from tasks.planning.units import Bools, Floats


@dataclass(frozen=True)
class UpdateDefaults:
    """How observed weeks are weighed.

    Attributes:
        min_prior_sigma: least spread that a season's level is given, whatever the backtest says.
        min_week_sigma: least weekly noise.
        tail: Student's degrees of freedom of the level's prior.
        min_seen_share: share of expected demand that must lie in stores with stock for a week to count.
        store_noise_weeks: weeks of a store's sales that weigh as much as its prior share.
    """

    min_prior_sigma: float = 0.05
    min_week_sigma: float = 0.02
    tail: float = 4.0
    min_seen_share: float = 0.2
    store_noise_weeks: float = 4.0


DEFAULTS = UpdateDefaults()


class ForecastUpdate(BaseModel):
    """The forecast of the weeks that remain.

    Attributes:
        recipe: distribution of the remaining weeks alone; its first week is season week `first_week`.
        level: factor by which the remaining curve moved.
        prior_sigma, posterior_sigma: log spread of the level before and after.
    """

    model_config = ConfigDict(frozen=True)

    recipe: DemandRecipe
    first_week: int
    level: float
    prior_sigma: float
    posterior_sigma: float
    observed_weeks: int
    reasoning: str

    @property
    def paths(self) -> DemandPaths:
        """The sampled weeks that remain."""
        return DemandPaths(self.recipe)


def update_forecast(
    recipe: DemandRecipe, observed: Floats, *, sold_out: Bools | None = None, lifts: Floats | None = None
) -> ForecastUpdate:
    """Update a season's forecast by its first weeks; the remaining curve keeps its shape, moves and narrows.

    Args:
        recipe: the forecast made before the season.
        observed: units sold in weeks 1 … n, shape (n, stores), in the order of `recipe.store_ids`.
        sold_out: store-weeks that ended without stock; they tell no more than their sales and are left out.
        lifts: factor by which a markdown raised each observed week's demand, shape (n,).

    Raises:
        InvalidInputError: the shapes do not fit, or no week remains.
    """
    seen_weeks = len(observed)
    _check(recipe, observed)
    seen = np.ones(observed.shape, dtype=bool) if sold_out is None else ~sold_out
    raised = np.ones(seen_weeks) if lifts is None else lifts
    mean, shares = np.asarray(recipe.weekly_mean), np.asarray(recipe.store_shares)
    expected = (mean[:seen_weeks] * raised)[:, None] * shares
    level = _level(recipe, observed, expected, seen)
    weeks = slice(seen_weeks, None)
    rest_mean = mean[weeks] * level.factors[weeks]
    stores = _store_levels(recipe, observed, expected * level.factors[:seen_weeks, None], seen)
    updated = DemandRecipe(
        weekly_mean=tuple(rest_mean),
        total_factors=_total_factors(recipe, rest_mean, level.sigma),
        week_sigma=recipe.week_sigma[weeks],
        week_rho=recipe.week_rho,
        store_ids=recipe.store_ids,
        store_shares=tuple(shares * stores / float((shares * stores).sum())),
        share_concentration=recipe.share_concentration * (1 + seen_weeks / DEFAULTS.store_noise_weeks),
        seed=recipe.seed + seen_weeks,
        n_paths=recipe.n_paths,
    )
    before = float(mean[weeks].sum())
    moved = float(rest_mean.sum()) / before if before > 0 else 1.0
    return ForecastUpdate(
        recipe=updated,
        first_week=seen_weeks + 1,
        level=round(moved, 6),
        prior_sigma=round(level.prior_sigma, 6),
        posterior_sigma=round(level.sigma, 6),
        observed_weeks=seen_weeks,
        reasoning=_reason(moved, level, seen_weeks, len(rest_mean)),
    )


def as_forecast(recipe: DemandRecipe, done: int) -> ForecastUpdate:
    """The weeks after the first `done` as they were forecast: nothing is learnt from sales."""
    _, sigma = _prior(recipe)
    rest = {"weekly_mean": recipe.weekly_mean[done:], "week_sigma": recipe.week_sigma[done:]}
    return ForecastUpdate(
        recipe=recipe.model_copy(update=rest),
        first_week=done + 1,
        level=1.0,
        prior_sigma=sigma,
        posterior_sigma=sigma,
        observed_weeks=done,
        reasoning="Sales have not been read.",
    )


@dataclass(frozen=True)
class _Level:
    """`factors`: expected demand ÷ forecast in each season week, shape (weeks,)."""

    factors: Floats
    sigma: float
    prior_sigma: float


def _check(recipe: DemandRecipe, observed: Floats) -> None:
    weeks, stores = len(recipe.weekly_mean), len(recipe.store_ids)
    if observed.ndim != 2 or observed.shape[1] != stores:
        raise InvalidInputError(
            f"Observed sales need one column for each of the {stores} stores; got shape {observed.shape}."
        )
    if not 0 < len(observed) < weeks:
        raise InvalidInputError(
            f"{len(observed)} of {weeks} season weeks are observed; a re-forecast needs one at least, and "
            "one that is still to come."
        )


def _prior(recipe: DemandRecipe) -> tuple[float, float]:
    """Mean and spread of the log level before the season."""
    logs = np.log(np.maximum(np.asarray(recipe.total_factors), 0.05))
    return float(logs.mean()), max(float(logs.std()), DEFAULTS.min_prior_sigma)


def _level(recipe: DemandRecipe, observed: Floats, expected: Floats, seen: Bools) -> _Level:
    prior_mean, prior_sigma = _prior(recipe)
    weeks = len(recipe.weekly_mean)
    seen_expected = np.where(seen, expected, 0).sum(axis=1)
    seen_units = np.where(seen, observed, 0).sum(axis=1)
    counts = seen_expected > DEFAULTS.min_seen_share * np.maximum(expected.sum(axis=1), 1e-12)
    index = np.flatnonzero(counts & (seen_expected > 0))
    if not len(index):
        return _Level(np.full(weeks, np.exp(prior_mean + prior_sigma**2 / 2)), prior_sigma, prior_sigma)
    ratios = np.log(np.maximum(seen_units[index], 0.5) / seen_expected[index])
    sigma = np.maximum(np.asarray(recipe.week_sigma), DEFAULTS.min_week_sigma)
    noise = np.outer(sigma[index], sigma[index]) * recipe.week_rho ** np.abs(np.subtract.outer(index, index))
    noise += np.diag(1 / np.maximum(seen_expected[index], 1.0))
    mean, variance = _posterior(ratios, noise, prior_mean, prior_sigma)
    last = int(index[-1])
    carried = (ratios[-1] - mean) * recipe.week_rho ** np.maximum(np.arange(weeks) - last, 0)
    ahead = np.where(np.arange(weeks) > last, carried * sigma / sigma[last], 0.0)
    return _Level(np.exp(mean + variance / 2 + ahead), float(np.sqrt(variance)), prior_sigma)


def _posterior(ratios: Floats, noise: Floats, prior_mean: float, prior_sigma: float) -> tuple[float, float]:
    """Mean and variance of the log level given the observed log ratios."""
    ones = np.ones(len(ratios))
    weights = np.linalg.solve(noise, ones)
    information = float(weights @ ones)
    best = float(weights @ ratios) / information
    surprise = max((best - prior_mean) ** 2 - 1 / information, 0.0)
    spread = (DEFAULTS.tail * prior_sigma**2 + surprise) / (DEFAULTS.tail + 1)
    prior_variance = max(prior_sigma**2, spread)
    variance = 1 / (1 / prior_variance + information)
    return variance * (prior_mean / prior_variance + information * best), variance


def _store_levels(recipe: DemandRecipe, observed: Floats, expected: Floats, seen: Bools) -> Floats:
    """Each store's factor on its share, shape (stores,): its sales against what the category's level
    expects."""
    sold = np.where(seen, observed, 0).sum(axis=0)
    wanted = np.where(seen, expected, 0).sum(axis=0)
    shares = np.maximum(np.asarray(recipe.store_shares), 1e-12)
    prior = 1 / (recipe.share_concentration * shares)
    weeks = np.maximum(np.where(seen, 1, 0).sum(axis=0), 1e-9)
    error = prior * DEFAULTS.store_noise_weeks / weeks + 1 / np.maximum(wanted, 1e-9)
    weight = np.where(wanted > 0, prior / (prior + error), 0.0)
    ratio = np.divide(sold, wanted, out=np.ones_like(sold, dtype=float), where=wanted > 0)
    moved: Floats = np.maximum(1 + weight * (ratio - 1), 0.05)
    return moved


def _total_factors(recipe: DemandRecipe, rest_mean: Floats, level_sigma: float) -> tuple[float, ...]:
    """The remaining total's quantile function: the prior's shape, as wide as level and weekly noise leave
    it."""
    logs = np.log(np.maximum(np.asarray(recipe.total_factors), 0.05))
    spread = float(logs.std())
    count = len(logs)
    shape = (logs - logs.mean()) / spread if spread > 0 else np.zeros(count)
    sigma = np.maximum(np.asarray(recipe.week_sigma)[-len(rest_mean) :], DEFAULTS.min_week_sigma)
    total = float(rest_mean.sum())
    part = rest_mean / total * sigma if total > 0 else np.zeros(len(rest_mean))
    lags = np.abs(np.subtract.outer(np.arange(len(part)), np.arange(len(part))))
    noise = float(part @ (recipe.week_rho**lags) @ part)
    factors = np.exp(shape * np.sqrt(level_sigma**2 + noise))
    return tuple(np.asarray(factors / factors.mean(), dtype=float))


def _reason(moved: float, level: _Level, seen: int, left: int) -> str:
    weeks = "week" if seen == 1 else "weeks"
    moves = "falls" if level.sigma <= level.prior_sigma else "rises"
    return (
        f"{seen} observed {weeks} move the remaining {left} by {moved - 1:+.1%}; the level's uncertainty "
        f"{moves} from ±{level.prior_sigma:.1%} to ±{level.sigma:.1%}."
    )
