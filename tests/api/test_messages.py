from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from api.messages import END_KEY, FinishedStage, Known, OpenApproval, owed
from schemas.messages import Agent, ApprovalAction
from schemas.stages import STAGES
from schemas.workflows import WorkflowStatus

NOW = datetime(2025, 1, 6, 9, tzinfo=UTC)
ORDER = list(STAGES)


def known(finished=0, *, status=WorkflowStatus.RUNNING, running=(), asked=False, decided=False):
    stages = [
        FinishedStage(name, {"n": n}, NOW + timedelta(seconds=n), NOW + timedelta(seconds=n + 1))
        for n, name in enumerate(ORDER[:finished])
    ]
    question = OpenApproval(
        kind="manufacturing",
        agent=Agent.INVENTORY,
        action=ApprovalAction.MANUFACTURING,
        data={"manufacturing_qty": 120},
        requested_at=NOW + timedelta(seconds=finished),
        decided=decided,
    )
    return Known(
        status=status,
        created_at=NOW,
        status_since=NOW + timedelta(minutes=1),
        finished=stages,
        running={name: NOW + timedelta(seconds=finished) for name in running},
        approvals=[question] if asked else [],
        result={"forecast_id": "fc_1"},
        error_message="the worker caught fire",
    )


def keys(found):
    return [each.key for each in found]


def test_a_stage_that_runs_has_started():
    assert keys(owed(known(1, running=[ORDER[1]]))) == [
        f"{ORDER[0]}:started",
        f"{ORDER[0]}:completed",
        f"{ORDER[1]}:started",
    ]


def test_nobody_is_asked_before_the_run_waits():
    assert "manufacturing:asked" not in keys(owed(known(4, asked=True)))
    waiting = owed(known(4, asked=True, status=WorkflowStatus.AWAITING_APPROVAL))
    assert keys(waiting)[-1] == "manufacturing:asked"


def test_a_completed_run_ends_the_stream_with_its_result():
    last = owed(known(6, asked=True, decided=True, status=WorkflowStatus.COMPLETED))[-1]
    assert last.key == END_KEY
    assert last.message.type == "workflow_complete"
    assert last.message.duration_seconds == 60


def test_a_failed_run_names_the_agent_whose_stage_broke():
    last = owed(known(1, running=["forecast_demand"], status=WorkflowStatus.FAILED))[-1]
    assert (last.message.type, last.message.agent) == ("error", Agent.DEMAND)
    assert last.message.error_message == "the worker caught fire"


@given(st.integers(0, 6), st.sampled_from(WorkflowStatus), st.booleans())
def test_every_end_has_its_start_before_it_and_no_key_comes_twice(finished, status, asked):
    found = keys(owed(known(finished, status=status, asked=asked, running=ORDER[finished : finished + 1])))
    assert len(set(found)) == len(found)
    for key in found:
        stage, _, kind = key.partition(":")
        if kind == "completed":
            assert found.index(f"{stage}:started") < found.index(key)
