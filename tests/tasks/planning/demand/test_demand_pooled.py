import logging
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tasks.demand.kept import KeptFiles
from tasks.planning.demand.forecast import forecast_season
from tasks.planning.demand.forecasters import POOLED, POOLED_NAME, QUICK
from tasks.planning.demand.forecasters.pooled import Panel, PooledFit
from tasks.planning.demand.mixing import mix, pooled_share
from tasks.planning.demand.pool import KeptInMemory, fit_pool
from tasks.planning.demand.problem import ForecastProblem, choose_origins, prepare
from tasks.planning.demand.shares import StoreShares

START = date(2024, 2, 5)
WEEKS = 130
STORES = StoreShares(("S1",), np.ones(1), 200.0)


def rhythm(series: int = 12, weeks: int = WEEKS + 12, seed: int = 0) -> np.ndarray:
    """Every fifth week sells double in all series, whatever their size: no quick forecaster can say that."""
    rng = np.random.default_rng(seed)
    sizes = 10.0 ** rng.uniform(1, 4, (series, 1))
    double = 1.0 + ((np.arange(weeks) - WEEKS + 1) % 5 == 0)
    return sizes * double * rng.lognormal(0, 0.05, (series, weeks))


def panel_of(units: np.ndarray) -> Panel:
    first = START - timedelta(weeks=units.shape[1])
    return Panel(units, np.zeros(len(units), dtype=np.int64), first)


def problem_of(units: np.ndarray, fit: PooledFit) -> ForecastProblem:
    origins = choose_origins(units.shape[1], 0, 12)
    return ForecastProblem(units, START, 12, 0, origins, STORES, "US", 0, (), pool=fit)


@pytest.fixture(scope="module")
def fit() -> PooledFit:
    return POOLED.fit(panel_of(rhythm()[:, :WEEKS]), country="US", seed=0)


def test_it_learns_from_all_series_what_none_of_the_quick_forecasters_can_say(fit: PooledFit) -> None:
    known, truth = rhythm()[:, :WEEKS], rhythm()[0, WEEKS:]
    problem = problem_of(known, fit)
    said = POOLED.run(POOLED_NAME, problem).units
    quick = np.median([ask(known[:1], 12)[0] for ask in QUICK.values()], axis=0)
    assert np.abs(said - truth).sum() < 0.8 * np.abs(quick - truth).sum()


def test_a_series_a_thousand_times_as_large_gets_a_thousand_times_the_forecast(fit: PooledFit) -> None:
    known = rhythm()[:, :WEEKS]
    small = POOLED.forecast(problem_of(known[:1] * 100, fit), known[:1] * 100)[0]
    large = POOLED.forecast(problem_of(known[:1] * 100_000, fit), known[:1] * 100_000)[0]
    assert large / 1000 == pytest.approx(small, rel=0.1)


def test_no_model_has_seen_what_it_is_tested_on(fit: PooledFit) -> None:
    wild = rhythm()[:, :WEEKS].copy()
    wild[:, -30:] *= 1000.0
    again = POOLED.fit(panel_of(wild), country="US", seed=0)
    day = START - timedelta(weeks=30)
    first, second = fit.before(day), again.before(day)
    assert first is not None
    assert second is not None
    assert first.cutoff <= day
    rows = np.random.default_rng(0).normal(0, 0.3, (50, int(first.told.sum())))
    assert (first.told == second.told).all()
    assert first.typical.predict(rows) == pytest.approx(second.typical.predict(rows))
    assert first.mean.predict(rows) == pytest.approx(second.mean.predict(rows))


def test_its_backtest_stands_as_it_is_whatever_comes_after_an_origin(fit: PooledFit) -> None:
    known = rhythm()[:, :WEEKS]
    problem = problem_of(known, fit)
    wild = known.copy()
    wild[:, problem.origins[-1] :] = 7e6
    past = POOLED.run(POOLED_NAME, problem).backtest[-1]
    assert np.isfinite(past).all()
    assert POOLED.run(POOLED_NAME, replace(problem, panel=wild)).backtest[-1] == pytest.approx(past)


def test_it_says_nothing_where_there_is_nothing_to_pool() -> None:
    few = POOLED.fit(panel_of(rhythm(series=2)[:, :WEEKS]), country="US", seed=0)
    assert few.models == ()
    assert np.isnan(POOLED.run(POOLED_NAME, problem_of(rhythm(2)[:, :WEEKS], few)).units).all()


