"""A whole replay, and what is written of it."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from sample_paths import build_paths

from schemas.economics import Economics
from schemas.errors import InvalidInputError
from schemas.forecasts import DemandRecipe
from schemas.parameters import ReplenishmentStrategy, SeasonParameters
from tasks.evaluation.replay.case import Sources
from tasks.evaluation.replay.document import write_page
from tasks.evaluation.replay.overrides import override_worth
from tasks.evaluation.replay.past_season import PastSeason, Setup
from tasks.evaluation.replay.picture import draw
from tasks.evaluation.replay.planner import Brief
from tasks.evaluation.replay.run import ForecastInput, PlayedSeason, replay
from tasks.evaluation.replay.summary import summarise
from tasks.evaluation.replay.tables import orders_table, prices_table, seasons_table, weeks_tables
from tasks.planning.compare import compare_plans
from tasks.planning.planner import SeasonBrief

START = date(2024, 3, 4)
SETUP = Setup(weeks=6, lead_weeks=4, checkpoint_week=3)
STORES = pd.DataFrame({"store_id": ["S0", "S1", "S2"], "store_size_sqft": [3000, 2000, 1000]})


def history(*, level: float = 1.0, category: str = "A") -> pd.DataFrame:
    rng = np.random.default_rng(2)
    mondays = [START + timedelta(weeks=week) for week in range(-60, 6)]
    rows = [
        {
            "date": monday,
            "category": category,
            "store_id": store,
            "quantity_sold": round(
                share * 200 * float(np.exp(rng.normal(0, 0.1))) * (level if monday >= START else 1)
            ),
        }
        for monday in mondays
        for store, share in (("S0", 0.5), ("S1", 0.3), ("S2", 0.2))
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(revenue=frame["quantity_sold"] * 40.0)


def flat_forecast(request: ForecastInput) -> DemandRecipe:
    """The mean of what may be seen, with the sample paths' spread."""
    recipe = build_paths(n_paths=60).recipe
    weekly = request.sales.groupby("date")["quantity_sold"].sum().mean()
    return recipe.model_copy(update={"weekly_mean": (float(weekly),) * request.weeks})


@pytest.fixture(scope="module")
def seasons() -> list[PlayedSeason]:
    sales = pd.concat([history(level=0.7), history(category="B")])
    return list(replay(Sources(sales, STORES), [START], SETUP, flat_forecast))


def test_a_third_party_can_compute_the_money_from_the_tables(seasons: list[PlayedSeason]) -> None:
    keys = ["scenario", "category", "season_start", "planner"]
    weeks = pd.concat(list(weeks_tables(seasons))).merge(prices_table(seasons), on=[*keys, "week"])
    weeks["revenue"] = weeks["sold"] * weeks["price"]
    sums = weeks.groupby(keys)[["revenue", "sold"]].sum().reset_index().merge(orders_table(seasons), on=keys)
    sums["profit"] = (
        sums["revenue"]
        + sums["salvage_value"] * (sums["made"] - sums["sold"])
        - sums["unit_cost"] * sums["made"]
    )
    told = seasons_table(seasons).merge(sums[[*keys, "profit"]], on=keys, suffixes=("", "_again"))
    assert len(told) == 14
    assert np.allclose(told["profit"], told["profit_again"], atol=0.01)


def test_what_happens_after_the_order_day_does_not_change_the_plan() -> None:
    as_of = pd.Timestamp(START - timedelta(weeks=SETUP.lead_weeks))
    calm = history()
    wild = calm.assign(
        quantity_sold=np.where(pd.to_datetime(calm["date"]) >= as_of, 9999, calm["quantity_sold"]),
        revenue=np.where(pd.to_datetime(calm["date"]) >= as_of, 1.0, calm["revenue"]),
    )
    seen: list[pd.DataFrame] = []

    def spying(request: ForecastInput) -> DemandRecipe:
        assert pd.to_datetime(request.sales["date"]).max() < as_of
        seen.append(request.sales)
        return flat_forecast(request)

    first, second = (
        next(iter(replay(Sources(sales, STORES), [START], SETUP, spying, switch_back=False)))
        for sales in (calm, wild)
    )
    assert seen[0].equals(seen[1])
    for planner in ("product", "rules"):
        assert first.ledgers[planner].made == second.ledgers[planner].made
        assert (first.ledgers[planner].shipped[0] == second.ledgers[planner].shipped[0]).all()


def test_the_product_beats_the_rules_in_a_weak_season(seasons: list[PlayedSeason]) -> None:
    weak = next(season for season in seasons if season.category == "A")
    assert weak.metrics["product"].profit > weak.metrics["rules"].profit


def test_the_summary_adds_up_and_the_page_tells_it(seasons: list[PlayedSeason]) -> None:
    summary = summarise(seasons, SETUP, "Two categories")
    assert summary.totals["product"].profit == pytest.approx(
        sum(season.metrics["product"].profit for season in seasons)
    )
    assert {row.decision for row in summary.decisions} == set(seasons[0].without)
    page = write_page([summary], "fashion-forecast replay")
    assert f"**{summary.gap_closed:.1%}**" in page
    assert all(sentence in page for sentence in summary.assumptions)


def test_the_picture_is_drawn(seasons: list[PlayedSeason], tmp_path: Path) -> None:
    draw(summarise(seasons, SETUP, "Two categories"), seasons).savefig(tmp_path / "replay.png")
    assert (tmp_path / "replay.png").stat().st_size > 5000


