"""The sample retailer keeps its promises, and its truth can be found in it."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data import Retailer, generate_retailer, truth, write_retailer
from data.calendar_effects import calendar_factors, holiday_dates
from data.files import weekly_units


@pytest.fixture(scope="module")
def retailer() -> Iterator[Retailer]:
    return generate_retailer(seed=7)


def season_total(frame: pd.DataFrame, column: str) -> float:
    return float(frame[column].sum())


def test_there_are_fifty_stores_in_three_tiers_with_every_attribute(retailer: Retailer) -> None:
    stores = retailer.stores
    assert len(stores) == 50
    assert stores["store_id"].is_unique
    assert stores.notna().all().all()
    assert set(retailer.tiers.values()) == set(truth.TIERS)
    assert set(stores["location_tier"]) == {"A", "B", "C"}


def test_history_has_every_day_category_and_store_once(retailer: Retailer) -> None:
    history = retailer.history
    days = pd.date_range(truth.HISTORY_START, truth.HISTORY_END)
    assert len(history) == len(days) * 3 * 50
    assert not history.duplicated(["date", "category", "store_id"]).any()
    assert (history["quantity_sold"] >= 0).all()
    assert set(history["category"]) == {category.name for category in truth.CATEGORIES}


@pytest.mark.parametrize("scenario", ["high", "low", "underperform", "severe"])
def test_a_scenario_differs_from_normal_by_its_factor(retailer: Retailer, scenario: str) -> None:
    factors = np.array(truth.SCENARIOS[scenario]) / np.array(truth.SCENARIOS["normal"])
    expected = retailer.expected.assign(
        week=(retailer.expected["date"] - pd.Timestamp(truth.SEASON_START)).dt.days // 7
    )
    by_week = expected.groupby("week")["units"].sum().to_numpy()
    normal = np.array(truth.SCENARIOS["normal"])
    promised = (by_week * normal * factors).sum() / (by_week * normal).sum()
    seen = season_total(retailer.seasons[scenario], "quantity_sold") / season_total(
        retailer.seasons["normal"], "quantity_sold"
    )
    assert seen == pytest.approx(promised, abs=0.01)


@pytest.mark.parametrize("seed", [1, 7, 2026])
def test_scenarios_are_near_their_size_against_what_the_truth_expects(seed: int) -> None:
    made = generate_retailer(seed)
    expected = season_total(made.expected, "units")
    promised = {"high": 0.25, "low": -0.20, "underperform": -0.15, "severe": -0.30}
    for scenario, size in promised.items():
        seen = season_total(made.seasons[scenario], "quantity_sold") / expected - 1
        assert seen == pytest.approx(size, abs=0.05), scenario


def test_underperform_falls_gradually() -> None:
    factors = truth.SCENARIOS["underperform"]
    assert all(later < earlier for earlier, later in pairwise(factors))
    assert np.mean(factors) == pytest.approx(0.856, abs=0.01)


def test_the_viral_week_is_week_five_of_the_normal_season(retailer: Retailer) -> None:
    normal = retailer.seasons["normal"]
    week = (normal["date"] - pd.Timestamp(truth.SEASON_START)).dt.days // 7 + 1
    expected = retailer.expected.groupby(week)["units"].sum()
    ratio = normal.groupby(week)["quantity_sold"].sum() / expected
    assert ratio.idxmax() == 5
    assert ratio[5] / ratio.drop(5).mean() == pytest.approx(1.30, abs=0.08)


def test_promotions_tell_their_elasticity(retailer: Retailer) -> None:
    history = retailer.history[retailer.history["quantity_sold"] > 0]
    for category in truth.CATEGORIES:
        rows = history[(history["category"] == category.name) & ~history["stockout"]]
        price = rows["revenue"] / rows["quantity_sold"] / category.price
        level = rows.groupby("store_id")["quantity_sold"].transform("mean") * rows.groupby("date")[
            "quantity_sold"
        ].transform("mean")
        lift = (rows["quantity_sold"] / level).groupby(price.round(2)).mean()
        for depth in truth.PROMOTION_DEPTHS:
            promised = (1 - depth) ** -category.elasticity
            assert lift[round(1 - depth, 2)] / lift[1.0] == pytest.approx(promised, rel=0.06)


def test_growth_shows_from_year_to_year(retailer: Retailer) -> None:
    units = retailer.history.groupby(["category", retailer.history["date"].dt.year])["quantity_sold"].sum()
    for category in truth.CATEGORIES:
        yearly = (units[category.name, 2024] / units[category.name, 2022]) ** 0.5
        assert yearly == pytest.approx(category.growth, abs=0.025)


def test_sold_out_days_sell_less_than_their_neighbours(retailer: Retailer) -> None:
    history = retailer.history
    assert 0.001 < history["stockout"].mean() < 0.02
    sold_out = history[history["stockout"]]["quantity_sold"].mean()
    assert sold_out < 0.5 * history[~history["stockout"]]["quantity_sold"].mean()


def test_moving_holidays_move() -> None:
    assert {holiday_dates(year)["Easter Sunday"].isoformat() for year in (2022, 2024)} == {
        "2022-04-17",
        "2024-03-31",
    }
    assert holiday_dates(2024)["Thanksgiving"].isoformat() == "2024-11-28"
    assert holiday_dates(2024)["Memorial Day"].isoformat() == "2024-05-27"
    friday = pd.date_range("2024-11-29", periods=1)
    assert calendar_factors(friday)[0, 0] > 1.5 * calendar_factors(friday - pd.Timedelta(days=7))[0, 0]


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path, retailer: Retailer) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    write_retailer(first, seed=7, retailer=retailer)
    write_retailer(second, seed=7)
    names = sorted(path.relative_to(first) for path in first.rglob("*.csv"))
    assert len(names) == 3 + 5 * 4
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)


def test_another_seed_makes_another_retailer(retailer: Retailer) -> None:
    other = generate_retailer(seed=8)
    assert not other.history["quantity_sold"].equals(retailer.history["quantity_sold"])


def test_weekly_files_sum_to_the_days(retailer: Retailer) -> None:
    season = retailer.seasons["low"]
    one = season[season["category"] == "Accessories"]
    weekly = weekly_units(one)
    assert list(weekly.columns) == ["store_id", "week_number", "units_sold"]
    assert weekly["units_sold"].sum() == one["quantity_sold"].sum()
    assert set(weekly["week_number"]) == set(range(1, 13))
