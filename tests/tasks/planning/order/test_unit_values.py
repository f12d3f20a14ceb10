"""The split that is worth most."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.planning.order.value import NO_LIMIT, most_valuable, unit_values
from tasks.planning.units import largest_remainder, share_within


def worth_of_split(samples: np.ndarray, split: tuple[int, ...], pack: int = 1) -> float:
    return float(np.minimum(samples, np.array(split) * pack).mean(axis=0).sum())


@settings(max_examples=60)
@given(
    st.lists(st.lists(st.integers(0, 6), min_size=3, max_size=3), min_size=1, max_size=5),
    st.integers(0, 8),
    st.integers(1, 3),
    st.lists(st.integers(0, 1), min_size=3, max_size=3),
)
def test_taking_the_most_valuable_unit_next_equals_brute_force(
    rows: list[list[int]], packs: int, pack: int, least: list[int]
) -> None:
    samples = np.array(rows, dtype=float)
    lower, upper = np.array(least), np.full(3, 5)
    packs = max(packs, int(lower.sum()))
    given_packs = most_valuable(
        unit_values((1.0, samples), pack_size=pack),
        packs,
        weights=np.ones(3) / 3,
        lower=lower,
        upper=upper,
        least=-1.0,
    )
    assert given_packs.sum() == packs
    assert (given_packs >= lower).all()
    assert (given_packs <= upper).all()
    every = itertools.product(range(6), repeat=3)
    best = max(
        worth_of_split(samples, split, pack)
        for split in every
        if sum(split) == packs and all(np.array(split) >= lower)
    )
    assert np.isclose(worth_of_split(samples, tuple(given_packs), pack), best)


@settings(max_examples=60)
@given(
    st.lists(st.lists(st.integers(0, 5), min_size=2, max_size=2), min_size=1, max_size=4),
    st.integers(0, 10),
    st.floats(0.05, 0.95),
)
def test_a_unit_is_kept_back_unless_it_is_worth_more_than_asked(
    rows: list[list[int]], packs: int, least: float
) -> None:
    samples = np.array(rows, dtype=float)
    split = most_valuable(
        unit_values((1.0, samples)),
        packs,
        weights=np.ones(2) / 2,
        lower=np.zeros(2, dtype=int),
        upper=np.full(2, NO_LIMIT),
        least=least,
    )
    assert split.sum() <= packs
    for store in range(2):
        assert all((samples[:, store] >= unit).mean() >= least - 1e-9 for unit in range(1, split[store] + 1))


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40), st.integers(0, 10**7))
def test_largest_remainder_conserves_units_and_stays_within_one_of_the_exact_share(
    weights: list[float], units: int
) -> None:
    values = np.array(weights)
    whole = largest_remainder(values, units)
    assert whole.sum() == units
    assert (whole >= 0).all()
    if values.sum() > 0:
        assert (np.abs(whole - values / values.sum() * units) < 1 + 1e-6).all()


@given(st.lists(st.tuples(st.floats(0, 10), st.integers(0, 20)), min_size=1, max_size=8), st.data())
def test_sharing_within_room_overfills_no_place(places: list[tuple[float, int]], data: st.DataObject) -> None:
    weights = np.array([weight for weight, _ in places])
    room = np.array([space for _, space in places])
    units = data.draw(st.integers(0, int(room.sum())))
    whole = share_within(weights, units, room)
    assert whole.sum() == units
    assert (whole <= room).all()
