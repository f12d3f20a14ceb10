import json
import threading

import pytest

from deployments.cli.player import Decisions, SeasonPlayer
from schemas.errors import FashionForecastError

pytestmark = [pytest.mark.service, pytest.mark.timeout(900)]
STORES = 50


class Quiet:
    """A console that nobody looks at."""

    def __new__(cls):
        from rich.console import Console

        return Console(quiet=True)


@pytest.fixture(scope="module")
def severe(running):
    """The severe season, played once through the running service."""
    return SeasonPlayer(running.client, "womens_dresses", Decisions()).play("severe", Quiet())


def test_a_severe_season_is_forecast_again_early_and_marked_down_deep(severe):
    assert severe["weeks"][0]["reforecast"] or severe["weeks"][1]["reforecast"]
    depths = [row["markdown_pct"] for row in severe["weeks"] if row["markdown_pct"] is not None]
    assert len(depths) == 1
    assert depths[0] >= 0.20


def test_every_unit_that_was_made_is_sold_in_a_store_or_at_the_centre(severe):
    assert severe["made"] == severe["sold"] + severe["in_stores"] + severe["at_centre"]


def test_the_corrected_forecast_is_nearer_than_the_first_one(severe):
    first = severe["errors"][0]
    assert first["corrected_wape"] < first["original_wape"]


def test_revisions_stand_beside_each_other(running, severe):
    workflow_id = severe["weeks"][0]["reforecast"] or severe["weeks"][1]["reforecast"]
    revised_id = running.client.get(f"/api/workflows/{workflow_id}")["forecast_id"]
    revised = running.client.get(f"/api/forecasts/{revised_id}")
    first = running.client.get(f"/api/forecasts/{severe['forecast_id']}")
    assert (revised["revision"], revised["original_id"]) == (2, first["forecast_id"])
    assert revised["total_season_demand"] < first["total_season_demand"]
    allocation = running.client.get(f"/api/allocations/{revised_id}")
    units = [row["total_season_allocation"] for row in allocation["store_allocations"]]
    assert sum(units) == allocation["manufacturing_qty"]


def test_a_week_that_is_not_reported_has_no_variance(running, severe):
    variance = running.client.get(f"/api/variance/{severe['forecast_id']}/week/3")
    assert len(variance["by_store"]) == STORES
    assert 0 < variance["likelihood"] <= 1
    with pytest.raises(FashionForecastError, match="week 13"):
        running.client.get(f"/api/variance/{severe['forecast_id']}/week/13")


def test_deviations_from_the_recommendations_are_worth_money_once_the_season_has_ended(running, severe):
    overrides = running.client.get(f"/api/overrides/{severe['forecast_id']}")
    kinds = {each["kind"] for each in overrides}
    assert kinds <= {"safety_stock", "holdback", "elasticity"}
    for each in overrides:
        assert each["worth"] == pytest.approx(each["profit_chosen"] - each["profit_recommended"], abs=0.02)


def test_plans_are_compared_side_by_side_and_nothing_is_stored(running):
    season = {"season_start_date": "2025-02-17"}
    before = running.client.get("/api/forecasts", limit=100)
    compared = running.client.post(
        "/api/plans/compare",
        {
            "category_id": "womens_dresses",
            "plans": [
                {"name": "weekly", "parameters": season},
                {
                    "name": "all up front",
                    "parameters": {**season, "replenishment_strategy": "none", "dc_holdback_percentage": 0},
                },
            ],
        },
    )
    assert [plan["name"] for plan in compared["plans"]] == ["weekly", "all up front"]
    assert max(plan["profit_against_best"] for plan in compared["plans"]) == 0
    assert compared["plans"][1]["holdback"] == 0
    assert running.client.get("/api/forecasts", limit=100) == before


@pytest.fixture(scope="module")
def approved(running):
    """A season whose order is approved: its forecast's id."""
    workflow_id = running.start(markdown_checkpoint_week=1, markdown_threshold=0.6)
    asked = running.messages_until(workflow_id, "human_input_required")[-1]
    running.decide(workflow_id, "accept")
    running.messages_until(workflow_id, "workflow_complete", after=asked["sequence"])
    return running.client.get(f"/api/workflows/{workflow_id}")["forecast_id"]


def weekly(forecast, share, week=1):
    """A week's file: a share of the forecast, evenly over the stores."""
    units = round(forecast["weekly_demand_curve"][week - 1]["forecasted_units"] * share / STORES)
    rows = [f"S{store:03d},{week},{units}" for store in range(1, STORES + 1)]
    return "\n".join(["store_id,week_number,units_sold", *rows]).encode()


def send(running, forecast_id, content):
    return running.client.upload(
        "/api/data/upload-weekly-sales", "week.csv", content, {"forecast_id": forecast_id}
    )


def store_ids(running):
    return [store["store_id"] for store in running.client.get("/api/stores")]