def test_an_unknown_category_or_a_season_past_the_sales_is_refused() -> None:
    sources = Sources(history(), STORES)
    with pytest.raises(InvalidInputError, match="no category Z"):
        next(replay(sources, [START], SETUP, flat_forecast, categories=["Z"]))
    with pytest.raises(InvalidInputError, match="runs past the sales"):
        next(replay(sources, [START + timedelta(weeks=9)], SETUP, flat_forecast))


def test_a_category_without_history_is_left_out_and_named() -> None:
    late = history(category="B")
    sales = pd.concat([history(), late[pd.to_datetime(late["date"]) >= pd.Timestamp(START)]])
    skipped: list[str] = []
    sources = Sources(sales, STORES)
    seasons = list(replay(sources, [START], SETUP, flat_forecast, on_skip=skipped.append, switch_back=False))
    assert [season.category for season in seasons] == ["A"]
    assert "B has no sales before" in skipped[0]
    assert summarise(seasons, SETUP, skipped=skipped).notes[0] == skipped[0]
    with pytest.raises(InvalidInputError, match="No season could be replayed"):
        summarise([], SETUP, skipped=skipped)


def test_the_same_seasons_are_played_the_same_way(seasons: list[PlayedSeason]) -> None:
    sales = pd.concat([history(level=0.7), history(category="B")])
    again = list(replay(Sources(sales, STORES), [START], SETUP, flat_forecast))
    assert seasons_table(again).equals(seasons_table(seasons))
    assert pd.concat(weeks_tables(again)).equals(pd.concat(weeks_tables(seasons)))


def brief_and_season(level: float) -> tuple[Brief, PastSeason]:
    paths = build_paths(n_paths=60)
    money = Economics(price=40, unit_cost=20, salvage_value=8)
    brief = SeasonBrief(paths, SETUP.parameters(START), money)
    demand = np.round(np.outer(np.full(6, 200 * level), [0.5, 0.3, 0.2])).astype(np.int64)
    season = PastSeason("", "A", START, paths.recipe.store_ids, demand, money, brief.calendar)
    return Brief(brief, pd.DataFrame(index=paths.recipe.store_ids)), season


@pytest.mark.parametrize(("level", "sign"), [(1.4, 1), (0.7, -1)])
def test_buying_more_than_recommended_pays_in_a_strong_season_and_costs_in_a_weak_one(
    level: float, sign: int
) -> None:
    brief, season = brief_and_season(level)
    worth = override_worth(brief, season, kind="safety_stock", recommended=0.10, chosen=0.30)
    assert np.sign(worth.worth) == sign
    assert worth.worth == pytest.approx(worth.profit_chosen - worth.profit_recommended)


def test_an_override_that_changes_nothing_is_worth_nothing() -> None:
    brief, season = brief_and_season(1.0)
    for kind, value in (("quantity", 1300), ("holdback", 0.4), ("elasticity", 2.0)):
        same = override_worth(brief, season, kind=kind, recommended=value, chosen=value)  # type: ignore[arg-type]
        assert same.worth == 0


def test_plans_are_compared_in_money_and_units() -> None:
    paths = build_paths(n_paths=100)
    once = SeasonParameters(
        season_start_date=START,
        forecast_horizon_weeks=6,
        replenishment_strategy=ReplenishmentStrategy.NONE,
        markdown_checkpoint_week=3,
    )
    weekly = once.model_copy(update={"replenishment_strategy": ReplenishmentStrategy.WEEKLY})
    money = Economics(price=40, unit_cost=20, salvage_value=8)
    result = compare_plans(
        {"once": SeasonBrief(paths, once, money), "weekly": SeasonBrief(paths, weekly, money)}
    )
    assert result.best == "weekly"
    assert [row.name for row in result.plans] == ["once", "weekly"]
    assert result.plans[0].profit_against_best < 0 == result.plans[1].profit_against_best
    assert result.plans[0].holdback == 0
    with pytest.raises(InvalidInputError, match="two plans or more"):
        compare_plans({"once": SeasonBrief(paths, once, money)})


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., str]:
    from deployments.cli.replay import command

    history().to_csv(tmp_path / "sales.csv", index=False)
    STORES.to_csv(tmp_path / "stores.csv", index=False)

    def invoke(*extra: str) -> str:
        arguments = ["--sales", str(tmp_path / "sales.csv"), "--stores", str(tmp_path / "stores.csv"), *extra]
        result = CliRunner().invoke(command, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    return invoke


@pytest.mark.slow
def test_the_command_writes_every_table_the_picture_and_the_page(
    run: Callable[..., str], tmp_path: Path
) -> None:
    told = run(
        *("--seasons", "2024-03-04", "--weeks", "6", "--lead-weeks", "2", "--checkpoint-week", "3", "--json"),
        *("--output", str(tmp_path / "out"), "--report", str(tmp_path / "decisions.md")),
    )
    assert json.loads(told)[0]["seasons"] == 1
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {"summary.json", "seasons.csv", "orders.csv", "prices.csv", "weeks.csv", "replay.png"}
    weeks = pd.read_csv(tmp_path / "out" / "weeks.csv")
    assert len(weeks) == 6 * 3 * 7
    assert "--lead-weeks 2" in (tmp_path / "decisions.md").read_text()
