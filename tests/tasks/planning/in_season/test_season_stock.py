import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tasks.planning.in_season.stock import complete_weeks, stock_of


@st.composite
def seasons(draw):
    """A random season in which nobody ships or sells more than there is."""
    stores = [f"S{n}" for n in range(draw(st.integers(1, 4)))]
    weeks = draw(st.integers(1, 6))
    centre = made = draw(st.integers(0, 500))
    on_hand = dict.fromkeys(stores, 0)
    shipments, sales = {}, {}
    for week in range(1, weeks + 1):
        sent = {}
        for store in stores:
            sent[store] = draw(st.integers(0, centre))
            centre -= sent[store]
            on_hand[store] += sent[store]
        shipments[week] = sent
        for store in stores:
            sales[week, store] = draw(st.integers(0, on_hand[store]))
            on_hand[store] -= sales[week, store]
    return stores, made, shipments, sales, weeks, on_hand, centre


@given(seasons())
def test_made_is_sold_and_in_stores_and_at_the_centre(season):
    stores, made, shipments, sales, weeks, on_hand, centre = season
    later = {week: units for week, units in shipments.items() if week > 1}
    stock = stock_of(stores, made, shipments[1], later, sales, weeks)
    assert stock.on_hand.tolist() == [on_hand[store] for store in stores]
    assert stock.at_centre == centre
    assert made == stock.sold.sum() + stock.on_hand.sum() + stock.at_centre


@given(seasons())
def test_a_store_week_is_sold_out_when_nothing_is_left(season):
    stores, made, shipments, sales, weeks, on_hand, _ = season
    later = {week: units for week, units in shipments.items() if week > 1}
    stock = stock_of(stores, made, shipments[1], later, sales, weeks)
    assert stock.sold_out[-1].tolist() == [on_hand[store] == 0 for store in stores]
    assert 0 <= stock.sell_through <= 1


def test_a_missing_week_ends_what_is_complete():
    assert complete_weeks({1, 2, 4}) == 2
    assert complete_weeks(set()) == 0


def test_a_replenishment_for_the_coming_week_is_already_in_the_stores():
    stock = stock_of(["A"], 100, {"A": 40}, {2: {"A": 10}}, {(1, "A"): 30}, 1)
    assert stock.on_hand.tolist() == [20]
    assert stock.at_centre == 50
    assert np.array_equal(stock.sold_out, [[False]])
