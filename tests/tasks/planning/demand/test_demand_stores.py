"""Stores that come, go and pause: a rate over the weeks that each traded."""

from datetime import date
from typing import Any

import numpy as np
import pytest

from tasks.planning.demand.shares import Trading, trading
from tasks.planning.weeks import WeeklyPanel

START = date(2025, 2, 3)


def panel(units: Any) -> WeeklyPanel:
    weeks = np.arange(-len(units), 0)
    return WeeklyPanel(weeks, tuple(f"S{store}" for store in range(units.shape[1])), units, ())


def trade(units: Any) -> Trading:
    return trading(panel(units), season_start=START, weeks=12)


def steady(seed: int, stores: int = 11) -> Any:
    return np.random.default_rng(seed).poisson(20, (104, stores)).astype(float)


@pytest.mark.parametrize("weeks", [4, 10, 26])
@pytest.mark.parametrize("absent", [0.0, np.nan])
def test_a_new_store_gets_its_rate_and_the_history_is_put_on_all_stores(weeks: int, absent: float) -> None:
    shares, levels = [], []
    for seed in range(20):
        units = steady(seed)
        units[:-weeks, 10] = absent
        found = trade(units)
        shares.append(found.stores.shares[10])
        levels.append(float(np.nanmean(found.totals)))
    assert np.mean(shares) == pytest.approx(1 / 11, rel=0.06)
    assert np.mean(levels) == pytest.approx(220, rel=0.02)
    assert "Opened within the history" in found.notes[0]


@pytest.mark.parametrize("weeks", [8, 26, 40])
@pytest.mark.parametrize("absent", [0.0, np.nan])
def test_a_closed_store_gets_nothing_and_no_part_of_the_level(weeks: int, absent: float) -> None:
    units = steady(1)
    units[-weeks:, 10] = absent
    found = trade(units)
    assert found.stores.shares[10] == 0
    assert found.stores.shares.sum() == pytest.approx(1)
    assert np.nanmean(found.totals) == pytest.approx(200, rel=0.03)
    assert "S10 (last sale" in found.notes[0]


def test_a_store_that_paused_counts_as_open_at_its_usual_rate() -> None:
    units = steady(2)
    units[60:70, 3] = 0
    found = trade(units)
    assert found.stores.shares[3] == pytest.approx(1 / 11, rel=0.1)
    assert found.totals[60:70].mean() == pytest.approx(220, rel=0.05)
    assert "counted as open: S3" in found.notes[0]


def test_where_every_store_trades_nothing_is_touched() -> None:
    units = steady(3)
    found = trade(units)
    assert (found.totals == units.sum(axis=1)).all()
    assert found.stores.shares == pytest.approx(units[-52:].sum(axis=0) / units[-52:].sum())
    assert found.notes == ()


def test_a_slow_store_and_an_off_season_are_not_taken_as_closed() -> None:
    rng = np.random.default_rng(4)
    season = np.maximum(0, np.sin(2 * np.pi * np.arange(104) / 52))[:, None]
    units = rng.poisson(50 * season, (104, 4)).astype(float)
    slow = rng.poisson(0.3, (104, 1)).astype(float)
    assert trade(np.hstack([units, slow])).notes == ()


def test_a_slip_in_one_store_moves_neither_the_total_nor_the_shares() -> None:
    units = steady(5)
    units[80, 4] = 20_000
    found = trade(units)
    assert found.totals[80] == pytest.approx(220, rel=0.15)
    assert found.stores.shares[4] == pytest.approx(1 / 11, rel=0.1)
    assert "S4 in the week of" in found.notes[-1]


def test_a_week_in_which_no_store_has_a_row_stays_unknown() -> None:
    units = steady(6)
    units[50] = np.nan
    assert np.isnan(trade(units).totals[50])
