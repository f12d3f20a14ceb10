from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from schemas.csv import read_promotions
from schemas.errors import InvalidFileError
from tasks.planning.demand.ensemble import combine
from tasks.planning.demand.forecast import try_forecaster
from tasks.planning.demand.forecasters import QUICK
from tasks.planning.demand.problem import ForecastProblem, prepare
from tasks.planning.demand.promotions import promotion_lift, weekly_promotions

START = date(2024, 2, 5)
HISTORY, WEEKS = 110, 12
LIFT = 2.5
FIRST = START - timedelta(weeks=HISTORY)


def calendar(weeks: list[int], discount: float = 0.3, store: str | None = None) -> pd.DataFrame:
    days = [pd.Timestamp(FIRST + timedelta(weeks=week)) for week in weeks]
    return pd.DataFrame(
        {
            "category": "Tees",
            "start_date": days,
            "end_date": [day + pd.Timedelta(days=6) for day in days],
            "discount": discount,
            "store_id": store,
        }
    )


PROMOTED = [*range(3, HISTORY, 9), HISTORY + 2, HISTORY + 7]


def sales(seed: int = 0) -> pd.DataFrame:
    """A steady category of 200 a week that sells LIFT times as much in promoted weeks."""
    rng = np.random.default_rng(seed)
    lift = np.where(np.isin(np.arange(HISTORY), PROMOTED), LIFT, 1.0)
    units = rng.poisson(200 * lift * rng.lognormal(0, 0.05, HISTORY))
    days = [pd.Timestamp(FIRST + timedelta(weeks=week)) for week in range(HISTORY)]
    return pd.DataFrame({"date": days, "store_id": "S1", "quantity_sold": units})


def problem(frame: pd.DataFrame, promotions: pd.DataFrame | None, **options: Any) -> ForecastProblem:
    return prepare(frame, season_start=START, weeks=WEEKS, promotions=promotions, category="Tees", **options)


def forecast(asked: ForecastProblem) -> Any:
    runs = [try_forecaster(name, asked) for name in QUICK]
    return combine(asked, [run for run in runs if run is not None])


def test_a_week_knows_what_share_of_its_store_days_is_promoted_and_how_deeply() -> None:
    rows = pd.concat([calendar([1]), calendar([2], store="S1"), calendar([3], discount=0.5)])
    rows.iloc[2, 2] = rows.iloc[2, 1] + pd.Timedelta(days=2)  # three days of the third
    found = weekly_promotions(rows, first_week=FIRST, weeks=5, stores=4)
    assert found[:, 0] == pytest.approx([0, 1, 0.25, 3 / 7, 0])
    assert found[1, 1] == pytest.approx(-np.log(0.7))
    assert found[3, 1] == pytest.approx(-np.log(0.5) * 3 / 7)


def test_history_tells_what_promotions_move_and_is_left_with_its_base() -> None:
    asked = problem(sales(), calendar(PROMOTED))
    lift = asked.promotion_factors(HISTORY)[0]
    promoted = np.isin(np.arange(HISTORY + WEEKS), PROMOTED)
    assert lift[promoted].mean() == pytest.approx(LIFT, rel=0.1)
    assert lift[~promoted] == pytest.approx(1.0)
    assert asked.base(HISTORY)[0] == pytest.approx(np.full(HISTORY, 200.0), rel=0.3)


def test_promotions_ahead_shape_their_weeks_and_stand_in_the_explanation_in_units() -> None:
    with_them = forecast(problem(sales(), calendar(PROMOTED)))
    without = forecast(problem(sales(), None))
    truth = np.full(WEEKS, 200.0)
    truth[[2, 7]] *= LIFT

    def error(said: Any) -> float:
        return float(np.abs(np.array(said.weekly_units) - truth).sum() / truth.sum())

    assert error(with_them) < 0.5 * error(without)
    parts = with_them.explanation.components
    assert parts[2].promotions == pytest.approx(200 * (LIFT - 1), rel=0.2)
    assert [part.promotions for part in parts if part.week_number not in (3, 8)] == [0] * (WEEKS - 2)
    for part, units in zip(parts, with_them.weekly_units, strict=True):
        assert part.level + part.trend + part.season + part.holidays + part.promotions == units


def test_a_category_that_no_promotion_names_is_forecast_as_ever() -> None:
    other = calendar(PROMOTED).assign(category="Hats")
    assert problem(sales(), other).promoted is None
    assert forecast(problem(sales(), other)).weekly_units == forecast(problem(sales(), None)).weekly_units


def test_what_promotions_moved_is_told_from_what_was_known_at_each_origin() -> None:
    asked = problem(sales(), calendar(PROMOTED))
    wild = asked.panel.copy()
    origin = asked.origins[0]
    wild[:, origin:] = 9e6
    assert promotion_lift(wild[:, :origin], asked.promoted) == pytest.approx(
        promotion_lift(asked.panel[:, :origin], asked.promoted)
    )
    corrupted = sales()
    corrupted.loc[corrupted.index[-10:], "quantity_sold"] = 9e6
    as_of = START - timedelta(weeks=10)
    calm, shaken = (problem(each, calendar(PROMOTED), as_of=as_of) for each in (sales(), corrupted))
    assert forecast(calm).weekly_units == forecast(shaken).weekly_units


def test_a_calendar_is_read_whole_or_refused_with_each_fault(tmp_path: Path) -> None:
    path = tmp_path / "promotions.csv"
    path.write_text(
        "category,start_date,end_date,discount,store_id\nTees,2024-03-04,2024-03-10,0.25,\n"
        "Tees,2024-04-01,2024-04-07,0.3,S1\nTees,2024-04-01,2024-04-07,0.3,S1\n"
    )
    found = read_promotions(path, max_bytes=10_000)
    assert found.categories == ["Tees"]
    assert found.stores == ["S1"]
    assert found.frame["store_id"].tolist() == [None, "S1"]
    path.write_text(
        "category,start_date,end_date,discount\nTees,2024-03-04,2024-03-01,0.25\nTees,2024-03-04,2024-03-10,25\n"
    )
    with pytest.raises(InvalidFileError) as refused:
        read_promotions(path, max_bytes=10_000)
    told = [(fault["row"], fault["column"]) for fault in refused.value.errors]
    assert told == [(2, "end_date"), (3, "discount")]
