from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sample_values import order_of

from models import schema
from models.approvals import ApprovalRecord, decide, find_approval, request_approval
from models.session import Database, make_engine
from models.states import (
    Learnt,
    cancel,
    count_handed_over,
    forget_run,
    give_run,
    learn,
    page_of_standings,
    retry,
    settle,
    standing,
    unsettled,
    waiting_for_run,
)
from models.stream import append_message, messages_after, messages_from
from models.workflows import NewWorkflow, create_workflow, get_workflow
from schemas.errors import WrongStateError
from schemas.messages import Agent, AgentCompleted, AgentProgress, AgentStarted, ErrorMessage
from schemas.stages import FORECAST_DEMAND, WorkflowType
from schemas.workflows import WorkflowStatus

pytestmark = pytest.mark.database
NOW = datetime(2025, 1, 6, 9, tzinfo=UTC)
STARTED = AgentStarted(agent=Agent.DEMAND, stage="forecast_demand")


@pytest.fixture
def add(database):
    """Records a workflow; gives its id."""

    def write(unique="1", at=NOW):
        with database.write() as session:
            new = NewWorkflow(WorkflowType.FORECAST, None, {}, at, unique=unique)
            return create_workflow(session, new)[0].workflow_id

    return write


def tell(database, workflow_id, status, at=NOW, error=None, run="run"):
    with database.write() as session:
        if get_workflow(session, workflow_id).flow_run_id is None:
            give_run(session, workflow_id, run)
        learn(session, workflow_id, run, Learnt(WorkflowStatus(status), at, NOW, error))


def row(database, workflow_id):
    with database.read() as session:
        return get_workflow(session, workflow_id)


@pytest.mark.parametrize("end", ["completed", "failed", "cancelled"])
def test_a_workflow_that_has_ended_stays_as_it_ended(database, add, end):
    workflow_id = add()
    tell(database, workflow_id, end, error="why")
    for later in WorkflowStatus:
        tell(database, workflow_id, later, NOW + timedelta(hours=1))

    ended = row(database, workflow_id)
    assert (ended.status, ended.completed_at, ended.settled_at) == (end, NOW, NOW)
    with pytest.raises(WrongStateError, match=end), database.write() as session:
        cancel(session, workflow_id, NOW, "enough")


def test_what_is_learnt_of_an_earlier_run_is_not_taken_up(database, add):
    workflow_id = add()
    tell(database, workflow_id, "running", run="new")
    with database.write() as session:
        learn(session, workflow_id, "old", Learnt(WorkflowStatus.FAILED, NOW, NOW, "gone"))
    assert row(database, workflow_id).status == "running"


def test_messages_carry_the_state_along(database, add):
    workflow_id = add()
    progress = AgentProgress(agent=Agent.DEMAND, message="half", progress_pct=30)
    done = AgentCompleted(agent=Agent.DEMAND, duration_seconds=1, result={}, stage="forecast_demand")
    for key, message, reached in (
        ("a", STARTED, 0),
        ("b", progress, 30),
        ("c", done, FORECAST_DEMAND.end_pct),
    ):
        with database.write() as session:
            append_message(session, workflow_id, key, message, NOW)
        told = row(database, workflow_id)
        assert (told.current_agent, told.progress_pct) == (Agent.DEMAND, reached)


def test_who_waits_is_told_the_place_in_the_queue_and_the_first_is_started_first(database, add):
    ids = [add(str(n), NOW + timedelta(seconds=n)) for n in range(4)]
    tell(database, ids[1], "running")
    with database.read() as session:
        assert [each.workflow_id for each in waiting_for_run(session, 2)] == [ids[0], ids[2]]
        assert [standing(session, each).queue_position for each in ids] == [1, None, 2, 3]
        assert count_handed_over(session) == 0
    with database.write() as session:
        give_run(session, ids[0], "first")
    with database.read() as session:
        assert count_handed_over(session) == 1
        assert [each.workflow_id for each in waiting_for_run(session, 9)] == ids[2:]


def test_a_list_by_status_goes_from_page_to_page_in_the_database(database, add):
    ids = [add(str(n), NOW + timedelta(seconds=n)) for n in range(9)]
    for n, workflow_id in enumerate(ids):
        tell(database, workflow_id, "completed" if n % 2 else "running", run=f"run {n}")
    seen, before = [], None
    with database.read() as session:
        while page := page_of_standings(session, limit=2, before=before, status=WorkflowStatus.COMPLETED):
            seen += [each.workflow.workflow_id for each in page]
            before = (page[-1].workflow.created_at, page[-1].workflow.workflow_id)
    assert seen == ids[7::-2]


def test_a_run_that_prefect_lost_is_asked_for_again(database, add):
    workflow_id = add()
    tell(database, workflow_id, "awaiting_approval")
    with database.write() as session:
        forget_run(session, workflow_id, "another")
        assert waiting_for_run(session, 9) == []
        forget_run(session, workflow_id, "run")
        assert [each.workflow_id for each in waiting_for_run(session, 9)] == [workflow_id]


def test_a_cancelled_workflow_is_looked_at_until_its_run_has_ended_too(database, add):
    workflow_id = add()
    with database.write() as session:
        cancel(session, workflow_id, NOW, "enough")
        settle(session, workflow_id, NOW)
    with database.read() as session:
        assert unsettled(session) == []
        assert waiting_for_run(session, 9) == []
        assert [message.key for message in messages_after(session, workflow_id, 0)] == ["end"]
    with database.write() as session:
        give_run(session, workflow_id, "made meanwhile")
    with database.read() as session:
        assert [each.workflow_id for each in unsettled(session)] == [workflow_id]


