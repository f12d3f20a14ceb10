"""Shipments and transfers during the season."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_paths import build_paths

from schemas.economics import Economics
from tasks.planning.order.replenish import recommend_transfers, replenish_week

KEYSTONE = Economics(price=40, unit_cost=20, salvage_value=8)
STOCK = st.lists(st.integers(0, 900), min_size=3, max_size=3)


@settings(max_examples=40)
@given(STOCK, st.integers(0, 3000), st.sampled_from([None, 2, 3]))
def test_shipments_never_exceed_the_centre_and_lose_no_unit(
    on_hand: list[int], centre: int, next_delivery: int | None
) -> None:
    sent = replenish_week(
        build_paths(n_paths=100),
        on_hand=np.array(on_hand),
        centre_stock=centre,
        economics=KEYSTONE,
        next_delivery=next_delivery,
    )
    assert sent.shipped == sum(sent.shipments.values())
    assert sent.shipped + sent.centre_left == centre
    assert sent.centre_left >= 0


def test_an_empty_store_is_served_before_a_full_one() -> None:
    sent = replenish_week(
        build_paths(),
        on_hand=np.array([900, 0, 0]),
        centre_stock=300,
        economics=KEYSTONE,
        next_delivery=2,
    )
    assert "S0" not in sent.shipments
    assert sent.shipments["S1"] > 0


def test_units_wait_where_waiting_is_worth_more() -> None:
    scarce = {"on_hand": np.zeros(3, dtype=int), "centre_stock": 900, "economics": KEYSTONE}
    waiting = replenish_week(build_paths(), next_delivery=2, **scarce)  # type: ignore[arg-type]
    last = replenish_week(build_paths(), next_delivery=None, **scarce)  # type: ignore[arg-type]
    assert 0 < waiting.shipped < 900
    assert last.shipped == 900


def test_stores_that_cannot_sell_more_are_not_fed_at_the_end() -> None:
    sent = replenish_week(
        build_paths(),
        on_hand=np.array([900, 600, 400]),
        centre_stock=1000,
        economics=KEYSTONE,
        next_delivery=None,
    )
    assert sent.shipped == 0
    assert sent.centre_left == 1000


@settings(max_examples=40)
@given(STOCK, st.floats(0, 32))
def test_transfers_take_no_more_than_a_store_holds(on_hand: list[int], cost: float) -> None:
    moves = recommend_transfers(
        build_paths(n_paths=100), on_hand=np.array(on_hand), economics=KEYSTONE, cost_per_unit=cost
    )
    given_away = dict.fromkeys(("S0", "S1", "S2"), 0)
    for move in moves:
        given_away[move.from_store] += move.units
        assert move.units > 0
        assert move.from_store != move.to_store
    assert all(given_away[f"S{index}"] <= held for index, held in enumerate(on_hand))


def test_a_surplus_goes_where_it_sells_unless_the_move_costs_more() -> None:
    held = np.array([1200, 0, 0])
    moves = recommend_transfers(build_paths(), on_hand=held, economics=KEYSTONE, cost_per_unit=2.0)
    assert {move.to_store for move in moves} == {"S1", "S2"}
    assert recommend_transfers(build_paths(), on_hand=held, economics=KEYSTONE, cost_per_unit=35.0) == ()
