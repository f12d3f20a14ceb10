"""The judge: units, money and what a planner may know."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_paths import build_paths

from schemas.economics import Economics
from schemas.errors import InvalidInputError
from schemas.parameters import ReplenishmentStrategy
from tasks.evaluation.replay.choices import (
    DECISIONS,
    PRODUCT,
    PRODUCT_ADVISED,
    PRODUCT_DEEPENING,
    PRODUCT_UNBOUNDED,
    RULES,
    Choices,
)
from tasks.evaluation.replay.foresight import PerfectForesight
from tasks.evaluation.replay.past_season import PastSeason, Setup, season_demand, seasons_within
from tasks.evaluation.replay.planner import Brief, ChoosingPlanner
from tasks.evaluation.replay.play import Ledger, Order, View, play
from tasks.evaluation.replay.score import gap_closed, score
from tasks.planning.calendar import SeasonCalendar
from tasks.planning.planner import SeasonBrief

START = date(2024, 3, 4)
KEYSTONE = Economics(price=40, unit_cost=20, salvage_value=8)
SETUP = Setup(weeks=6, checkpoint_week=3)
PATHS = build_paths(n_paths=60)
ATTRIBUTES = pd.DataFrame({"store_size_sqft": [3000.0, 2000.0, 1000.0]})
DEMAND = st.lists(st.integers(0, 400), min_size=18, max_size=18)
EVERY_CHOICE = [
    PRODUCT,
    PRODUCT_ADVISED,
    PRODUCT_DEEPENING,
    PRODUCT_UNBOUNDED,
    RULES,
    *(PRODUCT.switched_back(each) for each in DECISIONS),
]


def season_of(cells: list[int], setup: Setup = SETUP, economics: Economics = KEYSTONE) -> PastSeason:
    demand = np.array(cells, dtype=np.int64).reshape(6, 3)
    calendar = SeasonCalendar.of(setup.parameters(START))
    return PastSeason("", "A", START, tuple(PATHS.store_ids), demand, economics, calendar)


def played(season: PastSeason, choices: Choices, setup: Setup = SETUP) -> Ledger:
    brief = SeasonBrief(PATHS, setup.parameters(START), season.economics)
    return play(season, ChoosingPlanner(Brief(brief, ATTRIBUTES), choices))


@settings(max_examples=30)
@given(
    DEMAND,
    st.sampled_from(EVERY_CHOICE),
    st.sampled_from(list(ReplenishmentStrategy)),
    st.sampled_from([None, 2, 6]),
)
def test_made_is_sold_in_stores_or_at_the_centre(
    cells: list[int], choices: Choices, strategy: ReplenishmentStrategy, checkpoint: int | None
) -> None:
    setup = replace(SETUP, strategy=strategy, checkpoint_week=checkpoint)
    ledger = played(season_of(cells, setup), choices, setup)
    assert ledger.made == ledger.sold.sum() + ledger.in_stores + ledger.centre_left
    assert (ledger.sold <= ledger.faced).all()
    assert (np.cumsum(ledger.shipped - ledger.sold, axis=0) >= 0).all()
    assert (np.diff(ledger.depths) >= 0).all()


@settings(max_examples=40)
@given(DEMAND, st.sampled_from(EVERY_CHOICE), st.floats(1.0, 3.0), st.floats(0.2, 0.9))
def test_nobody_earns_more_than_perfect_foresight(
    cells: list[int], choices: Choices, elasticity: float, cost_share: float
) -> None:
    money = Economics(price=40, unit_cost=40 * cost_share, salvage_value=4)
    season = replace(season_of(cells, economics=money), elasticity=elasticity)
    perfect = score(play(season, PerfectForesight(season)))
    assert score(played(season, choices)).profit <= perfect.profit + 1e-6


@settings(max_examples=25)
@given(DEMAND, st.integers(1, 5), st.sampled_from(EVERY_CHOICE))
def test_a_wild_future_changes_no_decision_before_it(cells: list[int], week: int, choices: Choices) -> None:
    wild = np.array(cells).reshape(6, 3).copy()
    wild[week:] = 99_999
    calm_ledger, wild_ledger = (played(season_of(list(each)), choices) for each in (cells, wild.ravel()))
    assert calm_ledger.made == wild_ledger.made
    assert (calm_ledger.shipped[: week + 1] == wild_ledger.shipped[: week + 1]).all()
    assert (calm_ledger.depths[: week + 1] == wild_ledger.depths[: week + 1]).all()


def test_perfect_foresight_misses_nothing_and_keeps_nothing() -> None:
    season = season_of([100] * 18)
    metrics = score(play(season, PerfectForesight(season)))
    assert (metrics.lost_sales, metrics.leftover) == (0, 0)
    assert metrics.profit == 20 * season.demand.sum()


def test_perfect_foresight_keeps_within_a_budget() -> None:
    season = season_of([10] * 18, economics=KEYSTONE.model_copy(update={"budget": 1000.0}))
    metrics = score(play(season, PerfectForesight(season)))
    assert (metrics.made, metrics.sold) == (50, 50)


def test_money_follows_from_the_ledger() -> None:
    ledger = Ledger(
        season=season_of([0] * 18),
        made=10,
        shipped=np.array([[6, 0, 0]]),
        faced=np.array([[7, 1, 0]]),
        sold=np.array([[6, 0, 0]]),
        depths=np.array([0.25]),
        centre_left=4,
    )
    metrics = score(ledger)
    assert metrics.profit == 30 * 6 + 8 * 4 - 20 * 10
    assert (metrics.lost_sales, metrics.leftover, metrics.markdown_spend) == (2, 4, 60)
    assert metrics.sell_through == 0.6
    assert metrics.service_level == 0.75


def test_weak_sales_bring_a_markdown_and_strong_ones_none() -> None:
    assert played(season_of([40, 24, 16] * 6), PRODUCT).depths[-1] > 0
    assert played(season_of([120, 70, 50] * 6), PRODUCT).depths[-1] == 0


def test_the_rules_make_a_fifth_more_and_hold_back_forty_five_per_cent() -> None:
    ledger = played(season_of([100, 60, 40] * 6), RULES)
    assert ledger.made == 1440
    assert ledger.shipped[0].sum() == 792


class Impossible:
    """Ships what is not there."""

    def order(self) -> Order:
        return Order(10, np.array([10, 0, 0]))

    def ship(self, view: View) -> np.ndarray:
        return np.array([1, 0, 0])

    def depth(self, view: View) -> float:
        return 0.0


def test_a_plan_that_ships_what_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="Week 2 ships 1 units of 0"):
        play(season_of([1] * 18), Impossible())


def test_the_gap_closed_is_between_rules_and_perfect_foresight() -> None:
    closed = gap_closed([15, 30], [10, 20], [20, 40], ["a", "b"])
    assert closed.share == 0.5
    assert closed.lower == closed.upper == 0.5
    assert gap_closed([10, 20], [10, 20], [20, 40], ["a", "b"]).share == 0


def test_daily_and_weekly_sales_give_the_same_season() -> None:
    days = pd.date_range(START - timedelta(days=10), periods=60)
    daily = pd.DataFrame({"date": days, "store_id": "S0", "quantity_sold": 1})
    weekly = pd.DataFrame(
        {
            "date": [START + timedelta(days=7 * week + 2) for week in range(-2, 8)],
            "store_id": "S0",
            "quantity_sold": 7,
        }
    )
    for sales in (daily, weekly):
        assert season_demand(sales, START, 6, ("S0", "S9")).tolist() == [[7, 0]] * 6


def test_seasons_are_cut_one_after_the_other_from_the_end() -> None:
    days = pd.date_range("2020-01-06", periods=7 * 120)
    sales = pd.DataFrame({"date": days, "store_id": "S0", "quantity_sold": 1})
    starts = seasons_within(sales, Setup(weeks=12, lead_weeks=12))
    assert starts[-1] + timedelta(weeks=12) == (days[-1] + timedelta(days=1)).date()
    assert {(later - earlier).days for earlier, later in pairwise(starts)} == {84}
    with pytest.raises(InvalidInputError, match="hold no season to replay"):
        seasons_within(sales.head(300), Setup())
