"""The page on data says what the code does."""

from pathlib import Path

from data import truth
from schemas.csv import history, stores

PAGE = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")


def test_every_category_stands_there_with_its_truth() -> None:
    for category in truth.CATEGORIES:
        tiers = ", ".join(f"{multiplier:g}" for multiplier in category.tier_multipliers)
        assert (
            f"| {category.name} | {category.base_units:g} | {tiers} | {category.growth} "
            f"| {category.elasticity} | {category.price:g} | {category.unit_cost:g} |"
        ) in PAGE


def test_every_season_stands_there_with_its_factors() -> None:
    for scenario in ("high", "low", "severe"):
        assert f"| `{scenario}` | {truth.SCENARIOS[scenario][0]:.2f} |" in PAGE
    assert f"down to {truth.SCENARIOS['underperform'][-1]} in week 12" in PAGE
    assert f"{truth.SCENARIOS['normal'][4]:.2f} in week 5" in PAGE


def test_the_chances_and_spreads_are_those_of_the_truth() -> None:
    assert f"with probability {truth.PROMOTION_CHANCE:.2f}" in PAGE
    assert f"vary by {truth.WEEK_NOISE:.1%}".replace("%", " %") in PAGE
    assert f"autocorrelation {truth.WEEK_NOISE_RHO}" in PAGE
    assert f"dispersion {truth.DISPERSION:g}" in PAGE
    assert f"in {truth.STOCKOUT_CHANCE:.1%}".replace("%", " %") in PAGE
    for tier, of_tier in truth.TIER_TRUTH.items():
        assert f"{of_tier.stores} {tier.replace('_', ' ')}" in PAGE


def test_every_column_stands_there() -> None:
    for column in (*history.KINDS, *stores.KINDS):
        assert f"`{column}`" in PAGE, column
