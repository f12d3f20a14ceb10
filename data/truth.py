"""What the sample retailer is made of, known exactly, so that a test can ask whether a method finds it.

Expected units of a category in a store on a day are

    base_units · tier · store · growth^years · season(day) · weekday · holidays(day) · (1 − d)^(−ε)

with years since 2022-01-01 and d the discount of that store and week. Around that lie a weekly noise that
all stores share and negative-binomial counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

TIERS = ("fashion_forward", "mainstream", "value_conscious")
WEEKDAYS = (0.80, 0.82, 0.86, 0.94, 1.16, 1.38, 1.04)  # Monday first; their mean is 1


@dataclass(frozen=True)
class CategoryTruth:
    """One category.

    Attributes:
        category_id: the slug that the product derives from `name`.
        base_units: expected units a day in an average mainstream store on 2022-01-01 without season.
        tier_multipliers: level of each tier in the order of `TIERS`; mainstream is 1.
        growth: yearly factor of demand, compounding daily.
        annual: (amplitude, peak day of the year) of the yearly wave of log demand.
        half_year: the same for the wave that comes twice a year.
        price: full price; there is no inflation.
        unit_cost: what a unit costs to make.
        elasticity: ε in (1 − discount)^(−ε).
    """

    name: str
    category_id: str
    base_units: float
    tier_multipliers: tuple[float, float, float]
    growth: float
    annual: tuple[float, float]
    half_year: tuple[float, float]
    price: float
    unit_cost: float
    elasticity: float


@dataclass(frozen=True)
class HolidayTruth:
    """A holiday's days, relative to it, and what they do to each category (in the order of `CATEGORIES`)."""

    name: str
    first_day: int
    last_day: int
    factors: tuple[float, float, float]


@dataclass(frozen=True)
class TierTruth:
    """One tier of stores: how many, and the mean of each attribute (they spread by `ATTRIBUTE_SPREAD`)."""

    stores: int
    location_tier: str
    store_size_sqft: float
    median_income: float
    foot_traffic: float
    competitor_density: float
    online_penetration: float
    population_density: float


CATEGORIES = (
    CategoryTruth(
        "Women's Dresses",
        "womens_dresses",
        9.0,
        (1.75, 1.0, 0.55),
        1.06,
        (0.40, 150),
        (0.08, 120),
        80,
        32,
        2.2,
    ),
    CategoryTruth(
        "Men's Shirts", "mens_shirts", 7.0, (1.40, 1.0, 0.70), 1.03, (0.18, 175), (0.12, 165), 50, 20, 1.6
    ),
    CategoryTruth(
        "Accessories", "accessories", 12.0, (1.60, 1.0, 0.62), 1.09, (0.25, 345), (0.05, 130), 25, 8, 2.6
    ),
)

HOLIDAYS = (
    HolidayTruth("New Year's Day", 0, 0, (0.55, 0.55, 0.55)),
    HolidayTruth("Valentine's Day", -7, 0, (1.10, 1.05, 1.30)),
    HolidayTruth("Easter run-up", -10, -1, (1.22, 1.12, 1.08)),
    HolidayTruth("Easter Sunday", 0, 0, (0.35, 0.35, 0.35)),
    HolidayTruth("Mother's Day", -8, 0, (1.25, 1.00, 1.30)),
    HolidayTruth("Memorial Day", -3, 0, (1.20, 1.25, 1.15)),
    HolidayTruth("Father's Day", -8, 0, (1.00, 1.35, 1.10)),
    HolidayTruth("Independence Day", -2, 0, (1.10, 1.10, 1.10)),
    HolidayTruth("Labor Day", -3, 0, (1.20, 1.20, 1.15)),
    HolidayTruth("Thanksgiving", 0, 0, (0.25, 0.25, 0.25)),
    HolidayTruth("Black Friday", 1, 4, (1.90, 1.80, 2.00)),
    HolidayTruth("Christmas run-up", -15, -1, (1.30, 1.40, 1.70)),
    HolidayTruth("Christmas Day", 0, 0, (0.10, 0.10, 0.10)),
)

TIER_TRUTH: Mapping[str, TierTruth] = {
    "fashion_forward": TierTruth(12, "A", 14_500, 98_000, 2_600, 7.5, 0.34, 9_200),
    "mainstream": TierTruth(22, "B", 10_000, 68_000, 1_600, 4.5, 0.24, 4_600),
    "value_conscious": TierTruth(16, "C", 7_200, 47_000, 950, 2.5, 0.15, 1_900),
}
ATTRIBUTE_SPREAD = 0.09  # log standard deviation of an attribute within its tier
STORE_SPREAD = 0.14  # log standard deviation of a store's own level within its tier

HISTORY_START = date(2022, 1, 1)
HISTORY_END = date(2024, 12, 31)
SEASON_START = date(2025, 2, 17)
SEASON_WEEKS = 12

PROMOTION_CHANCE = 0.10  # of a store, category and week (Monday to Sunday)
PROMOTION_DEPTHS = (0.10, 0.20, 0.30)  # equally likely
WEEK_NOISE = 0.035  # log standard deviation of a category's week, shared by its stores
WEEK_NOISE_RHO = 0.4  # its lag-one autocorrelation
DISPERSION = 12.0  # negative binomial: variance = mean + mean² ÷ DISPERSION
STOCKOUT_CHANCE = 0.015  # of a store, category and week of the history
STOCKOUT_STOCK = (0.35, 0.85)  # share of that week's demand that was in stock, uniform

SCENARIOS: Mapping[str, tuple[float, ...]] = {
    "normal": (1.0, 1.0, 1.0, 1.0, 1.30, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
    "high": (1.25,) * SEASON_WEEKS,
    "low": (0.80,) * SEASON_WEEKS,
    "underperform": (1.0, 0.97, 0.95, 0.92, 0.90, 0.87, 0.84, 0.82, 0.79, 0.76, 0.74, 0.71),
    "severe": (0.70,) * SEASON_WEEKS,
}
"""Actual ÷ expected demand by season week. Expected: the formula above with the promotions' mean lift."""


def average_promotion_lift(elasticity: float) -> float:
    """Expected factor that promotions put on demand at `elasticity`: the mean of (1 − d)^(−ε)."""
    lifts = [float((1 - depth) ** -elasticity) for depth in PROMOTION_DEPTHS]
    return 1 - PROMOTION_CHANCE + PROMOTION_CHANCE * sum(lifts) / len(lifts)
