from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsforecast import models

from tasks.evaluation.backtest.boosted import forecast_boosted
from tasks.evaluation.backtest.panel import plan_backtest, weekly_series
from tasks.evaluation.backtest.peers import MEANS, PEERS, STATSFORECAST, history_frame, run_peers
from tasks.evaluation.backtest.run import join_peers, run_backtest
from tasks.evaluation.backtest.score import compare_with_best, compare_with_statsforecast, summarise

pytestmark = pytest.mark.filterwarnings(  # numpy's and pandas' of what the peers do
    "ignore::RuntimeWarning", "ignore::pandas.errors.Pandas4Warning"
)


@pytest.fixture(scope="module")
def sales(make_sales: Any, wave: Any) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.concat(
        make_sales(np.round(wave(120) * size * rng.lognormal(0, 0.1, 120))).assign(category=name)
        for name, size in {"A": 1.0, "B": 3.0, "C": 0.4}.items()
    )


@pytest.fixture(scope="module")
def plan(sales: pd.DataFrame) -> Any:
    return plan_backtest(sales, origins=1, gap=2)


@pytest.fixture(scope="module")
def peers(sales: pd.DataFrame, plan: Any) -> Any:
    return run_peers(sales, plan)


@pytest.mark.parametrize("name", STATSFORECAST)
def test_a_peer_says_what_its_model_says_when_called_by_hand(
    name: str, sales: pd.DataFrame, plan: Any, peers: Any
) -> None:
    history = history_frame(weekly_series(sales, "category", before=plan.cutoffs[0] + pd.Timedelta(days=7)))
    for unique_id, part in history.groupby("unique_id"):
        assert unique_id in {"A", "B", "C"}
        units = part["y"].to_numpy()
        by_hand = getattr(models, name)(season_length=52).forecast(
            y=units.round().astype(np.int64) if name == "AutoCES" else units, h=14
        )["mean"][2:]
        said = peers.weekly.query("unique_id == @unique_id and model == @name").sort_values("ds")["yhat"]
        assert said.to_numpy() == pytest.approx(np.maximum(by_hand, 0), rel=1e-4)


def test_no_peer_fails_on_ordinary_sales_and_none_is_flat_in_disguise(peers: Any) -> None:
    assert peers.failed == {}
    spread = peers.weekly.groupby("model")["yhat"].nunique()
    assert set(spread.index) == set(PEERS)
    assert spread["AutoCES"] > 3


@pytest.mark.parametrize("name", list(MEANS))
def test_a_mean_is_the_mean_of_its_parts(name: str, peers: Any) -> None:
    table = peers.weekly.pivot_table(index=["unique_id", "ds"], columns="model", values="yhat")
    assert table[name].to_numpy() == pytest.approx(table[list(MEANS[name])].mean(axis=1).to_numpy())


def test_models_that_see_no_season_in_these_histories_are_marked(sales: pd.DataFrame, peers: Any) -> None:
    assert peers.blind == {"AutoETS"}
    short = sales[sales["date"] >= sales["date"].max() - pd.Timedelta(weeks=90)]
    assert run_peers(short, plan_backtest(short, origins=1)).blind >= {"AutoCES", "DynamicOptimizedTheta"}


def test_a_peer_that_cannot_forecast_a_series_is_reported_and_replaced_by_nothing(
    make_sales: Any, wave: Any
) -> None:
    young = make_sales(wave(25)).assign(category="young")
    old = make_sales(wave(90)).assign(category="old")
    both = pd.concat([young, old])
    plan = plan_backtest(both, origins=1, gap=5)
    peers = run_peers(both, plan)
    assert peers.failed["MSTL"].startswith("1 of 2 forecasts")
    assert peers.failed["mean of MSTL and SeasonalNaive"] == "where MSTL, SeasonalNaive did"
    assert set(peers.weekly.query("model == 'MSTL'")["unique_id"]) == {"old"}
    assert set(peers.weekly.query("model == 'mean of four'")["unique_id"]) == {"old"}


def test_the_pooled_peer_finds_a_year_that_its_series_share() -> None:
    weeks, time = 130, np.arange(142)
    shape = np.exp(0.6 * np.sin(2 * np.pi * time / 52))
    sizes = np.array([10.0, 100.0, 1000.0])
    starts = pd.date_range("2021-01-04", periods=142, freq="7D")
    history = pd.concat(
        pd.DataFrame({"unique_id": str(size), "ds": starts[:weeks], "y": size * shape[:weeks]})
        for size in sizes
    )
    said = forecast_boosted(history, 12, country="US", seed=0).pivot_table(
        index="unique_id", columns="ds", values="yhat"
    )
    truth = np.outer(said.index.to_numpy(dtype=float), shape[weeks:])
    assert np.abs(said.to_numpy() - truth).sum() / truth.sum() < 0.15


def test_ours_is_compared_with_the_best_peer_and_the_comparison_knows_a_tie() -> None:
    rng = np.random.default_rng(1)
    truth = rng.uniform(50, 150, 400)
    said = {"ensemble": 10, "MSTL": 20, "LightGBM": 10, "arima": 1}
    weekly = pd.concat(
        pd.DataFrame(
            {
                "unique_id": np.repeat(np.arange(40).astype(str), 10),
                "cutoff": pd.Timestamp(date(2024, 1, 1)),
                "model": model,
                "y": truth,
                "yhat": truth + rng.normal(0, error, 400),
            }
        )
        for model, error in said.items()
    )
    best, single = compare_with_best(weekly), compare_with_statsforecast(weekly)
    assert best is not None
    assert single is not None
    assert (best.model, best.is_tie) == ("LightGBM", True)
    assert (single.model, single.is_tie) == ("MSTL", False)
    assert single.lower < single.ratio < single.upper < 1
    assert compare_with_best(weekly[weekly["model"] == "ensemble"]) is None


def test_peers_are_scored_against_the_same_outcome_as_ours(
    sales: pd.DataFrame, plan: Any, peers: Any
) -> None:
    rows = join_peers(run_backtest(sales, plan), peers, sales, plan)
    outcomes = rows.weekly.pivot_table(index=["unique_id", "ds"], columns="model", values="y")
    assert outcomes.notna().all(axis=None)
    assert (outcomes.nunique(axis=1) == 1).all()
    assert set(summarise(rows.weekly, rows.totals)["model"]) >= {"ensemble", *PEERS}