def test_the_same_file_ten_times_at_once_is_one_import_and_one_reforecast(running, approved):
    forecast = running.client.get(f"/api/forecasts/{approved}")
    names = store_ids(running)
    content = weekly(forecast, 0.5)
    for number, name in enumerate(names, start=1):
        content = content.replace(f"S{number:03d},".encode(), f"{name},".encode())
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(send(running, approved, content))) for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 10
    assert len({json.dumps(answer["variance_check"], sort_keys=True) for answer in answers}) == 1
    check = answers[0]["variance_check"]
    assert check["action_taken"] == "reforecast_triggered"
    assert check["variance_pct"] == pytest.approx(-0.5, abs=0.02)
    listed = running.client.get("/api/workflows", type="reforecast", limit=100)["workflows"]
    started = [each for each in listed if each["workflow_id"] == check["reforecast_workflow_id"]]
    assert len(started) == 1
    running.wait_for_status(check["reforecast_workflow_id"], "completed")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("{store},13,5", "12"),
        ("NOWHERE,1,5", "NOWHERE"),
        ("{store},1,-5", "negative"),
    ],
)
def test_rows_outside_the_season_are_told_apart(running, approved, row, words):
    content = ("store_id,week_number,units_sold\n" + row.format(store=store_ids(running)[0])).encode()
    with pytest.raises(FashionForecastError) as refused:
        send(running, approved, content)
    assert words in json.dumps([refused.value.detail, refused.value.errors])


def test_a_worker_killed_in_a_review_ends_it_right_and_doubles_nothing(running, approved):
    body = {"forecast_id": approved, "as_of": "2025-02-24"}
    review = running.client.post("/api/workflows/weekly-review", body)["workflow_id"]
    running.kill("worker")
    ending = running.messages_until(review, "workflow_complete")[-1]
    [did] = ending["result"]["seasons"]
    assert did["replenished_week"] == 2

    again = running.client.post("/api/workflows/weekly-review", body)["workflow_id"]
    [same] = running.messages_until(again, "workflow_complete")[-1]["result"]["seasons"]

    assert (same["shipped"], same["markdown"]) == (did["shipped"], did["markdown"])
    sent = running.client.get(f"/api/replenishments/{approved}")
    assert [week["week_number"] for week in sent["weeks"]] == [2]
    initial = sent["initial_allocation_total"]
    made = running.client.get(f"/api/allocations/{approved}")["manufacturing_qty"]
    assert initial + sent["weeks"][0]["shipped"] + sent["at_centre"] == made


def test_a_markdown_waits_for_a_person_through_the_death_of_its_worker(running, approved):
    body = {"forecast_id": approved, "as_of": "2025-02-24"}
    review = running.client.post("/api/workflows/weekly-review", body)["workflow_id"]
    [did] = running.messages_until(review, "workflow_complete")[-1]["result"]["seasons"]
    workflow_id = did["markdown"]
    running.kill("worker")
    asked = running.messages_until(workflow_id, "human_input_required")[-1]
    assert asked["action"] == "approve_markdown"

    def decide(action, **more):
        return running.client.post(
            "/api/approvals/markdown", {"workflow_id": workflow_id, "action": action, **more}
        )

    gentle = decide("modify", elasticity_coefficient=1.0)
    assert gentle["recommended_markdown_pct"] <= asked["data"]["recommended_markdown_pct"]
    with pytest.raises(FashionForecastError, match="sales on record"):
        decide("modify", actual_sell_through_pct=0.99)
    decided = decide("accept", elasticity_coefficient=2.5)
    running.messages_until(workflow_id, "workflow_complete", after=asked["sequence"])
    markdown = running.client.get(f"/api/markdowns/{approved}")
    assert markdown["status"] == "approved"
    assert markdown["recommended_markdown_pct"] == decided["recommended_markdown_pct"]
    assert markdown["elasticity_coefficient"] == 2.5


def test_a_reforecast_that_contradicts_the_stored_sales_is_refused(running, approved):
    body = {"forecast_id": approved, "actual_sales_week_1_to_n": [1], "remaining_weeks": 11}
    with pytest.raises(FashionForecastError, match="week 1 is"):
        running.client.post("/api/workflows/reforecast", body)


def test_a_reforecast_asked_for_ends_right_through_the_death_of_its_worker(running, approved):
    variance = running.client.get(f"/api/variance/{approved}/week/1")
    body = {
        "forecast_id": approved,
        "actual_sales_week_1_to_n": [variance["actual_cumulative"]],
        "remaining_weeks": 11,
    }
    workflow_id = running.client.post("/api/workflows/reforecast", body)["workflow_id"]
    running.kill("worker")
    running.messages_until(workflow_id, "workflow_complete")
    revised_id = running.client.get(f"/api/workflows/{workflow_id}")["forecast_id"]
    assert running.client.get(f"/api/forecasts/{revised_id}")["original_id"] == approved
