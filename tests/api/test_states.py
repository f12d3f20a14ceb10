"""Workflows while Prefect is away: they are taken on, read, cancelled and refused out of the database."""

from datetime import UTC, datetime, timedelta

import pytest

from models.session import Database
from models.states import Learnt, give_run, learn
from schemas.workflows import WorkflowStatus

NOW = datetime(2025, 1, 6, 9, tzinfo=UTC)


@pytest.fixture
def database(settings, client):
    database = Database(settings.resolved_database_url)
    yield database
    database.close()


def start(client, weeks=12):
    body = {
        "category_id": "womens_dresses",
        "parameters": {"season_start_date": "2025-02-17", "forecast_horizon_weeks": weeks},
    }
    answer = client.post("/api/workflows/forecast", json=body)
    assert answer.status_code == 202, answer.text
    return answer.json()["workflow_id"]


def become(database, workflow_id, status, error=None):
    with database.write() as session:
        give_run(session, workflow_id, f"run of {workflow_id}")
        learnt = Learnt(WorkflowStatus(status), NOW + timedelta(hours=1), NOW, error)
        learn(session, workflow_id, f"run of {workflow_id}", learnt)


def test_what_is_asked_for_is_taken_on_and_waits_in_line(client):
    ids = [start(client) for _ in range(3)]
    views = [client.get(f"/api/workflows/{each}").json() for each in ids]
    assert [(view["status"], view["queue_position"]) for view in views] == [("pending", n) for n in (1, 2, 3)]
    listed = client.get("/api/workflows?status=pending").json()["workflows"]
    assert [view["workflow_id"] for view in listed] == ids[::-1]
    assert client.get("/api/workflows?status=running").json()["workflows"] == []


def test_what_waits_without_a_run_can_be_cancelled_and_its_stream_says_so(client):
    workflow_id = start(client)
    assert client.post(f"/api/workflows/{workflow_id}/cancel").status_code == 202
    assert client.get(f"/api/workflows/{workflow_id}").json()["status"] == "cancelled"
    with client.websocket_connect(f"/api/workflows/{workflow_id}/stream") as line:
        last = line.receive_json()
    assert (last["type"], last["error_message"]) == ("error", "Cancelled on request.")
    assert client.post(f"/api/workflows/{workflow_id}/cancel").status_code == 409
    results = client.get(f"/api/workflows/{workflow_id}/results").json()
    assert (results["status"], results["error_message"]) == ("cancelled", "Cancelled on request.")


def test_results_wait_for_the_end(client, database):
    workflow_id = start(client)
    assert client.get(f"/api/workflows/{workflow_id}/results").status_code == 409
    become(database, workflow_id, "completed")
    results = client.get(f"/api/workflows/{workflow_id}/results").json()
    assert results["status"] == "completed"
    assert "workflow_duration_seconds" in results["output_data"]


def test_an_operator_runs_a_failed_workflow_once_more(client, database):
    workflow_id = start(client)
    assert client.post(f"/api/workflows/{workflow_id}/retry").status_code == 409
    become(database, workflow_id, "failed", "its process died")
    assert client.get(f"/api/workflows/{workflow_id}").json()["error_message"] == "its process died"
    answer = client.post(f"/api/workflows/{workflow_id}/retry")
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    view = client.get(f"/api/workflows/{workflow_id}").json()
    assert (view["status"], view["attempts"], view["error_message"]) == ("pending", 2, None)
    assert client.post("/api/workflows/wf_nothing/retry").status_code == 404


def test_a_list_of_any_length_costs_the_same_number_of_queries(client, database, count_queries):
    start(client)
    with count_queries() as for_one:
        client.get("/api/workflows?limit=50")
    for _ in range(10):
        start(client)
    with count_queries() as for_many:
        assert len(client.get("/api/workflows?limit=50").json()["workflows"]) == 11
    assert len(for_many) == len(for_one) <= 2
