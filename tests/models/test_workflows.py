import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_values import order_of

from models.approvals import (
    ApprovalRecord,
    decide,
    decided_but_not_resumed,
    list_approvals,
    mark_resumed,
    request_approval,
)
from models.session import Database
from models.states import page_of_standings
from models.stream import append_message, messages_after
from models.workflows import (
    NewWorkflow,
    create_workflow,
    get_workflow,
    load_season_parameters,
    load_stage_result,
    save_season_parameters,
    save_stage_result,
)
from schemas.errors import NotFoundError, WrongStateError
from schemas.messages import Agent, AgentProgress, AgentStarted, WorkflowComplete
from schemas.parameters import SeasonParameters
from schemas.stages import WorkflowType

pytestmark = pytest.mark.database
NOW = datetime(2025, 1, 6, 9, tzinfo=UTC)
STARTED = AgentStarted(agent=Agent.DEMAND, stage="forecast_demand")


def new_workflow(unique="1", key=None, request=None, at=NOW):
    return NewWorkflow(
        workflow_type=WorkflowType.FORECAST,
        category_id=None,
        request=request or {"user_input": "12 weeks"},
        created_at=at,
        unique=unique,
        idempotency_key=key,
    )


@pytest.fixture
def workflow_id(database):
    with database.write() as session:
        return create_workflow(session, new_workflow())[0].workflow_id


def test_the_same_key_gives_the_same_workflow(database):
    with database.write() as session:
        first, made = create_workflow(session, new_workflow("1", key="k"))
    with database.write() as session:
        second, made_again = create_workflow(session, new_workflow("2", key="k"))

    assert (first.workflow_id, made, made_again) == (second.workflow_id, True, False)


def test_a_key_used_for_another_request_is_refused(database):
    with database.write() as session:
        create_workflow(session, new_workflow("1", key="k"))

    with pytest.raises(WrongStateError, match="'k'"), database.write() as session:
        create_workflow(session, new_workflow("2", key="k", request={"user_input": "other"}))


def test_what_is_unique_makes_one_workflow_also_without_a_key(database):
    for made_now in (True, False):
        with database.write() as session:
            assert create_workflow(session, new_workflow("reforecast fc_1 week 3"))[1] is made_now


def test_the_same_key_sent_ten_times_at_once_makes_one_workflow(database):
    def send(number):
        with database.write() as session:
            workflow, made = create_workflow(session, new_workflow(str(number), key="k"))
            return workflow.workflow_id, made

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(send, range(10)))

    assert len({workflow_id for workflow_id, _ in answers}) == 1
    assert sum(made for _, made in answers) == 1


def test_an_unknown_workflow_is_named(database):
    with pytest.raises(NotFoundError, match="wf_nothing"), database.read() as session:
        get_workflow(session, "wf_nothing")


