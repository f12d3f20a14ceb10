"""What is asked at once of a stored season, without an engine: each answer by the service that owns it."""

import io
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from live_season import CATEGORY, LiveSeason
from small_retailer import PARAMETERS, Prepared

from data import truth
from models.approvals import MANUFACTURING, MARKDOWN
from models.plans import get_forecast
from models.session import Database
from schemas.debugging import InventoryInput, PricingInput
from schemas.decisions import MarkdownDecision
from schemas.economics import NOTHING_GIVEN, Economics
from schemas.errors import InvalidInputError, NotFoundError, WrongStateError
from schemas.markdowns import MarkdownProposal
from schemas.overrides import CompareRequest
from schemas.seasons import WeeklyReviewRequest
from schemas.settings import Settings
from schemas.workflows import ReforecastRequest
from tasks.allocation.service import allocate_now, compare_now
from tasks.approval.service import ask_for_markdown, ask_for_order, open_approval, read_decision
from tasks.demand.service import refuse_unconfirmed
from tasks.markdown.service import decided_markdown, price_now
from tasks.overrides.service import stored_overrides
from tasks.reforecast.service import record_reforecast
from tasks.variance.service import import_weekly_sales, record_review, review_season, variance_after

SOLD = 10  # units a store and week, far below plan
THRESHOLD = Settings().variance_threshold
WEEKS = PARAMETERS.forecast_horizon_weeks


@pytest.fixture(scope="module")
def approved(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A database with one approved season, and the season's forecast."""
    path = tmp_path_factory.mktemp("approved") / "season.db"
    shutil.copy(prepared.file, path)
    database = Database(f"sqlite:///{path}")
    forecast_id = LiveSeason(database, Settings()).plan(PARAMETERS, NOTHING_GIVEN, prepared.forecast)
    database.close()
    return path, forecast_id


@pytest.fixture
def forecast_id(approved: tuple[Path, str]) -> str:
    return approved[1]


@pytest.fixture
def season(approved: tuple[Path, str], tmp_path: Path) -> Iterator[LiveSeason]:
    """A copy of it to change."""
    path = tmp_path / "season.db"
    shutil.copy(approved[0], path)
    database = Database(f"sqlite:///{path}")
    yield LiveSeason(database, Settings())
    database.close()


def sell(season: LiveSeason, forecast_id: str, weeks: int) -> list[int]:
    """Sell slowly for some weeks; the units of each."""
    stores = len(season.season(forecast_id).state.recipe.store_ids)
    for week in range(1, weeks + 1):
        season.sell(forecast_id, week, lambda _week, _depth: np.full(stores, SOLD))
    sold: list[int] = season.season(forecast_id).state.stock.sold.sum(axis=1).tolist()
    return sold


def test_another_safety_stock_is_allocated_to_the_unit(season: LiveSeason) -> None:
    asked = InventoryInput(category_id=CATEGORY, parameters=PARAMETERS, safety_stock_pct=0.3)
    clustering, found = allocate_now(season.database, asked, settings=season.settings)
    assert sum(row.total_season_allocation for row in found.store_allocations) == found.manufacturing_qty
    assert {row.store_id for row in found.store_allocations} == set(clustering.assignment)


def test_plans_are_compared_alike_whatever_their_order(season: LiveSeason) -> None:
    plans = [
        {"name": "weekly", "parameters": {"forecast_horizon_weeks": 8}},
        {"name": "up front", "parameters": {"forecast_horizon_weeks": 8, "replenishment_strategy": "none"}},
    ]
    found = [
        compare_now(
            season.database,
            CompareRequest.model_validate({"category_id": CATEGORY, "plans": ordered}),
            settings=season.settings,
            start=truth.SEASON_START,
        ).model_dump()
        for ordered in (plans, plans[::-1])
    ]
    first, second = ({plan["name"]: plan for plan in each["plans"]} for each in found)
    assert first == second


def test_two_plans_of_one_name_are_refused(season: LiveSeason) -> None:
    plan = {"name": "same", "parameters": {}}
    asked = CompareRequest.model_validate({"category_id": CATEGORY, "plans": [plan, plan]})
    with pytest.raises(InvalidInputError, match="same name"):
        compare_now(season.database, asked, settings=season.settings, start=truth.SEASON_START)


def test_a_markdown_is_priced_for_given_stock() -> None:
    money = Economics(price=50, unit_cost=25, salvage_value=10)
    plenty = PricingInput(weekly_demand=[900, 850, 800], stock=9000, made=20000, economics=money)
    scarce = plenty.model_copy(update={"stock": 100})
    deep, none = (price_now(asked, seed=0).recommended_markdown_pct for asked in (plenty, scarce))
    assert deep > none == 0


def test_a_markdown_is_weighed_again_at_another_elasticity(season: LiveSeason, forecast_id: str) -> None:
    sell(season, forecast_id, 2)
    ends = truth.SEASON_START + timedelta(weeks=2)
    called = review_season(season.database, forecast_id, ends, threshold=THRESHOLD).report["markdown"]
    season.recommend(called)
    asked = open_approval(season.database, called, MARKDOWN)
    modify = MarkdownDecision(workflow_id=called, action="modify")
    assert decided_markdown(season.database, asked, modify) == asked.data

    other = decided_markdown(
        season.database, asked, modify.model_copy(update={"elasticity_coefficient": 1.05})
    )
    assert isinstance(asked.data, MarkdownProposal)
    assert other.elasticity_coefficient == 1.05
    assert other.expected_demand_lift_pct < asked.data.expected_demand_lift_pct

    wrong = modify.model_copy(update={"actual_sell_through_pct": 0.99})
    with pytest.raises(InvalidInputError, match="by the sales on record"):
        decided_markdown(season.database, asked, wrong)


def test_a_season_far_after_its_history_is_asked_about(season: LiveSeason) -> None:
    refuse_unconfirmed(season.database, CATEGORY, PARAMETERS)
    far = PARAMETERS.model_copy(update={"season_start_date": truth.SEASON_START + timedelta(weeks=300)})
    with pytest.raises(InvalidInputError, match="nothing was started"):
        refuse_unconfirmed(season.database, CATEGORY, far)


def test_a_reforecast_that_agrees_with_what_is_stored_is_recorded(
    season: LiveSeason, forecast_id: str
) -> None:
    sold = sell(season, forecast_id, 2)
    request = ReforecastRequest(
        forecast_id=forecast_id, actual_sales_week_1_to_n=sold, remaining_weeks=WEEKS - 2
    )
    assert record_reforecast(season.database, request).request == {"forecast_id": forecast_id, "week": 2}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"actual_sales_week_1_to_n": [1, 2]}, "week 1 is"),
        ({"actual_sales_week_1_to_n": [90] * 3}, "upload the weekly sales first"),
        ({"remaining_weeks": 3}, "remaining_weeks is 6"),
        ({"variance_pct": 0.5}, "variance_pct is"),
        ({"forecasted_week_1_to_n": [1, 2]}, "forecasted_week_1_to_n"),
    ],
)
def test_a_reforecast_that_contradicts_what_is_stored_says_what_is(
    season: LiveSeason, forecast_id: str, wrong: dict[str, object], told: str
) -> None:
    sold = sell(season, forecast_id, 2)
    sent = {"forecast_id": forecast_id, "actual_sales_week_1_to_n": sold, "remaining_weeks": 6, **wrong}
    with pytest.raises(InvalidInputError, match=told):
        record_reforecast(season.database, ReforecastRequest.model_validate(sent))


