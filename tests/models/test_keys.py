"""The keys of clients: each client's own, apart from the keys of work that a season calls for by itself."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from models.keys import ClientKey, create_for_client, digest_of
from models.workflows import NewWorkflow, create_workflow
from schemas.errors import WrongStateError
from schemas.stages import WorkflowType

pytestmark = pytest.mark.database
NOW = datetime(2025, 1, 6, 9, tzinfo=UTC)
KEPT = timedelta(days=30)


def new_workflow(unique, at=NOW, kind=WorkflowType.FORECAST, key=None):
    return NewWorkflow(kind, None, {"n": 1}, at, unique, key)


def key_of(client="anna", key="spring", body=None):
    return ClientKey(client, key, digest_of(body or {"weeks": 12}), KEPT)


def started(database, unique, key, at=NOW):
    with database.write() as session:
        workflow, is_new = create_for_client(session, new_workflow(unique, at), key)
        return workflow.workflow_id, is_new


def test_the_same_key_stands_for_the_same_workflow_whatever_the_order_of_the_fields(database):
    first, is_new = started(database, "1", key_of(body={"weeks": 12, "start": "a"}))
    assert is_new
    assert started(database, "2", key_of(body={"start": "a", "weeks": 12})) == (first, False)


def test_the_same_key_with_another_body_is_a_conflict(database):
    started(database, "1", key_of())
    with pytest.raises(WrongStateError, match="another request"):
        started(database, "2", key_of(body={"weeks": 10}))


def test_one_clients_key_is_not_anothers(database):
    first, _ = started(database, "1", key_of("anna"))
    second, is_new = started(database, "2", key_of("tom", body={"weeks": 10}))
    assert is_new
    assert second != first


def test_a_key_is_forgotten_after_its_time(database):
    first, _ = started(database, "1", key_of())
    late = NOW + KEPT + timedelta(seconds=1)
    second, is_new = started(database, "2", key_of(body={"weeks": 10}), late)
    assert is_new
    assert second != first


def test_no_clients_key_takes_the_key_of_work_that_a_season_calls_for(database):
    internal = "reforecast:fc_0123456789abcdef:3"
    taken, _ = started(database, "1", key_of(key=internal))
    called_for = new_workflow(internal, kind=WorkflowType.REFORECAST, key=internal)
    with database.write() as session:
        workflow, is_new = create_workflow(session, called_for)
    assert is_new
    assert workflow.workflow_id != taken
    assert started(database, "2", key_of(key=internal)) == (taken, False)


def test_a_key_from_before_keys_had_owners_still_stands_for_its_workflow(database):
    with database.write() as session:
        old, _ = create_workflow(session, new_workflow("1", key="spring"))
    assert started(database, "2", key_of()) == (old.workflow_id, False)


def test_of_many_at_once_with_one_key_one_records_and_the_others_find(database):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: started(database, str(n), key_of()), range(8)))
    assert len({workflow_id for workflow_id, _ in found}) == 1
    assert sum(is_new for _, is_new in found) == 1
