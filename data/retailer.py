"""The sample retailer: 50 stores, three categories, three years of days and five seasons, from a seed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data import truth
from data.calendar_effects import Floats, calendar_factors

DEFAULT_SEED = 7
CATEGORY_NAMES = tuple(category.name for category in truth.CATEGORIES)
STORE_ATTRIBUTES = (
    "store_size_sqft",
    "median_income",
    "foot_traffic",
    "competitor_density",
    "online_penetration",
    "population_density",
)
_DECIMALS = {"competitor_density": 1, "online_penetration": 3}


@dataclass(frozen=True)
class Retailer:
    """The sample retailer's files, as frames.

    Attributes:
        stores: store_id, store_name, location_tier and `STORE_ATTRIBUTES`.
        history: date, category, store_id, quantity_sold, revenue, stockout; daily.
        seasons: by scenario: date, category, store_id, quantity_sold, revenue; daily, never sold out.
        expected: date, category, store_id, units: what the truth expects in the season, promotions averaged.
        tiers: each store's true tier.
        promotions: category, start_date, end_date, discount, store_id: every week's price cuts, in history
            and season; each scenario has the same.
    """

    stores: pd.DataFrame
    history: pd.DataFrame
    seasons: Mapping[str, pd.DataFrame]
    expected: pd.DataFrame
    tiers: Mapping[str, str]
    promotions: pd.DataFrame


def generate_retailer(seed: int = DEFAULT_SEED) -> Retailer:
    """Make the sample retailer; the same seed gives the same retailer, to the unit."""
    tiers = [tier for tier, of_tier in truth.TIER_TRUTH.items() for _ in range(of_tier.stores)]
    np.random.default_rng([seed, 0]).shuffle(tiers)
    stores = _stores(tiers, np.random.default_rng([seed, 1]))
    levels = _store_levels(tiers, np.random.default_rng([seed, 2]))
    store_ids = stores["store_id"].to_numpy()

    days = pd.date_range(truth.HISTORY_START, truth.HISTORY_END, freq="D")
    history = _history(days, store_ids, levels, seed)
    season_days = pd.date_range(truth.SEASON_START, periods=7 * truth.SEASON_WEEKS, freq="D")
    expected = calendar_factors(season_days)[:, :, None] * levels
    lifts = [truth.average_promotion_lift(category.elasticity) for category in truth.CATEGORIES]
    expected_frame = _grid(season_days, store_ids)
    expected_frame["units"] = (expected * np.asarray(lifts)[None, :, None]).ravel()
    seasons = {
        scenario: _season(season_days, store_ids, expected, factors, seed)
        for scenario, factors in truth.SCENARIOS.items()
    }
    calendars = [
        _calendar(each, store_ids, _discounts(each, len(store_ids), np.random.default_rng([seed, stream])))
        for each, stream in ((days, 3), (season_days, 4))
    ]
    promotions = pd.concat(calendars, ignore_index=True)
    return Retailer(
        stores, history, seasons, expected_frame, dict(zip(store_ids, tiers, strict=True)), promotions
    )


def _stores(tiers: list[str], rng: np.random.Generator) -> pd.DataFrame:
    ids = [f"S{number:03d}" for number in range(1, len(tiers) + 1)]
    stores = pd.DataFrame({"store_id": ids, "store_name": [f"Store {store_id[1:]}" for store_id in ids]})
    for attribute in STORE_ATTRIBUTES:
        centre = np.array([getattr(truth.TIER_TRUTH[tier], attribute) for tier in tiers], dtype=float)
        values = centre * np.exp(truth.ATTRIBUTE_SPREAD * rng.standard_normal(len(tiers)))
        decimals = _DECIMALS.get(attribute, 0)
        stores[attribute] = values.round(decimals) if decimals else values.round().astype(int)
    stores.insert(2, "location_tier", [truth.TIER_TRUTH[tier].location_tier for tier in tiers])
    return stores


def _store_levels(tiers: list[str], rng: np.random.Generator) -> Floats:
    """Units a day before any calendar effect, shape (categories, stores)."""
    own = np.exp(truth.STORE_SPREAD * rng.standard_normal(len(tiers)))
    place = [truth.TIERS.index(tier) for tier in tiers]
    return np.stack(
        [
            category.base_units * np.asarray(category.tier_multipliers)[place] * own
            for category in truth.CATEGORIES
        ]
    )


def _history(days: pd.DatetimeIndex, store_ids: np.ndarray, levels: Floats, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng([seed, 3])
    discount = _discounts(days, len(store_ids), rng)
    mean = calendar_factors(days)[:, :, None] * levels * _lift(discount) * _week_noise(days, rng)[:, :, None]
    demand = rng.poisson(mean * _overdispersion(mean.shape, rng))
    sold, stockout = _sell_out(demand, days, rng)
    frame = _sales(days, store_ids, sold, discount)
    frame["stockout"] = stockout.ravel()
    return frame


def _season(
    days: pd.DatetimeIndex, store_ids: np.ndarray, expected: Floats, factors: tuple[float, ...], seed: int
) -> pd.DataFrame:
    # Every scenario draws from the same stream, so that two differ by their factors and little else.
    rng = np.random.default_rng([seed, 4])
    discount = _discounts(days, len(store_ids), rng)
    scenario = np.repeat(factors, 7)[:, None, None]
    mean = expected * scenario * _lift(discount) * _week_noise(days, rng)[:, :, None]
    return _sales(days, store_ids, rng.poisson(mean * _overdispersion(mean.shape, rng)), discount)


def _calendar(days: pd.DatetimeIndex, store_ids: np.ndarray, discount: Floats) -> pd.DataFrame:
    """A row for each week, category and store whose price is cut."""
    starts = np.flatnonzero(np.diff(_weeks(days), prepend=-1))
    ends = np.append(starts[1:], len(days)) - 1
    week, category, store = np.nonzero(discount[starts])
    return pd.DataFrame(
        {
            "category": np.asarray(CATEGORY_NAMES)[category],
            "start_date": days[starts[week]],
            "end_date": days[ends[week]],
            "discount": discount[starts][week, category, store],
            "store_id": store_ids[store],
        }
    )


def _weeks(days: pd.DatetimeIndex) -> np.ndarray:
    """Each day's week, Monday to Sunday, counted from the first day's."""
    return np.asarray((np.arange(len(days)) + days[0].day_of_week) // 7)


def _discounts(days: pd.DatetimeIndex, stores: int, rng: np.random.Generator) -> Floats:
    """Discount of each day, category and store; constant over a week."""
    weeks = _weeks(days)
    shape = (int(weeks[-1]) + 1, len(truth.CATEGORIES), stores)
    promoted = rng.random(shape) < truth.PROMOTION_CHANCE
    depth = rng.choice(truth.PROMOTION_DEPTHS, size=shape)
    return np.asarray(np.where(promoted, depth, 0.0)[weeks])


def _lift(discount: Floats) -> Floats:
    elasticity = np.array([category.elasticity for category in truth.CATEGORIES])
    return np.asarray((1 - discount) ** -elasticity[None, :, None])


def _week_noise(days: pd.DatetimeIndex, rng: np.random.Generator) -> Floats:
    """Autocorrelated factors with mean 1, shape (days, categories)."""
    weeks = _weeks(days)
    innovations = rng.standard_normal((int(weeks[-1]) + 1, len(truth.CATEGORIES)))
    noise, rho = innovations.copy(), truth.WEEK_NOISE_RHO
    for week in range(1, len(noise)):
        noise[week] = rho * noise[week - 1] + np.sqrt(1 - rho**2) * innovations[week]
    return np.asarray(np.exp(truth.WEEK_NOISE * noise - truth.WEEK_NOISE**2 / 2)[weeks])


def _overdispersion(shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    return rng.gamma(truth.DISPERSION, 1 / truth.DISPERSION, size=shape)


def _sell_out(
    demand: np.ndarray, days: pd.DatetimeIndex, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Cap some weeks at their stock; gives back sales and the days on which demand was turned away."""
    weeks = _weeks(days)
    starts = np.flatnonzero(np.diff(weeks, prepend=-1))
    totals = np.add.reduceat(demand, starts, axis=0)
    chosen = rng.random(totals.shape) < truth.STOCKOUT_CHANCE
    stock = np.where(chosen, np.ceil(rng.uniform(*truth.STOCKOUT_STOCK, size=totals.shape) * totals), totals)
    before = np.cumsum(demand, axis=0)
    before = before - before[starts][weeks] + demand[starts][weeks] - demand  # sold earlier in the week
    sold = np.clip(stock[weeks] - before, 0, demand).astype(int)
    return sold, sold < demand


def _grid(days: pd.DatetimeIndex, store_ids: np.ndarray) -> pd.DataFrame:
    categories, stores = len(CATEGORY_NAMES), len(store_ids)
    return pd.DataFrame(
        {
            "date": np.repeat(days.to_numpy(), categories * stores),
            "category": np.tile(np.repeat(np.array(CATEGORY_NAMES), stores), len(days)),
            "store_id": np.tile(store_ids, len(days) * categories),
        }
    )


def _sales(days: pd.DatetimeIndex, store_ids: np.ndarray, sold: np.ndarray, discount: Floats) -> pd.DataFrame:
    prices = np.array([category.price for category in truth.CATEGORIES])[None, :, None] * (1 - discount)
    frame = _grid(days, store_ids)
    frame["quantity_sold"] = sold.ravel()
    frame["revenue"] = (sold * prices).ravel().round(2)
    return frame