def test_a_season_that_ended_is_not_forecast_again(season: LiveSeason, forecast_id: str) -> None:
    sold = sell(season, forecast_id, WEEKS)
    request = ReforecastRequest(forecast_id=forecast_id, actual_sales_week_1_to_n=sold, remaining_weeks=0)
    with pytest.raises(WrongStateError, match="no weeks left"):
        record_reforecast(season.database, request)


def test_a_variance_is_there_for_reported_weeks_alone(season: LiveSeason, forecast_id: str) -> None:
    sell(season, forecast_id, 1)
    known = variance_after(season.database, forecast_id, 1, threshold=THRESHOLD)
    assert known.actual_cumulative < known.forecasted_cumulative
    with pytest.raises(NotFoundError, match="up to week 1"):
        variance_after(season.database, forecast_id, 2, threshold=THRESHOLD)


def test_a_week_that_is_missing_before_others_is_named(season: LiveSeason, forecast_id: str) -> None:
    store = season.season(forecast_id).state.recipe.store_ids[0]
    imported = import_weekly_sales(
        season.database,
        forecast_id,
        io.BytesIO(f"store_id,week_number,units_sold\n{store},2,5\n".encode()),
        max_bytes=1 << 20,
        today=truth.SEASON_START + timedelta(weeks=2),
        threshold=THRESHOLD,
    )
    assert imported.answer.missing_weeks == [1]
    assert imported.reforecast is None


def test_a_season_without_sales_is_reviewed_and_nothing_is_done(season: LiveSeason, forecast_id: str) -> None:
    reviewed = review_season(season.database, forecast_id, truth.SEASON_START, threshold=THRESHOLD)
    assert reviewed.report["weeks_reported"] == 0
    assert reviewed.followups == ()


def test_a_review_of_an_unknown_season_is_not_recorded(season: LiveSeason) -> None:
    with pytest.raises(NotFoundError):
        record_review(season.database, WeeklyReviewRequest(forecast_id="fc_nothing"))


def test_a_deviation_is_worth_something_once_the_season_has_ended(
    season: LiveSeason, forecast_id: str
) -> None:
    before = stored_overrides(season.database, forecast_id)
    assert [each.worth for each in before] == [None] * len(before)
    assert "holdback" in {each.kind for each in before}
    sell(season, forecast_id, WEEKS)
    after = stored_overrides(season.database, forecast_id)
    assert [(each.kind, each.recommended, each.chosen) for each in after] == [
        (each.kind, each.recommended, each.chosen) for each in before
    ]
    assert all(each.worth is not None for each in after)


def test_an_order_is_decided_once_and_after_it_is_asked(season: LiveSeason, forecast_id: str) -> None:
    with season.database.read() as session:
        workflow_id = get_forecast(session, forecast_id).workflow_id
    with pytest.raises(WrongStateError, match="decided already"):
        open_approval(season.database, workflow_id, MANUFACTURING)
    with pytest.raises(WrongStateError, match="does not wait"):
        open_approval(season.database, workflow_id, MARKDOWN)
    fresh = season.record(PARAMETERS, NOTHING_GIVEN)
    with pytest.raises(NotFoundError):
        ask_for_order(season.database, fresh, days=1)
    with pytest.raises(NotFoundError):
        ask_for_markdown(season.database, fresh, days=1)
    assert read_decision(season.database, fresh, MANUFACTURING) is None
