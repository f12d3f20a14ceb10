from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from schemas.errors import InvalidInputError
from tasks.evaluation.backtest.page import Measured, Scaling, write_page
from tasks.evaluation.backtest.panel import plan_backtest, weekly_series
from tasks.evaluation.backtest.peers import history_frame, run_peers
from tasks.evaluation.backtest.problems import forecast_columns
from tasks.evaluation.backtest.report import COLUMNS, write_report
from tasks.evaluation.backtest.run import ALL_UP_TO, MEDIAN, SAMPLE, join_peers, run_backtest, sampled_first
from tasks.evaluation.backtest.score import summarise
from tasks.planning.demand.forecasters.pooled import PooledFit

NOT_POOLED = PooledFit(())


@pytest.fixture
def sales(make_sales: Any, wave: Any) -> pd.DataFrame:
    shirts = make_sales(np.round(wave(90)))
    return pd.concat([shirts.assign(category="shirts"), shirts.assign(category="ties", quantity_sold=7.0)])


def test_the_latest_origins_leave_a_whole_season_after_the_gap(sales: pd.DataFrame) -> None:
    plan = plan_backtest(sales, horizon=12, gap=3, origins=2, step=4)
    last = sales["date"].max().date()
    assert plan.cutoffs[-1] == last - timedelta(weeks=15)
    assert plan.cutoffs[0] == plan.cutoffs[-1] - timedelta(weeks=4)
    assert plan.season_start(plan.cutoffs[-1]) + timedelta(weeks=11) == last


def test_given_season_starts_are_taken_as_asked(sales: pd.DataFrame) -> None:
    start = sales["date"].max().date() - timedelta(weeks=20)
    plan = plan_backtest(sales, horizon=12, gap=2, origins=[start])
    assert plan.season_start(plan.cutoffs[0]) == start


def test_a_file_too_short_for_any_season_is_refused(sales: pd.DataFrame) -> None:
    with pytest.raises(InvalidInputError, match="No season of 52 weeks"):
        plan_backtest(sales, horizon=52, gap=52)


def test_known_series_end_at_the_cutoff_whatever_comes_after(sales: pd.DataFrame) -> None:
    cutoff = sales["date"].max().date() - timedelta(weeks=12)
    before = weekly_series(sales, "category", before=cutoff + timedelta(days=7))
    wild = sales.assign(
        quantity_sold=sales["quantity_sold"].where(sales["date"] <= pd.Timestamp(cutoff), 1e9)
    )
    again = weekly_series(wild, "category", before=cutoff + timedelta(days=7))
    assert before.starts[-1].date() == cutoff
    assert (before.units == again.units).all()


def test_a_panel_is_backtested_as_each_series_would_be_by_itself(sales: pd.DataFrame) -> None:
    plan = plan_backtest(sales, origins=1)
    series = weekly_series(sales, "category", before=plan.cutoffs[0] + timedelta(days=7))
    asked = (series, plan, plan.cutoffs[0])
    found = {one.unique_id: one for one in forecast_columns(*asked, [0, 1], NOT_POOLED, None)}
    alone = next(iter(forecast_columns(*asked, [1], NOT_POOLED, None)))
    for together, single in zip(found["ties"].runs, alone.runs, strict=True):
        assert together.units == pytest.approx(single.units, nan_ok=True)
        assert together.backtest == pytest.approx(single.backtest, nan_ok=True)


def test_store_level_has_a_series_for_each_category_and_store(sales: pd.DataFrame) -> None:
    assert weekly_series(sales, "store").ids == ("shirts/S0", "shirts/S1", "ties/S0", "ties/S1")


def test_a_missing_week_of_a_regular_series_is_not_scored(sales: pd.DataFrame) -> None:
    hole = sorted(sales["date"].unique())[-3]
    series = weekly_series(sales[(sales["date"] != hole) | (sales["category"] == "ties")], "category")
    assert np.isnan(series.actual("shirts", [hole])[0])
    assert series.actual("ties", [hole])[0] == 14.0