def test_it_says_nothing_of_a_series_that_has_just_begun(fit: PooledFit) -> None:
    assert np.isnan(POOLED.run(POOLED_NAME, problem_of(rhythm(3)[:, :5], fit)).units).all()


def totals_of(units: np.ndarray) -> pd.DataFrame:
    weeks = pd.date_range(START - timedelta(weeks=units.shape[1]), periods=units.shape[1], freq="7D")
    names = [f"C{number:02d}" for number in range(len(units))]
    return pd.DataFrame(
        {
            "category": np.repeat(names, units.shape[1]),
            "date": np.tile(weeks, len(units)),
            "quantity_sold": units.round().ravel(),
        }
    )


class Counting(KeptInMemory):
    """Tells how often something new was kept."""

    made = 0

    def put(self, key: str, fit: PooledFit) -> None:
        self.made += 1
        super().put(key, fit)


def test_one_content_is_fitted_once_and_another_cutoff_has_a_fit_of_its_own() -> None:
    totals, kept = totals_of(rhythm(series=4)), Counting()

    def ask(frame: pd.DataFrame, before: date) -> PooledFit:
        return fit_pool(frame, before=before, country="US", seed=0, kept=kept)

    whole = ask(totals, START)
    assert ask(totals.sample(frac=1.0, random_state=0), START) is whole
    assert kept.made == 1
    earlier = START - timedelta(weeks=10)
    assert ask(totals, earlier).models[-1].cutoff == earlier
    assert kept.made == 2


def test_a_fit_that_has_seen_the_season_is_refused() -> None:
    totals = totals_of(rhythm(series=4))
    pool = fit_pool(totals, before=START, country="US", seed=0, kept=KeptInMemory())
    own = totals[totals["category"] == "C00"].assign(store_id="S1")
    as_of = START - timedelta(weeks=6)
    with pytest.raises(ValueError, match="has seen sales on or after"):
        prepare(own, season_start=START, weeks=12, as_of=as_of, pool=pool)


def test_nothing_after_as_of_changes_a_forecast_that_pools() -> None:
    totals, as_of = totals_of(rhythm(series=4)), START - timedelta(weeks=8)
    wild = totals.assign(
        quantity_sold=totals["quantity_sold"].where(totals["date"] < pd.Timestamp(as_of), 1e7)
    )

    def plan(frame: pd.DataFrame) -> Any:
        own = frame["category"] == "C00"
        return forecast_season(
            frame[own].assign(store_id="S1"),
            season_start=START,
            weeks=12,
            as_of=as_of,
            context=frame[~own],
            pool=fit_pool(frame, before=as_of, country="US", seed=0, kept=KeptInMemory()),
        )

    calm, corrupted = plan(totals), plan(wild)
    assert calm.model_weights[POOLED_NAME] > 0
    assert calm.weekly_units == corrupted.weekly_units


def test_a_fit_outlives_its_process_and_a_broken_file_is_made_anew(
    fit: PooledFit, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = KeptFiles(tmp_path / "pooled")
    assert kept.get("a") is None
    kept.put("a", fit)
    again = KeptFiles(tmp_path / "pooled").get("a")
    assert again is not None
    assert [model.cutoff for model in again.models] == [model.cutoff for model in fit.models]
    next((tmp_path / "pooled").iterdir()).write_bytes(b"broken")
    with caplog.at_level(logging.WARNING):
        assert kept.get("a") is None
    assert "made anew" in caplog.text


def test_its_share_is_what_it_earned() -> None:
    truth = np.full((8, 5, 12), 100.0)
    near, far = truth * 1.05, truth * 1.5
    assert pooled_share(far, near, truth) > 0.8
    assert pooled_share(near, far, truth) == 0.0
    assert pooled_share(near, np.full_like(truth, np.nan), truth) == 0.0


def test_the_mixture_lies_between_the_pooled_forecast_and_the_others(fit: PooledFit) -> None:
    problem = problem_of(rhythm()[:, :WEEKS], fit)
    from tasks.planning.demand.forecasters import FORECASTERS

    alone = [FORECASTERS[name].run(name, problem) for name in QUICK]
    pooled = POOLED.run(POOLED_NAME, problem)
    without, mixed = mix(problem, alone), mix(problem, [*alone, pooled])
    share = mixed.weighting.weights[POOLED_NAME]
    assert sum(mixed.weighting.weights.values()) == pytest.approx(1)
    assert mixed.units == pytest.approx((1 - share) * without.units + share * pooled.units)
