"""Faults that a service lives through: killed flows, too many at once, and a database without its engine."""

import os
import signal
import time
from pathlib import Path

import pytest

from models.backup import backup, restore
from schemas.errors import FashionForecastError
from schemas.settings import Settings

pytestmark = [pytest.mark.service, pytest.mark.timeout(600)]
MANY = 8


def children(pid):
    """Processes that this one started itself."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(") ")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        if parent == pid:
            found.append(int(entry.name))
    return found


def flow_processes(running):
    """Processes of flow runs: the fork server's children, without what those start themselves."""
    worker = running.service.parts["worker"].process
    return [each for server in children(worker.pid) for each in children(server)]


def test_a_flow_whose_process_is_killed_runs_again_and_doubles_nothing(running):
    workflow_id = running.start()
    for message in running.client.messages(workflow_id):
        if message["type"] == "agent_progress":
            break
    for process in flow_processes(running):
        os.kill(process, signal.SIGKILL)

    messages = running.messages_until(workflow_id, "human_input_required", "error")

    assert messages[-1]["type"] == "human_input_required"
    completed = [message["stage"] for message in messages if message["type"] == "agent_completed"]
    assert len(set(completed)) == len(completed)
    running.client.post(f"/api/workflows/{workflow_id}/cancel", {})


def test_a_failed_workflow_is_run_once_more_and_its_stream_goes_on(running):
    workflow_id = running.start(season_start_date="2020-01-06")
    before = running.messages_until(workflow_id, "error")
    view = running.wait_for_status(workflow_id, "failed")
    running.client.post(f"/api/workflows/{workflow_id}/retry", {})
    after = running.messages_until(workflow_id, "error", after=before[-1]["sequence"])
    assert "no sales before 2020-01-06" in after[-1]["error_message"]
    again = running.wait_for_status(workflow_id, "failed")
    assert (view["attempts"], again["attempts"]) == (1, 2)
    assert again["prefect_url"] != view["prefect_url"]


def test_many_at_once_wait_in_line_and_no_more_run_than_the_worker_may(running):
    ids = [running.start() for _ in range(MANY)]
    most, waiting = 0, set(ids)
    deadline = time.monotonic() + 400
    while waiting and time.monotonic() < deadline:
        most = max(most, len(flow_processes(running)))
        views = {each: running.client.get(f"/api/workflows/{each}") for each in waiting}
        assert all(view["queue_position"] for view in views.values() if view["status"] == "pending")
        waiting = {each for each, view in views.items() if view["status"] != "awaiting_approval"}
        time.sleep(0.2)
    for each in ids:
        running.client.post(f"/api/workflows/{each}/cancel", {})
    assert waiting == set()
    assert 0 < most <= running.settings.worker_limit


def test_a_cancelled_plan_cannot_be_approved_any_more(running):
    workflow_id = running.start()
    running.messages_until(workflow_id, "human_input_required")
    running.client.post(f"/api/workflows/{workflow_id}/cancel", {})
    with pytest.raises(FashionForecastError, match="cancelled"):
        running.decide(workflow_id, "accept")


def test_a_backup_of_a_running_service_goes_on_beside_an_empty_engine(running, start_service, tmp_path):
    workflow_id = running.start()
    running.messages_until(workflow_id, "human_input_required")
    running.wait_for_status(workflow_id, "awaiting_approval")
    file = tmp_path / "backup.db"
    backup(running.settings.resolved_database_url, file)

    settings = Settings(
        home=tmp_path / "other", api_port=0, prefect_port=0, database_url="", prefect_api_url=""
    )
    restore(settings.resolved_database_url, file)
    other = start_service(settings)
    other.decide(workflow_id, "accept")
    messages = other.messages_until(workflow_id, "workflow_complete", "error")

    assert messages[-1]["type"] == "workflow_complete"
    assert [message["sequence"] for message in messages] == list(range(1, len(messages) + 1))
    forecast_id = other.wait_for_status(workflow_id, "completed")["forecast_id"]
    assert other.client.get(f"/api/allocations/{forecast_id}")["status"] == "approved"
    running.client.post(f"/api/workflows/{workflow_id}/cancel", {})
