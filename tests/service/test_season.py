import threading

import pytest

from schemas.errors import FashionForecastError

pytestmark = [pytest.mark.service, pytest.mark.timeout(600)]


def assert_in_order(messages):
    """Numbered without a gap; progress never falls; a stage starts before it ends and does each once."""
    assert [message["sequence"] for message in messages] == list(range(1, len(messages) + 1))
    told = [message["progress_pct"] for message in messages if message["type"] == "agent_progress"]
    assert told == sorted(told)
    started = [message["stage"] for message in messages if message["type"] == "agent_started"]
    completed = [message["stage"] for message in messages if message["type"] == "agent_completed"]
    assert len(set(started)) == len(started)
    assert len(set(completed)) == len(completed)
    for message in messages:
        if message["type"] == "agent_completed":
            earlier = messages[: message["sequence"] - 1]
            assert any(
                each["type"] == "agent_started" and each["stage"] == message["stage"] for each in earlier
            )


def assert_units_add_up(client, forecast_id):
    forecast = client.get(f"/api/forecasts/{forecast_id}")
    allocation = client.get(f"/api/allocations/{forecast_id}")
    stores = allocation["store_allocations"]
    assert (
        sum(week["forecasted_units"] for week in forecast["weekly_demand_curve"])
        == forecast["total_season_demand"]
    )
    assert (
        sum(cluster["total_units"] for cluster in forecast["cluster_distribution"])
        == forecast["total_season_demand"]
    )
    assert sum(store["initial_allocation"] for store in stores) == allocation["initial_allocation_total"]
    assert sum(store["holdback_allocation"] for store in stores) == allocation["holdback_total"]
    assert (
        allocation["initial_allocation_total"] + allocation["holdback_total"]
        == allocation["manufacturing_qty"]
    )
    for store in stores:
        assert store["initial_allocation"] + store["holdback_allocation"] == store["total_season_allocation"]
    return allocation


def test_a_season_is_planned_from_a_sentence_to_the_approved_order(running):
    started = running.client.post(
        "/api/workflows/forecast",
        {
            "category_id": "Women's Dresses",
            "user_input": "12-week spring season from February 17th 2025, weekly replenishment, "
            "45% holdback, markdown at week 6 if below 60% sell-through",
        },
    )
    workflow_id = started["workflow_id"]
    before = running.messages_until(workflow_id, "human_input_required")
    asked = before[-1]
    assert asked["action"] == "approve_manufacturing_order"
    assert asked["options"] == ["modify", "accept", "reject"]
    view = running.wait_for_status(workflow_id, "awaiting_approval")
    with pytest.raises(FashionForecastError, match="once it has ended"):
        running.client.get(f"/api/workflows/{workflow_id}/results")

    modified = running.decide(workflow_id, "modify", safety_stock_pct=0.25)
    assert modified["status"] == "recalculated"
    assert modified["manufacturing_qty"] == round(modified["forecast_total"] * 1.25)
    assert running.client.get(f"/api/workflows/{workflow_id}")["status"] == "awaiting_approval"

    decided = running.decide(workflow_id, "accept", safety_stock_pct=0.25, note="opening two stores")
    after = running.messages_until(workflow_id, "workflow_complete", after=asked["sequence"])

    assert_in_order(before + after)
    agents = {message.get("agent") for message in before + after}
    assert agents >= {"Orchestrator", "Demand Agent", "Inventory Agent", "Pricing Agent"}
    allocation = assert_units_add_up(running.client, view["forecast_id"])
    assert allocation["status"] == "approved"
    assert allocation["manufacturing_qty"] == decided["manufacturing_qty"] == modified["manufacturing_qty"]
    results = running.client.get(f"/api/workflows/{workflow_id}/results")
    assert results["output_data"]["manufacturing_qty"] == decided["manufacturing_qty"]
    markdown = running.client.get(f"/api/markdowns/{view['forecast_id']}")
    assert (markdown["week_number"], markdown["target_sell_through_pct"]) == (6, 0.6)
    [record] = running.client.get(f"/api/approvals/{workflow_id}")
    assert record["before"]["manufacturing_qty"] == asked["data"]["manufacturing_qty"]
    assert record["after"]["safety_stock_pct"] == 0.25
    assert record["note"] == "opening two stores"