def ask(database, workflow_id, days=30):
    with database.write() as session:
        asked = ApprovalRecord(
            workflow_id=workflow_id,
            kind="manufacturing",
            requested_at=NOW,
            expires_at=NOW + timedelta(days=days),
            data=order_of(120),
        )
        request_approval(session, asked)


def test_nobody_decides_for_a_workflow_that_was_cancelled(database, add):
    workflow_id = add()
    ask(database, workflow_id)
    with database.write() as session:
        cancel(session, workflow_id, NOW, "enough")
    with pytest.raises(WrongStateError, match="cancelled"), database.write() as session:
        decide(session, workflow_id, "manufacturing", decision="accept", decided_by="anna", at=NOW)


def test_only_what_failed_is_run_again_and_its_stream_goes_on(database, add):
    workflow_id = add()
    with pytest.raises(WrongStateError, match="pending"), database.write() as session:
        retry(session, workflow_id, NOW)
    with database.write() as session:
        append_message(session, workflow_id, "a", STARTED, NOW)
        append_message(session, workflow_id, "end", ErrorMessage(agent=Agent.DEMAND, error_message="x"), NOW)
    tell(database, workflow_id, "failed", error="x")

    with database.write() as session:
        retry(session, workflow_id, NOW)

    again = row(database, workflow_id)
    assert (again.status, again.attempts, again.error_message, again.completed_at) == (
        "pending",
        2,
        None,
        None,
    )
    with database.write() as session:
        assert [each.workflow_id for each in waiting_for_run(session, 9)] == [workflow_id]
        for key in ("b", "end"):
            append_message(session, workflow_id, key, STARTED, NOW)
        assert [each.key for each in messages_after(session, workflow_id, 0)] == ["a", "end:1", "b", "end"]


def test_an_approval_that_expired_is_asked_anew_after_a_retry(database, add):
    workflow_id = add()
    ask(database, workflow_id, days=-1)
    with database.write() as session:
        append_message(session, workflow_id, "manufacturing:asked", STARTED, NOW)
    tell(database, workflow_id, "failed", error="expired")
    with database.write() as session:
        retry(session, workflow_id, NOW)
        assert find_approval(session, workflow_id, "manufacturing") is None
        assert append_message(session, workflow_id, "manufacturing:asked", STARTED, NOW) is not None


def test_of_two_retries_at_once_one_counts(database, add):
    workflow_id = add()
    tell(database, workflow_id, "failed", error="x")

    def attempt(_):
        try:
            with database.write() as session:
                retry(session, workflow_id, NOW)
        except WrongStateError:
            return 0
        return 1

    with ThreadPoolExecutor(5) as pool:
        assert sum(pool.map(attempt, range(5))) == 1
    assert row(database, workflow_id).attempts == 2


def test_who_reads_all_streams_in_their_order_misses_nothing_while_others_write(database, add):
    ids = [add(str(n)) for n in range(4)]

    def write(workflow_id):
        for number in range(12):
            with database.write() as session:
                append_message(session, workflow_id, str(number), STARTED, NOW)

    seen, position = [], 0
    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(write, workflow_id) for workflow_id in ids]
        while len(seen) < 48:
            written = all(each.done() for each in writing)
            with database.read() as session:
                page = messages_from(session, position, 5)
            seen += [(each.workflow_id, each.sequence) for each in page]
            position = page[-1].position if page else position
            assert page or not written
    for workflow_id in ids:
        assert [sequence for each, sequence in seen if each == workflow_id] == list(range(1, 13))


def test_old_workflows_get_the_state_that_their_streams_tell(empty_database_url):
    """As they were before the state was kept: none, waiting, rejected, cancelled, failed, completed."""
    url = empty_database_url
    schema.upgrade(url, "0004")
    told = {
        "pending": [],
        "running": [("a", "agent_progress", {"agent": "Demand Agent", "progress_pct": 30.0})],
        "awaiting_approval": [("b", "human_input_required", {"agent": "Inventory Agent"})],
        "completed": [("end", "workflow_complete", {"result": {}})],
        "failed": [("end", "error", {"agent": "Demand Agent", "error_message": "no sales"})],
        "cancelled": [
            ("end", "error", {"agent": "Orchestrator", "error_message": "the order was rejected by a"})
        ],
    }
    engine = make_engine(url)
    meta = sa.MetaData()
    with engine.begin() as connection:
        meta.reflect(connection)
        workflows, logs = meta.tables["workflows"], meta.tables["workflow_logs"]
        for minute, (name, messages) in enumerate(told.items()):
            at = NOW + timedelta(minutes=minute)
            values = {"workflow_id": name, "workflow_type": "forecast", "request": {}, "created_at": at}
            connection.execute(workflows.insert().values(**values))
            for number, (key, kind, payload) in enumerate(messages, start=1):
                message = {"workflow_id": name, "sequence": number, "key": key, "type": kind}
                connection.execute(logs.insert().values(**message, payload=payload, timestamp=at))
    engine.dispose()

    schema.upgrade(url)

    database = Database(url)
    with database.read() as session:
        for name in told:
            assert get_workflow(session, name).status == name
        assert get_workflow(session, "running").progress_pct == 30
        assert get_workflow(session, "completed").progress_pct == 100
        assert get_workflow(session, "failed").error_message == "no sales"
        assert {each.workflow_id for each in unsettled(session)} == {
            "pending",
            "running",
            "awaiting_approval",
        }
        assert [each.position for each in messages_from(session, 0, 99)] == [1, 2, 3, 4, 5]
    database.close()
