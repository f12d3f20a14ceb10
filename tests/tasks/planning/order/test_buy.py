"""How much to make."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_paths import build_paths

from schemas.economics import Economics
from schemas.errors import InvalidInputError
from schemas.orders import ManufacturingOrder, manufacturing_quantity, split_order
from schemas.parameters import ReplenishmentStrategy, SeasonParameters
from tasks.planning.order.buy import best_quantity, covering_quantity, recommend_buy, season_money
from tasks.planning.order.clearance import Clearance

KEYSTONE = Economics(price=40, unit_cost=20, salvage_value=8)
START = date(2025, 2, 17)


def parameters(strategy: str = "weekly", checkpoint: int | None = None) -> SeasonParameters:
    return SeasonParameters(
        season_start_date=START,
        forecast_horizon_weeks=6,
        replenishment_strategy=ReplenishmentStrategy(strategy),
        markdown_checkpoint_week=checkpoint,
    )


@settings(max_examples=40)
@given(
    st.floats(10, 100),
    st.floats(0, 60),
    st.floats(0.3, 1.0),
    st.floats(0, 1),
    st.sampled_from(["weekly", "none"]),
    st.sampled_from([None, 3]),
)
def test_a_higher_price_never_lowers_the_buy(
    price: float, rise: float, cost_share: float, salvage_share: float, strategy: str, checkpoint: int | None
) -> None:
    cost = price * cost_share
    paths = build_paths()
    low, high = (
        recommend_buy(
            paths,
            economics=Economics(price=p, unit_cost=cost, salvage_value=cost * salvage_share),
            parameters=parameters(strategy, checkpoint),
        )
        for p in (price, price + rise)
    )
    assert high.newsvendor.wanted_quantity >= low.newsvendor.wanted_quantity
    assert high.manufacturing_qty >= low.manufacturing_qty


def test_without_replenishment_more_is_made() -> None:
    paths = build_paths(spread=0.3, shares=(1,) * 20, weekly=80)
    once, weekly = (season_money(paths, KEYSTONE, parameters(each)) for each in ("none", "weekly"))
    assert covering_quantity(once, 0.9) > covering_quantity(weekly, 0.9) * 1.01
    assert recommend_buy(paths, economics=KEYSTONE, parameters=parameters("none")).holdback == 0


def test_the_newsvendor_quantity_is_the_critical_ratio_of_the_season_total() -> None:
    paths = build_paths()
    buy = recommend_buy(paths, economics=KEYSTONE, parameters=parameters())
    covered = float((paths.totals <= buy.newsvendor.wanted_quantity).mean())
    assert covered == pytest.approx(20 / 32, abs=0.01)


def test_the_recommended_percentage_stays_within_what_can_be_approved() -> None:
    sure = recommend_buy(build_paths(spread=0.01), economics=KEYSTONE, parameters=parameters())
    dear = Economics(price=40, unit_cost=0.5, salvage_value=0)
    short = recommend_buy(build_paths(spread=0.32), economics=dear, parameters=parameters())
    assert (sure.safety_stock_pct, short.safety_stock_pct) == (0.10, 0.30)
    assert "lowest" in sure.reasoning
    assert "highest" in short.reasoning


def test_a_markdown_in_reserve_makes_more_worth_making() -> None:
    paths = build_paths()
    without = recommend_buy(paths, economics=KEYSTONE, parameters=parameters())
    with_it = recommend_buy(paths, economics=KEYSTONE, parameters=parameters(checkpoint=3))
    assert with_it.service_level > without.service_level
    assert with_it.newsvendor.wanted_quantity == without.newsvendor.wanted_quantity
    assert with_it.chosen.expected_profit > without.at(with_it.safety_stock_pct).chosen.expected_profit
    assert "marked down after the checkpoint" in with_it.reasoning


@settings(max_examples=30)
@given(st.integers(0, 3000), st.floats(1.0, 3.0))
def test_clearing_never_costs_money_or_sells_what_is_not_there(quantity: int, elasticity: float) -> None:
    paths = build_paths(n_paths=60)
    clearance = Clearance.planned(paths, parameters(checkpoint=3).checkpoint, elasticity)
    assert clearance is not None
    gain, units = clearance.gain(quantity, KEYSTONE)
    assert (gain >= 0).all()
    assert (units <= np.maximum(quantity - paths.totals, 0) + 1e-6).all()


def test_a_distribution_that_says_little_leans_on_the_usual_safety_stock() -> None:
    paths = build_paths(spread=0.9)
    wide = recommend_buy(paths, economics=KEYSTONE, parameters=parameters())
    asked = best_quantity(season_money(paths, KEYSTONE, parameters())) / wide.forecast_total - 1
    assert asked > 0.20
    assert 0.20 <= wide.safety_stock_pct < min(asked, 0.30)
    assert "the usual 20% weighs in" in wide.reasoning


def test_minimum_order_and_budget_are_honoured_and_priced() -> None:
    paths = build_paths()
    tight = KEYSTONE.model_copy(update={"budget": 20_000.0})
    order = recommend_buy(paths, economics=tight, parameters=parameters())
    assert order.manufacturing_qty == 1000
    assert order.chosen.limited_by == "budget"
    assert order.chosen.limit_cost > 0
    large = KEYSTONE.model_copy(update={"minimum_order_quantity": 3000})
    order = recommend_buy(paths, economics=large, parameters=parameters())
    assert order.manufacturing_qty == 3000
    assert order.chosen.limit_cost > 0
    assert "minimum order quantity" in order.warnings[0]


def test_a_budget_below_the_minimum_order_is_named() -> None:
    money = KEYSTONE.model_copy(update={"budget": 2000.0, "minimum_order_quantity": 500})
    order = recommend_buy(build_paths(), economics=money, parameters=parameters())
    assert order.manufacturing_qty == 100
    assert any("does not reach the minimum order" in warning for warning in order.warnings)


def test_expected_profit_is_the_mean_over_the_sampled_futures() -> None:
    one_store = build_paths(shares=(1.0,))
    order = recommend_buy(one_store, economics=KEYSTONE, parameters=parameters())
    sold = np.minimum(one_store.totals, order.manufacturing_qty)
    profit = 40 * sold + 8 * (order.manufacturing_qty - sold) - 20 * order.manufacturing_qty
    assert order.chosen.expected_profit == pytest.approx(profit.mean(), rel=0.01)
    assert order.chosen.expected_profit_se == pytest.approx(profit.std() / np.sqrt(300), rel=0.1)


@given(st.floats(0.10, 0.30))
def test_a_modified_order_adds_up_and_follows_the_formula(pct: float) -> None:
    changed = ORDER.at(pct)
    assert changed.manufacturing_qty == manufacturing_quantity(ORDER.forecast_total, pct)
    assert changed.initial_allocation + changed.holdback == changed.manufacturing_qty
    profits = [row.expected_profit for row in ORDER.curve]
    assert min(profits) - 1e-6 <= changed.chosen.expected_profit <= max(profits) + 1e-6


def test_a_modified_order_survives_storage_and_refuses_what_cannot_be_approved() -> None:
    again = ManufacturingOrder.model_validate_json(ORDER.model_dump_json())
    assert again.at(0.25) == ORDER.at(0.25)
    assert again.at(0.25).chosen == next(row for row in ORDER.curve if row.safety_stock_pct == 0.25)
    with pytest.raises(InvalidInputError, match=r"outside 0\.10 to 0\.30"):
        again.at(0.31)


@given(st.integers(0, 10**7), st.floats(0, 1))
def test_an_order_is_split_without_losing_a_unit(quantity: int, holdback: float) -> None:
    initial, held = split_order(quantity, holdback)
    assert initial + held == quantity
    assert initial >= 0
    assert held >= 0


def test_the_formula_rounds_half_up() -> None:
    assert manufacturing_quantity(8000, 0.20) == 9600
    assert manufacturing_quantity(5, 0.10) == 6


def test_nothing_expected_is_nothing_made() -> None:
    order = recommend_buy(build_paths(weekly=0.0), economics=KEYSTONE, parameters=parameters())
    assert order.manufacturing_qty == 0
    assert order.chosen.expected_profit == 0


ORDER = recommend_buy(build_paths(), economics=KEYSTONE, parameters=parameters())
