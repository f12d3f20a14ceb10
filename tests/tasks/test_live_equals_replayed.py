"""What is graded is what runs: the stages and the replay take the same decisions, to the unit."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from live_season import CATEGORY, LiveSeason, Played

from data import generate_retailer, truth
from data.files import write_retailer
from models.imports import import_history, import_stores
from models.session import Database
from schemas.economics import NOTHING_GIVEN, GivenTerms
from schemas.forecasts import SeasonForecast
from schemas.parameters import ReplenishmentStrategy, SeasonParameters
from schemas.settings import Settings
from tasks.evaluation.replay.case import Case, Sources, brief_of, season_of
from tasks.evaluation.replay.choices import PRODUCT
from tasks.evaluation.replay.past_season import PastSeason, Setup
from tasks.evaluation.replay.planner import Brief, ChoosingPlanner
from tasks.evaluation.replay.play import play

SETUP = Setup(lead_weeks=0)
NAME = next(each.name for each in truth.CATEGORIES if each.category_id == CATEGORY)
RETAILER = generate_retailer()


@dataclass(frozen=True)
class Planned:
    """The sample retailer's history on a database, and the forecast that the demand stage makes of it."""

    file: Path
    forecast: SeasonForecast


@pytest.fixture(scope="module")
def planned(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Planned:
    folder = tmp_path_factory.mktemp("live")
    files = write_retailer(folder / "data", retailer=RETAILER)
    path = folder / "retailer.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    import_stores(database, files.stores, max_bytes=1 << 24)
    import_history(database, files.history, max_bytes=1 << 28, today=date(2026, 1, 1))
    forecast = LiveSeason(database, Settings()).forecast(SETUP.parameters(truth.SEASON_START))
    database.close()
    return Planned(path, forecast)


def case_of(scenario: str, setup: Setup, terms: GivenTerms) -> Case:
    sales = pd.concat([RETAILER.history, RETAILER.seasons[scenario]])
    customers = next(each.elasticity for each in truth.CATEGORIES if each.name == NAME)
    money = {NAME: {**terms.model_dump(exclude_none=True, exclude={"elasticity"}), "elasticity": customers}}
    sources = Sources(sales, RETAILER.stores, money)
    return Case(
        sales.assign(date=pd.to_datetime(sales["date"])), sources, NAME, truth.SEASON_START, setup, ""
    )


def replayed(
    scenario: str, setup: Setup, terms: GivenTerms, forecast: SeasonForecast
) -> tuple[Played, PastSeason]:
    case = case_of(scenario, setup, terms)
    brief = brief_of(case, forecast.recipe)
    if terms.elasticity is not None:
        brief = believing(brief, terms.elasticity)
    season = season_of(case, brief)
    planner = ChoosingPlanner(brief, PRODUCT)
    ledger = play(season, planner)
    stores, weeks = list(season.store_ids), range(2, season.calendar.weeks + 1)
    return Played(
        made=ledger.made,
        first_shipment=dict(zip(stores, ledger.shipped[0].tolist(), strict=True)),
        shipments={
            week: dict(zip(stores, ledger.shipped[week - 1].tolist(), strict=True))
            for week in weeks
            if season.calendar.delivers(week)
        },
        reforecasts={week: list(revised.units) for week, revised in planner.reforecasts.items()},
        depths=ledger.depths.tolist(),
    ), season


def believing(brief: Brief, elasticity: float) -> Brief:
    money = brief.season.economics.model_copy(update={"elasticity": elasticity, "elasticity_source": "given"})
    return replace(brief, season=replace(brief.season, economics=money))


Compare = Callable[..., Played]


@pytest.fixture
def agree(planned: Planned, tmp_path: Path) -> Compare:
    """Plays a scenario both ways, finds the same decisions, and gives them back."""

    def both(
        scenario: str,
        setup: Setup = SETUP,
        terms: GivenTerms = NOTHING_GIVEN,
        parameters: SeasonParameters | None = None,
    ) -> Played:
        graded, season = replayed(scenario, setup, terms, planned.forecast)
        path = tmp_path / f"{scenario}.db"
        shutil.copy(planned.file, path)
        database = Database(f"sqlite:///{path}")
        live = LiveSeason(database, Settings()).play(
            parameters or setup.parameters(truth.SEASON_START), terms, planned.forecast, season.faced
        )
        database.close()
        assert live == graded
        return live

    return both


@pytest.mark.parametrize("scenario", sorted(RETAILER.seasons))
def test_every_sample_season_is_decided_alike(agree: Compare, scenario: str) -> None:
    played = agree(scenario)
    assert len(played.shipments) == SETUP.weeks - 1
    assert played.made > sum(played.first_shipment.values()) > 0


def test_a_season_off_plan_is_forecast_again_and_marked_down(agree: Compare) -> None:
    played = agree("severe")
    assert played.reforecasts
    assert played.depths[: SETUP.checkpoint_week] == [0.0] * (SETUP.checkpoint_week or 0)
    assert played.depths[-1] > 0


def test_terms_that_are_given_reach_every_decision(agree: Compare) -> None:
    terms = GivenTerms(price=80.0, unit_cost=24.0, salvage_value=4.0, budget=2_000_000.0, elasticity=1.4)
    assert agree("low", terms=terms).made != agree("low").made


def test_a_threshold_that_is_left_out_is_the_usual_one(agree: Compare) -> None:
    sent = SETUP.parameters(truth.SEASON_START).model_dump(exclude={"season_end_date"})
    parameters = SeasonParameters.model_validate({**sent, "markdown_threshold": None})
    assert agree("low", parameters=parameters).depths == agree("low").depths


def test_without_replenishment_all_is_sent_at_once(agree: Compare) -> None:
    played = agree("high", replace(SETUP, strategy=ReplenishmentStrategy.NONE))
    assert played.shipments == {}
    assert sum(played.first_shipment.values()) == played.made


def test_every_other_week_is_shipped_where_that_was_planned(agree: Compare) -> None:
    played = agree("normal", replace(SETUP, strategy=ReplenishmentStrategy.BI_WEEKLY, holdback=0.3))
    assert list(played.shipments) == [3, 5, 7, 9, 11]


def test_without_a_checkpoint_the_price_stays(agree: Compare) -> None:
    assert agree("severe", replace(SETUP, checkpoint_week=None)).depths == [0.0] * SETUP.weeks


def test_the_replay_forecasts_what_the_stage_forecasts(planned: Planned) -> None:
    from tasks.planning.demand.forecast import forecast_season

    case = case_of("normal", SETUP, NOTHING_GIVEN)
    graded = forecast_season(
        case.known,
        season_start=case.start,
        weeks=SETUP.weeks,
        as_of=case.as_of,
        context=case.context,
    )
    assert graded.weekly_units == planned.forecast.weekly_units
    assert np.allclose(graded.recipe.weekly_mean, planned.forecast.recipe.weekly_mean, rtol=1e-9)
