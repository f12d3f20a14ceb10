"""The order on the stores."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_paths import build_paths

from schemas.economics import Economics, GivenTerms
from schemas.errors import InvalidInputError
from schemas.parameters import ReplenishmentStrategy, SeasonParameters
from tasks.planning.calendar import SeasonCalendar
from tasks.planning.order.economics import economics_of
from tasks.planning.order.holdback import recommend_holdback
from tasks.planning.order.on_stores import AllocationResult
from tasks.planning.order.split import StoreLimits, allocate_to_stores, historical_mix
from tasks.planning.planner import SeasonBrief, allocate, propose_order
from tasks.planning.pricing.elasticity import price_panel
from tasks.planning.stores.clusters import cluster_stores

KEYSTONE = Economics(price=40, unit_cost=20, salvage_value=8)
NO_PRICES = price_panel(pd.DataFrame())


def parameters(strategy: str, holdback: float = 0.45) -> SeasonParameters:
    return SeasonParameters(
        season_start_date=date(2025, 2, 17),
        dc_holdback_percentage=holdback,
        replenishment_strategy=ReplenishmentStrategy(strategy),
    )


def shipped(strategy: str) -> SeasonCalendar:
    return SeasonCalendar.of(parameters(strategy))


def allocated(shares: list[float], weekly: float, holdback: float, strategy: str) -> AllocationResult:
    paths = build_paths(shares=shares, weekly=weekly, n_paths=60)
    stores = pd.DataFrame({"store_id": paths.store_ids})
    clustering = cluster_stores(stores, dict(zip(paths.store_ids, shares, strict=True)))
    brief = SeasonBrief(paths, parameters(strategy, holdback), KEYSTONE)
    return allocate(brief, propose_order(brief), clustering, {})


@settings(max_examples=40)
@given(
    st.lists(st.floats(0.01, 5), min_size=1, max_size=8),
    st.floats(0, 400),
    st.floats(0, 1),
    st.sampled_from(["none", "weekly", "bi-weekly"]),
)
def test_units_are_conserved_at_every_level(
    shares: list[float], weekly: float, holdback: float, strategy: str
) -> None:
    result = allocated(shares, weekly, holdback, strategy)
    assert result.initial_allocation_total + result.holdback_total == result.manufacturing_qty
    for rows in (result.store_allocations, result.clusters):
        assert sum(row.initial_allocation for row in rows) == result.initial_allocation_total
        assert sum(row.holdback_allocation for row in rows) == result.holdback_total
        assert sum(row.total_season_allocation for row in rows) == result.manufacturing_qty
        assert all(row.holdback_allocation >= 0 for row in rows)
    for cluster in result.clusters:
        mine = [row for row in result.store_allocations if row.cluster_id == cluster.cluster_id]
        assert sum(row.total_season_allocation for row in mine) == cluster.total_season_allocation


def test_limits_of_stores_are_honoured() -> None:
    limits = StoreLimits(display_minimum={"S2": 150}, capacity={"S0": 200}, pack_size=10)
    split = allocate_to_stores(
        build_paths(), 600, first_week=1, last_week=6, economics=KEYSTONE, limits=limits
    ).by_store
    assert sum(split.values()) == 600
    assert split["S0"] <= 200
    assert split["S2"] >= 150
    assert all(units % 10 == 0 for units in split.values())


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (StoreLimits(display_minimum=300), "Display minima need 900 units and only 600"),
        (StoreLimits(capacity=100), "can hold 300 more units and 600"),
        (StoreLimits(pack_size=7), "not whole packs of 7"),
        (StoreLimits(display_minimum={"S1": 80}, capacity={"S1": 50}), "Store S1 must show 80"),
    ],
)
def test_what_cannot_be_met_is_named(limits: StoreLimits, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        allocate_to_stores(build_paths(), 600, first_week=1, last_week=6, economics=KEYSTONE, limits=limits)


def test_stores_that_hold_stock_get_less() -> None:
    stocked = allocate_to_stores(
        build_paths(),
        600,
        first_week=1,
        last_week=6,
        economics=KEYSTONE,
        on_hand=np.array([300, 0, 0]),
    ).by_store
    fresh = allocate_to_stores(build_paths(), 600, first_week=1, last_week=6, economics=KEYSTONE).by_store
    assert stocked["S0"] < fresh["S0"]
    assert sum(stocked.values()) == sum(fresh.values()) == 600


def test_the_historical_mix_weighs_attributes_by_thirty_per_cent() -> None:
    shares = np.array([0.75, 0.25])
    attributes = pd.DataFrame({"store_size_sqft": [1000.0, 1000.0], "unknown": [np.nan, np.nan]})
    assert list(historical_mix(shares, attributes, 1000)) == [675, 325]
    assert list(historical_mix(shares, None, 1000)) == [750, 250]


def test_waiting_is_worth_something_where_deliveries_follow_and_nothing_where_none_do() -> None:
    paths = build_paths(spread=0.3)
    quantity = 1300
    weekly = recommend_holdback(
        paths,
        quantity,
        economics=KEYSTONE,
        calendar=SeasonCalendar.of(parameters("weekly")),
        planners_pct=0.0,
    )
    assert weekly.holdback_pct > 0
    assert weekly.gain > 2 * weekly.gain_se
    once = recommend_holdback(
        paths, quantity, economics=KEYSTONE, calendar=shipped("none"), planners_pct=0.45
    )
    assert once.holdback_pct == 0
    assert once.gain > 0


def test_a_price_is_estimated_from_revenue_and_the_rest_is_said_to_be_assumed() -> None:
    sales = pd.DataFrame(
        {
            "date": ["2023-01-01", "2024-06-01", "2024-06-02"],
            "quantity_sold": [5, 1, 3],
            "revenue": [5, 30, 50],
        }
    )
    money = economics_of(sales, GivenTerms(unit_cost=9.0), NO_PRICES)
    assert (money.price, money.unit_cost, money.price_source) == (20.0, 9.0, "estimated")
    assert money.assumed == ("salvage_value",)
    with pytest.raises(InvalidInputError, match="above the price"):
        economics_of(sales, GivenTerms(unit_cost=30.0), NO_PRICES)
