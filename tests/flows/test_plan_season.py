"""A season is planned by the real flow: suspended until a person decides, then made final or ended."""

from datetime import datetime

import pytest
from flow_runs import REAL_FLOWS, Engine
from prefect.client.schemas.objects import StateType
from small_retailer import PARAMETERS, Prepared

from models.approvals import MANUFACTURING, find_approval
from models.plans import Allocation, Forecast, find_allocation, find_markdown_of, require_forecast_of
from models.workflows import list_stage_results
from schemas.economics import NOTHING_GIVEN

pytestmark = REAL_FLOWS


def stages_of(engine: Engine, workflow_id: str) -> dict[str, datetime]:
    """The workflow's stages that ended, and when."""
    with engine.database.read() as session:
        return {each.stage: each.completed_at for each in list_stage_results(session, workflow_id)}


def plan_of(engine: Engine, workflow_id: str) -> tuple[Forecast, Allocation]:
    with engine.database.read() as session:
        forecast = require_forecast_of(session, workflow_id)
        allocation = find_allocation(session, forecast.forecast_id)
    assert allocation is not None
    return forecast, allocation


def test_a_plan_waits_for_its_approval_and_goes_on_where_it_stopped(engine: Engine) -> None:
    workflow_id = engine.season.record(PARAMETERS, NOTHING_GIVEN)
    engine.start()
    assert engine.run(workflow_id).type == StateType.PAUSED
    before = stages_of(engine, workflow_id)
    forecast, proposed = plan_of(engine, workflow_id)
    assert proposed.status == "proposed"

    engine.season.decide(workflow_id, MANUFACTURING, "accept")
    engine.resume(workflow_id, {"action": "accept", "decided_by": "anna", "note": ""})
    assert engine.run(workflow_id).type == StateType.COMPLETED

    after = stages_of(engine, workflow_id)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"finalise_order", "plan_markdown"}
    again, order = plan_of(engine, workflow_id)
    assert order.status == "approved"
    assert order.manufacturing_qty == proposed.manufacturing_qty
    assert again.weekly_demand_curve == forecast.weekly_demand_curve
    with engine.database.read() as session:
        markdown = find_markdown_of(session, workflow_id)
    assert markdown is not None
    assert (markdown.status, markdown.week_number) == ("planned", PARAMETERS.markdown_checkpoint_week)


def test_a_plan_that_is_rejected_ends_without_an_order(engine: Engine, prepared: Prepared) -> None:
    workflow_id = engine.season.record(PARAMETERS, NOTHING_GIVEN)
    engine.season.foresee(workflow_id, prepared.forecast)
    engine.start()
    assert engine.run(workflow_id).type == StateType.PAUSED

    engine.season.decide(workflow_id, MANUFACTURING, "reject")
    engine.resume(workflow_id, {"action": "reject", "decided_by": "anna", "note": ""})
    ended = engine.run(workflow_id)

    assert ended.type == StateType.CANCELLED
    assert "rejected by anna" in str(ended.message)
    assert plan_of(engine, workflow_id)[1].status == "rejected"
    assert "plan_markdown" not in stages_of(engine, workflow_id)


def test_a_run_that_is_resumed_behind_our_back_waits_again_and_says_so(
    engine: Engine, prepared: Prepared, caplog: pytest.LogCaptureFixture
) -> None:
    workflow_id = engine.season.record(PARAMETERS, NOTHING_GIVEN)
    engine.season.foresee(workflow_id, prepared.forecast)
    engine.start()
    assert engine.run(workflow_id).type == StateType.PAUSED

    for _ in range(2):
        engine.resume(workflow_id, {"action": "accept", "decided_by": "somebody", "note": "by hand"})
        assert engine.run(workflow_id).type == StateType.PAUSED
    with engine.database.read() as session:
        approval = find_approval(session, workflow_id, MANUFACTURING)
    assert approval is not None
    assert approval.decision is None
    assert "it waits again" in caplog.text

    engine.season.decide(workflow_id, MANUFACTURING, "accept")
    engine.resume(workflow_id, {})
    assert engine.run(workflow_id).type == StateType.COMPLETED
    assert plan_of(engine, workflow_id)[1].status == "approved"
