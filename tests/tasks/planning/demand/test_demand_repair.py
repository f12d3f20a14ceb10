"""What history is not demand, and is told: slips, closed weeks, gaps. What looks like it and is demand."""

from datetime import date

import numpy as np
import pytest

from tasks.planning.demand.repair import repair_history, wild_weeks

MONDAY = date(2022, 1, 3)
TIME = np.arange(160)
WAVE = 100 * np.exp(0.4 * np.sin(2 * np.pi * TIME / 52))


@pytest.mark.parametrize("factor", [10, 100, 1000])
@pytest.mark.parametrize("week", [5, 40, 112, 158])
def test_a_slip_is_found_wherever_it_stands_and_named(factor: int, week: int) -> None:
    units = np.random.default_rng(week).poisson(WAVE).astype(float)
    slipped = units.copy()
    slipped[week] *= factor
    repaired, notes = repair_history(slipped, MONDAY)
    assert repaired[week] == pytest.approx(WAVE[week], rel=0.4)
    assert (np.delete(repaired, week) == np.delete(units, week)).all()
    assert len(notes) == 1
    assert "beyond belief" in notes[0]


def test_two_slips_do_not_hide_each_other() -> None:
    units = np.full(160, 100.0)
    units[[30, 90]] = (100_000, 50_000)
    repaired, _ = repair_history(units, MONDAY)
    assert repaired == pytest.approx(100)


def test_one_order_among_lots_is_found_and_the_lots_are_not() -> None:
    lots = 24.0 * (np.random.default_rng(0).random(160) < 0.2)
    assert not wild_weeks(lots[:, None]).any()
    lots[50] = 5000
    assert np.flatnonzero(wild_weeks(lots[:, None])).tolist() == [50]


@pytest.mark.parametrize("seed", range(20))
def test_nothing_is_found_in_uneven_sales(seed: int) -> None:
    rng = np.random.default_rng(seed)
    panel = np.column_stack(
        [
            rng.poisson(0.5, 160),
            rng.poisson(0.05, 160),
            rng.negative_binomial(1, 1 / 21, 160),
            rng.lognormal(5, 1, 160),
            np.where(rng.random(160) < 0.15, 30, 1) * rng.lognormal(4, 0.3, 160),  # promotions
            WAVE * np.where(TIME % 52 == 46, 8, 1),  # a holiday of every year
        ]
    ).astype(float)
    assert not wild_weeks(panel).any()


@pytest.mark.parametrize("seed", range(10))
def test_weeks_closed_in_one_spring_are_filled_from_the_others_and_named(seed: int) -> None:
    units = np.random.default_rng(seed).poisson(WAVE).astype(float)
    shut = units.copy()
    shut[108:116] = 0
    repaired, notes = repair_history(shut, MONDAY)
    assert repaired[108:116].sum() == pytest.approx(WAVE[108:116].sum(), rel=0.12)
    assert "taken as closed" in notes[0]
    assert "2024-01-29 to 2024-03-18" in notes[0]


def test_an_off_season_of_every_year_is_no_closure() -> None:
    swimwear = np.random.default_rng(0).poisson(100 * np.maximum(0, np.sin(2 * np.pi * TIME / 52)))
    repaired, notes = repair_history(swimwear.astype(float), MONDAY)
    assert (repaired == swimwear).all()
    assert notes == []


def test_zeros_of_a_slow_mover_are_chance() -> None:
    for seed in range(50):
        units = np.random.default_rng(seed).poisson(0.3, 160).astype(float)
        assert repair_history(units, MONDAY)[1] == []


@pytest.mark.parametrize("share", [0.05, 0.15, 0.25, 0.4])
def test_missing_weeks_are_filled_at_any_share_and_told(share: float) -> None:
    rng = np.random.default_rng(1)
    units = rng.poisson(WAVE).astype(float)
    units[rng.random(160) < share] = np.nan
    repaired, notes = repair_history(units, MONDAY)
    assert repaired.sum() == pytest.approx(WAVE.sum(), rel=0.03)
    assert f"{int(np.isnan(units).sum())} missing weeks" in notes[0]


def test_a_history_without_a_known_week_is_one_of_zeros() -> None:
    assert not repair_history(np.full(10, np.nan), MONDAY)[0].any()