def test_scores_are_what_one_computes_by_hand() -> None:
    keys = {"unique_id": "a", "cutoff": pd.Timestamp("2024-01-01"), "model": "ensemble"}
    weekly = pd.DataFrame(
        [
            {
                **keys,
                "yhat": 12.0,
                "y": 10.0,
                "scale": 4.0,
                "lo80": 9.0,
                "hi80": 13.0,
                "lo95": 0.0,
                "hi95": 20.0,
            },
            {
                **keys,
                "yhat": 24.0,
                "y": 30.0,
                "scale": 4.0,
                "lo80": 20.0,
                "hi80": 26.0,
                "lo95": 0.0,
                "hi95": 40.0,
            },
        ]
    )
    totals = pd.DataFrame(
        [{**keys, "yhat": 36.0, "y": 40.0, "lo80": 30.0, "hi80": 45.0, "lo95": 20.0, "hi95": 60.0}]
    )
    row = summarise(weekly, totals).iloc[0]
    assert row["wape"] == pytest.approx(8 / 40)
    assert row["bias"] == pytest.approx(-4 / 40)
    assert row["mase"] == pytest.approx(1.0)
    assert row["total_error"] == pytest.approx(0.1)
    assert row["week_coverage_80"] == 0.5
    assert row["total_coverage_80"] == 1.0


def test_peers_get_the_histories_that_our_members_get(sales: pd.DataFrame) -> None:
    hole = sorted(sales["date"].unique())[20]
    frame = history_frame(weekly_series(sales[sales["date"] != hole], "category"))
    assert list(frame.columns) == ["unique_id", "ds", "y"]
    assert frame.groupby("unique_id").size().tolist() == [90, 90]
    assert frame["y"].notna().all()


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory, make_sales: Any, wave: Any) -> list[Path]:
    sales = pd.concat([make_sales(wave(90)).assign(category=name) for name in "ABC"])
    plan = plan_backtest(sales, origins=[date(2023, 9, 4)])
    folders = []
    for jobs in (1, 2):
        rows = run_backtest(sales, plan, jobs=jobs)
        summary = summarise(rows.weekly, rows.totals)
        folders.append(tmp_path_factory.mktemp(f"jobs{jobs}"))
        write_report(folders[-1], plan, rows, summary)
    return folders


@pytest.mark.slow
def test_files_are_identical_at_any_number_of_processes(reports: list[Path]) -> None:
    for name in ("forecasts.csv", "totals.csv", "summary.csv", "summary.json", "forecasts.png"):
        assert (reports[0] / name).read_bytes() == (reports[1] / name).read_bytes(), name


@pytest.mark.slow
def test_every_forecast_is_written_with_its_intervals_and_outcome(reports: list[Path]) -> None:
    rows = pd.read_csv(reports[0] / "forecasts.csv")
    assert list(rows.columns) == COLUMNS
    ours = rows[rows["model"] == "ensemble"]
    assert len(ours) == 3 * 12
    assert (ours["lo95"] <= ours["lo80"]).all()
    assert (ours["lo80"] <= ours["hi80"]).all()
    assert set(rows["model"]) == {"ensemble", MEDIAN, "prophet", "arima", "seasonal_naive", "pooled"}


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::pandas.errors.Pandas4Warning")
def test_the_page_has_a_table_for_each_set_and_the_times(sales: pd.DataFrame) -> None:
    plan = plan_backtest(sales, origins=1)
    rows = join_peers(run_backtest(sales, plan), run_peers(sales, plan), sales, plan)
    rows.failed["AutoCES"] = "2 of 2 forecasts, TypingError"
    summary = summarise(rows.weekly, rows.totals)
    page = write_page([Measured("Shop", plan, rows, summary)], [Scaling(10, 2, 5.0)])
    assert "| Shop | 0 | " in page
    assert "## Shop, gap 0" in page
    assert "AutoETS °" in page
    assert "AutoCES failed: 2 of 2 forecasts, TypingError." in page
    assert "| 10 | 2 | 5.0 | 0.500 |" in page


def test_of_many_series_an_even_sample_comes_first_and_all_are_asked() -> None:
    assert sampled_first(ALL_UP_TO) == (tuple(range(ALL_UP_TO)), ())
    sample, rest = sampled_first(1000)
    assert len(sample) == SAMPLE
    assert (sample[0], sample[-1]) == (0, 999)
    assert sorted((*sample, *rest)) == list(range(1000))
