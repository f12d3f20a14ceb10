"""The forecast is right on the mean where sales are few or lumpy, over many seeds of a known process."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from schemas.forecasts import SeasonForecast
from tasks.planning.demand.ensemble import combine
from tasks.planning.demand.forecasters import QUICK
from tasks.planning.demand.forecasters.base import PointForecast, backtest, clip
from tasks.planning.demand.problem import ForecastProblem, choose_origins
from tasks.planning.demand.shares import StoreShares
from tasks.planning.demand.weights import unevenness
from tasks.planning.paths import DemandPaths

SEEDS, HISTORY, WEEKS = 200, 160, 12
Draw = Callable[[np.random.Generator], np.ndarray]
PROCESSES: dict[str, tuple[Draw, float]] = {
    "lots": (lambda rng: 24.0 * (rng.random((SEEDS, HISTORY)) < 0.2), 4.8),
    "rare sales": (lambda rng: rng.poisson(0.5, (SEEDS, HISTORY)).astype(float), 0.5),
    "overdispersed": (lambda rng: rng.negative_binomial(1, 1 / 21, (SEEDS, HISTORY)).astype(float), 20.0),
    "two a week": (lambda rng: rng.poisson(2, (SEEDS, HISTORY)).astype(float), 2.0),
    "steady": (lambda rng: rng.poisson(100, (SEEDS, HISTORY)).astype(float), 100.0),
}


def forecasts(panel: np.ndarray) -> list[SeasonForecast]:
    """One forecast a series, each for itself, by the quick forecasters."""
    origins = choose_origins(panel.shape[1], 0, WEEKS)
    stores = StoreShares(("S1",), np.ones(1), 200.0)

    def asked(rows: np.ndarray) -> ForecastProblem:
        return ForecastProblem(rows, date(2025, 2, 3), WEEKS, 0, origins, stores, "US", 0, ())

    together = asked(panel)
    ahead = together.aligned(panel.shape[1])
    units = {name: clip(ask(ahead, WEEKS)) for name, ask in QUICK.items()}
    past = {name: backtest(ask, together) for name, ask in QUICK.items()}
    return [
        combine(
            asked(panel[[row]]),
            [PointForecast(name, units[name][row], past[name][:, [row]]) for name in QUICK],
        )
        for row in range(len(panel))
    ]


@pytest.mark.parametrize("process", list(PROCESSES))
def test_forecasts_sum_to_the_mean_of_the_process(process: str) -> None:
    draw, weekly = PROCESSES[process]
    made = forecasts(draw(np.random.default_rng(5)))
    means = [float(DemandPaths(each.recipe).mean.sum()) for each in made]
    assert sum(means) / (SEEDS * WEEKS * weekly) == pytest.approx(1, abs=0.05)
    for each in made:
        interval = each.season_total_interval
        assert interval.lower <= each.total_season_demand <= interval.upper
        assert all(
            week.confidence_lower <= week.forecasted_units <= week.confidence_upper
            for week in each.weekly_demand_curve
        )


def test_seasons_of_a_lumpy_process_fall_everywhere_in_their_distributions() -> None:
    draw, _ = PROCESSES["overdispersed"]
    rng = np.random.default_rng(6)
    made = forecasts(draw(rng))
    outcomes = rng.negative_binomial(1, 1 / 21, (SEEDS, WEEKS)).sum(axis=1)
    places = [
        float((DemandPaths(each.recipe).totals < sold).mean())
        for each, sold in zip(made, outcomes, strict=True)
    ]
    fifths = np.histogram(places, np.linspace(0, 1, 6))[0] / SEEDS
    assert fifths.min() > 0.08
    assert fifths.max() < 0.34


def test_a_season_is_not_taken_for_unevenness_and_a_spike_of_every_year_neither() -> None:
    time = np.arange(156)
    wave = 100 * np.exp(0.8 * np.sin(2 * np.pi * time / 52))
    wave[46::52] *= 5
    assert unevenness(wave) < 0.05
    assert unevenness(np.random.default_rng(0).poisson(0.5, 156).astype(float)) == 1
