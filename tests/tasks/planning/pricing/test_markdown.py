"""Markdown: the ladder, the elasticity, the plan."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_paths import build_paths

from schemas.defaults import MARKDOWN_LADDER as LADDER
from schemas.economics import Economics
from schemas.errors import InvalidInputError
from schemas.parameters import Checkpoint
from tasks.planning.pricing.checkpoint import plan_markdown
from tasks.planning.pricing.elasticity import estimate_elasticity, price_panel, prices_of
from tasks.planning.pricing.ladder import (
    MarkdownRecommendation,
    demand_lift,
    recommend_markdown,
    rule_depth,
)

KEYSTONE = Economics(price=40, unit_cost=20, salvage_value=8)


def recommend(stock: int, elasticity: float = 2.0, current_depth: float = 0.0) -> MarkdownRecommendation:
    return recommend_markdown(
        build_paths(n_paths=100),
        stock=stock,
        made=max(stock, 1) * 2,
        sold=0,
        economics=KEYSTONE,
        target_sell_through=0.6,
        elasticity=elasticity,
        elasticity_source="assumed",
        current_depth=current_depth,
        may_deepen=True,
    )


@settings(max_examples=40)
@given(st.integers(1, 6000), st.integers(0, 6000), st.floats(1.0, 3.0))
def test_more_stock_never_lowers_the_markdown(stock: int, more: int, elasticity: float) -> None:
    less = recommend(stock, elasticity).recommended_markdown_pct
    assert recommend(stock + more, elasticity).recommended_markdown_pct >= less


@settings(max_examples=20)
@given(st.sampled_from(LADDER), st.integers(1, 4000))
def test_a_markdown_is_never_undone(depth: float, stock: int) -> None:
    result = recommend(stock, current_depth=depth)
    assert result.recommended_markdown_pct >= depth
    assert all(row.markdown_pct >= depth for row in result.ladder)


def test_scarce_stock_keeps_its_price_and_a_glut_is_marked_down() -> None:
    assert recommend(500).recommended_markdown_pct == 0.0
    glut = recommend(2400)
    assert glut.recommended_markdown_pct > 0.1
    assert glut.expected_gain > 0


def test_the_recommended_row_is_the_best_of_the_ladder() -> None:
    glut = recommend(2400)
    best = max(glut.ladder, key=lambda row: row.expected_value)
    assert best.markdown_pct == pytest.approx(glut.recommended_markdown_pct, abs=0.051)
    assert glut.ladder[0].expected_value >= glut.do_nothing_value - 1e-6


def test_an_unlimited_stock_is_priced_where_theory_says() -> None:
    """With salvage s and constant elasticity the best price of an endless stock is s · ε ÷ (ε − 1)."""
    endless = recommend(100_000, 3.0)
    assert endless.recommended_markdown_pct == 0.40
    dear = KEYSTONE.model_copy(update={"unit_cost": 26.0, "salvage_value": 26.0})
    result = recommend_markdown(
        build_paths(n_paths=100),
        stock=5000,
        made=10_000,
        sold=0,
        economics=dear,
        target_sell_through=0.6,
        elasticity=3.0,
        elasticity_source="assumed",
        current_depth=0.0,
        may_deepen=False,
    )
    assert result.recommended_markdown_pct == pytest.approx(1 - 26 * 1.5 / 40, abs=0.03)


def test_enough_sold_leaves_the_price_alone() -> None:
    result = recommend_markdown(
        build_paths(),
        stock=400,
        made=1200,
        sold=800,
        economics=KEYSTONE,
        target_sell_through=0.6,
        elasticity=2.0,
        elasticity_source="assumed",
        current_depth=0.0,
        may_deepen=False,
    )
    assert not result.triggered
    assert result.recommended_markdown_pct == 0
    assert result.expected_gain == 0


def test_the_rule_goes_deeper_for_more_elastic_demand_and_stops_at_forty() -> None:
    assert rule_depth(0.10, 1.0) == 0.10
    assert rule_depth(0.10, 3.0) == 0.30
    assert rule_depth(0.60, 3.0) == 0.40
    assert demand_lift(0.5, 2.0) == 4.0


def panel(elasticity: float, *, weeks: int = 60, stores: int = 6, price_noise: float = 0.15) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    store, week = np.meshgrid(np.arange(stores), np.arange(weeks))
    price = 10 * np.exp(-rng.uniform(0, 2 * price_noise, (weeks, stores)))
    season = 0.4 * np.sin(week / 8)
    units = 300 * np.exp(season + 0.3 * store + rng.normal(0, 0.1, price.shape)) * (price / 10) ** -elasticity
    return pd.DataFrame(
        {
            "item_id": "A",
            "store_id": [f"S{value}" for value in store.ravel()],
            "week_start": pd.Timestamp("2023-01-02") + pd.to_timedelta(7 * week.ravel(), unit="D"),
            "units": units.ravel().round(),
            "price": price.ravel(),
        }
    )


@pytest.mark.parametrize("truth", [1.2, 2.0, 2.8])
def test_the_true_elasticity_lies_in_its_interval(truth: float) -> None:
    found = estimate_elasticity(panel(truth))
    assert found.lower is not None
    assert found.upper is not None
    assert found.lower < truth < found.upper
    assert found.usable == found.elasticity


def test_constant_prices_tell_nothing_and_that_is_said() -> None:
    found = estimate_elasticity(panel(2.0, price_noise=0.0))
    assert found.elasticity is None
    assert "hardly vary" in found.reasoning
    assert "only 12 weeks" in estimate_elasticity(panel(2.0, weeks=2)).reasoning


def test_noise_is_refused_rather_than_reported() -> None:
    noisy = panel(0.0)
    noisy["units"] = np.random.default_rng(1).integers(1, 5000, len(noisy))
    assert estimate_elasticity(noisy).refusal is not None


def test_an_elasticity_out_of_range_is_cut_and_said() -> None:
    found = estimate_elasticity(panel(4.0))
    assert found.elasticity == pytest.approx(4.0, abs=0.2)
    assert found.usable == 3.0
    assert "3.0 is used" in found.reasoning


def test_prices_are_read_from_revenue() -> None:
    sales = pd.DataFrame(
        {
            "date": ["2024-01-01", "2024-01-03", "2024-01-08"],
            "category": "A",
            "store_id": "S",
            "quantity_sold": [1, 3, 2],
            "revenue": [10.0, 18.0, 20.0],
        }
    )
    assert list(price_panel(sales)["price"]) == [7.0, 10.0]
    with pytest.raises(InvalidInputError, match="no column price"):
        estimate_elasticity(
            sales.rename(columns={"category": "item_id", "quantity_sold": "units", "date": "week_start"})
        )


def test_the_plan_tells_how_likely_a_markdown_is() -> None:
    paths, checkpoint = build_paths(), Checkpoint(week=3, threshold=0.6)
    lean = plan_markdown(paths, checkpoint, made=700, elasticity=2.0)
    fat = plan_markdown(paths, checkpoint, made=2400, elasticity=2.0)
    assert lean.chance_needed < 0.1
    assert fat.chance_needed == 1.0


def items(elasticities: dict[str, float], *, seed: int = 0) -> pd.DataFrame:
    """Weekly items of unlike price levels whose prices move in sales of their own; busy weeks for all."""
    rng = np.random.default_rng(seed)
    frames = []
    week = rng.normal(0, 0.4, 80)
    for number, (item, elasticity) in enumerate(elasticities.items()):
        for store in range(5):
            price = 4.0 * 2**number * np.where(rng.random(80) < 0.25, 0.75, 1.0) * rng.lognormal(0, 0.02, 80)
            logs = 5 + 0.2 * store + week + rng.normal(0, 0.1, 80) - elasticity * np.log(price / 2**number)
            frame = {"item_id": item, "store_id": f"S{store}", "week_start": np.arange(80), "price": price}
            frames.append(pd.DataFrame({**frame, "units": np.exp(logs)}))
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize("truth", [1.2, 2.0, 2.85])
def test_items_tell_what_the_mean_price_of_their_category_hides(truth: float) -> None:
    panel = items(dict.fromkeys(("a", "b", "c"), truth))
    found = estimate_elasticity(panel)
    assert found.elasticity == pytest.approx(truth, abs=0.1)
    sums = panel.assign(revenue=panel["units"] * panel["price"], item_id="all")
    mean = sums.groupby(["item_id", "store_id", "week_start"], as_index=False)[["units", "revenue"]].sum()
    blurred = estimate_elasticity(mean.assign(price=mean["revenue"] / mean["units"])).elasticity
    assert blurred is None or abs(blurred - truth) > max(0.1, 2 * abs(found.elasticity - truth))


def test_items_of_other_categories_tell_the_weeks_and_not_the_elasticity() -> None:
    panel = items({"own": 1.5, "x": 2.8, "y": 2.8})
    found = estimate_elasticity(prices_of(panel, "own"))
    assert found.elasticity == pytest.approx(1.5, abs=0.1)
    assert found.observations == 400


def test_items_are_joined_to_their_category_and_one_without_rows_is_named() -> None:
    panel = items({"a": 2.0, "b": 2.0, "z": 1.2}).assign(
        category=lambda rows: rows["item_id"].map({"z": "Z"})
    )
    panel["category"] = panel["category"].fillna("AB")
    assert estimate_elasticity(prices_of(panel, "AB")).elasticity == pytest.approx(2.0, abs=0.1)
    with pytest.raises(InvalidInputError, match="no rows of a"):
        prices_of(panel, "a")