def test_pages_go_from_new_to_old_without_a_gap_or_a_repeat(database):
    with database.write() as session:
        for minute in range(7):
            create_workflow(session, new_workflow(str(minute), at=NOW + timedelta(minutes=minute // 2)))
    seen, before = [], None
    with database.read() as session:
        while page := [row.workflow for row in page_of_standings(session, limit=3, before=before)]:
            seen += [row.workflow_id for row in page]
            before = (page[-1].created_at, page[-1].workflow_id)
        everything = [row.workflow.workflow_id for row in page_of_standings(session, limit=100)]

    assert seen == everything
    assert len(set(seen)) == 7


def test_times_come_back_aware_and_in_utc(database, workflow_id):
    with database.read() as session:
        assert get_workflow(session, workflow_id).created_at == NOW


def test_a_message_with_a_known_key_is_stored_once(database, workflow_id):
    with database.write() as session:
        assert append_message(session, workflow_id, "a", STARTED, NOW) is not None
        assert append_message(session, workflow_id, "a", STARTED, NOW) is None

    with database.read() as session:
        assert [row.sequence for row in messages_after(session, workflow_id, 0)] == [1]


def test_nothing_follows_the_end_of_a_stream(database, workflow_id):
    with database.write() as session:
        append_message(session, workflow_id, "end", WorkflowComplete(duration_seconds=1, result={}), NOW)
        assert append_message(session, workflow_id, "late", STARTED, NOW) is None


def test_eight_writers_at_once_leave_no_gap_in_the_numbers(database, workflow_id):
    def write(writer):
        for number in range(10):
            message = AgentProgress(agent=Agent.DEMAND, message=f"{writer}", progress_pct=number)
            with database.write() as session:
                append_message(session, workflow_id, f"{writer}:{number}", message, NOW)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))

    with database.read() as session:
        assert [row.sequence for row in messages_after(session, workflow_id, 0)] == list(range(1, 81))


def test_a_stage_run_twice_keeps_one_result(database, workflow_id):
    for units in (1, 2):
        with database.write() as session:
            save_stage_result(
                session,
                workflow_id,
                "forecast_demand",
                agent=Agent.DEMAND,
                summary={"units": units},
                started_at=NOW,
                completed_at=NOW,
            )
    with database.read() as session:
        assert load_stage_result(session, workflow_id, "forecast_demand").summary == {"units": 2}


def test_season_parameters_come_back_as_they_went_in(database, workflow_id):
    parameters = SeasonParameters(season_start_date=date(2025, 2, 17), markdown_checkpoint_week=6)
    with database.write() as session:
        save_season_parameters(session, workflow_id, parameters, user_input="12 weeks")

    with database.read() as session:
        assert load_season_parameters(session, workflow_id) == parameters


def ask(database, workflow_id):
    with database.write() as session:
        approval = ApprovalRecord(
            workflow_id=workflow_id,
            kind="manufacturing",
            requested_at=NOW,
            expires_at=NOW + timedelta(days=30),
            data=order_of(120),
        )
        request_approval(session, approval)


def test_of_ten_deciders_at_once_one_wins(database, workflow_id):
    ask(database, workflow_id)

    def attempt(number):
        try:
            with database.write() as session:
                decide(
                    session,
                    workflow_id,
                    "manufacturing",
                    decision="accept",
                    decided_by=f"planner {number}",
                    at=NOW,
                    after=order_of(100 + number),
                )
        except WrongStateError:
            return None
        return number

    with ThreadPoolExecutor(10) as pool:
        winners = [number for number in pool.map(attempt, range(10)) if number is not None]

    assert len(winners) == 1
    with database.read() as session:
        [approval] = decided_but_not_resumed(session)
        assert approval.decided_by == f"planner {winners[0]}"
        assert approval.before == order_of(120)
        assert approval.after == order_of(100 + winners[0])


def test_nobody_decides_what_has_expired(database, workflow_id):
    ask(database, workflow_id)
    late = NOW + timedelta(days=30)

    with pytest.raises(WrongStateError, match="expired at 2025-02-05 09:00 UTC"), database.write() as session:
        decide(session, workflow_id, "manufacturing", decision="accept", decided_by="tom", at=late)


def test_a_decision_is_passed_on_until_its_run_was_told(database, workflow_id):
    ask(database, workflow_id)
    with database.write() as session:
        decide(session, workflow_id, "manufacturing", decision="reject", decided_by="anna", at=NOW)
    with database.write() as session:
        assert len(decided_but_not_resumed(session)) == 1
        mark_resumed(session, workflow_id, "manufacturing", NOW)
    with database.read() as session:
        assert decided_but_not_resumed(session) == []


def test_asking_again_keeps_the_first_question(database, workflow_id):
    ask(database, workflow_id)
    with database.write() as session:
        again = ApprovalRecord(
            workflow_id=workflow_id, kind="manufacturing", requested_at=NOW, expires_at=NOW, data=order_of(7)
        )
        assert request_approval(session, again).data == order_of(120)


def test_asked_by_six_at_once_there_is_one_question(database, workflow_id):
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: ask(database, workflow_id), range(6)))

    with database.read() as session:
        assert len(list_approvals(session, workflow_id)) == 1


def test_a_stage_that_is_storing_its_result_holds_up_no_message(database, workflow_id):
    if database.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    with database.write() as stage:
        save_stage_result(
            stage,
            workflow_id,
            "forecast_demand",
            agent=Agent.DEMAND,
            summary={},
            started_at=NOW,
            completed_at=NOW,
        )
        stage.flush()
        with database.write() as session:
            session.connection().exec_driver_sql("SET LOCAL lock_timeout = '5s'")
            assert append_message(session, workflow_id, "a", STARTED, NOW) is not None


@settings(max_examples=25)
@given(writes=st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=12))
def test_whatever_is_appended_numbers_have_no_gap_and_nothing_follows_the_end(sqlite_template, writes):
    with TemporaryDirectory() as folder, closing(fresh_copy(sqlite_template, folder)) as database:
        with database.write() as session:
            workflow = create_workflow(session, new_workflow())[0].workflow_id
            for key, ends in writes:
                append_message(session, workflow, "end" if ends else str(key), STARTED, NOW)
        with database.read() as session:
            stored = messages_after(session, workflow, 0)
    assert [row.sequence for row in stored] == list(range(1, len(stored) + 1))
    assert "end" not in [row.key for row in stored[:-1]]
    assert len({row.key for row in stored}) == len(stored)


def fresh_copy(template, folder):
    return Database(f"sqlite:///{shutil.copy(template, folder)}")