def test_the_same_inputs_and_seed_give_the_same_plan_to_the_unit(running):
    plans = []
    for _ in range(2):
        workflow_id = running.start(forecast_horizon_weeks=8)
        running.messages_until(workflow_id, "human_input_required")
        forecast_id = running.client.get(f"/api/workflows/{workflow_id}")["forecast_id"]
        allocation = running.client.get(f"/api/allocations/{forecast_id}")
        curve = running.client.get(f"/api/forecasts/{forecast_id}")["weekly_demand_curve"]
        plans.append((allocation["store_allocations"], curve))
        running.client.post(f"/api/workflows/{workflow_id}/cancel", {})
        running.wait_for_status(workflow_id, "cancelled")
    assert plans[0] == plans[1]


def test_the_same_key_sent_four_times_at_once_starts_one_workflow(running):
    found = []
    threads = [threading.Thread(target=lambda: found.append(running.start(key="spring"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_of_two_deciders_one_wins_and_a_rejection_ends_the_plan(running):
    workflow_id = running.start()
    asked = running.messages_until(workflow_id, "human_input_required")[-1]
    running.decide(workflow_id, "reject", note="too late")
    with pytest.raises(FashionForecastError, match="decided already: reject"):
        running.decide(workflow_id, "accept")

    ending = running.messages_until(workflow_id, "error", after=asked["sequence"])[-1]
    assert "rejected" in ending["error_message"]
    assert "too late" in ending["error_message"]
    view = running.wait_for_status(workflow_id, "cancelled")
    assert running.client.get(f"/api/allocations/{view['forecast_id']}")["status"] == "rejected"


def test_a_season_before_any_history_fails_in_words(running):
    workflow_id = running.start(season_start_date="2020-01-06")
    ending = running.messages_until(workflow_id, "error")[-1]
    assert "no sales before 2020-01-06" in ending["error_message"]
    assert running.wait_for_status(workflow_id, "failed")["error_message"] == ending["error_message"]


def test_a_worker_killed_in_the_middle_ends_the_season_right_and_doubles_nothing(running):
    workflow_id = running.start()
    for message in running.client.messages(workflow_id):
        if message["type"] == "agent_progress":
            break
    running.kill("worker")

    messages = running.messages_until(workflow_id, "human_input_required")

    assert_in_order(messages)
    running.decide(workflow_id, "accept")
    running.messages_until(workflow_id, "workflow_complete", after=messages[-1]["sequence"])
    forecast_id = running.client.get(f"/api/workflows/{workflow_id}")["forecast_id"]
    assert_units_add_up(running.client, forecast_id)


def test_the_api_killed_in_the_middle_leaves_no_gap_in_the_stream(running):
    workflow_id = running.start()
    first = running.messages_until(workflow_id, "agent_started")
    running.kill("api")
    running.wait_until_ready()

    rest = running.messages_until(workflow_id, "human_input_required", after=first[-1]["sequence"])

    assert_in_order(first + rest)
    running.client.post(f"/api/workflows/{workflow_id}/cancel", {})


@pytest.mark.parametrize("order", [("worker", "prefect", "api"), ("api", "worker", "prefect")])
def test_an_approval_lives_through_the_death_of_every_process(running, order):
    workflow_id = running.start()
    asked = running.messages_until(workflow_id, "human_input_required")[-1]
    running.wait_for_status(workflow_id, "awaiting_approval")
    running.kill(*order)
    running.wait_until_ready()

    running.decide(workflow_id, "accept")
    messages = running.messages_until(workflow_id, "workflow_complete")

    assert_in_order(messages)
    assert messages[asked["sequence"] - 1] == asked
    running.wait_for_status(workflow_id, "completed")
