"""Waiting for a person: the run is suspended, and lives through the death of every process meanwhile."""

from itertools import count

from prefect import get_run_logger, suspend_flow_run

from tasks.approval.service import Decision
from tasks.approval.task import read_decision, seconds_to_decide


def wait_for_decision(workflow_id: str, kind: str) -> Decision:
    """The decision on record; while there is none the run is suspended.

    Only the approvals endpoint puts a decision on record. A run that was resumed by another way (the engine's
    own UI or API) finds none and is suspended again, under another key: one that has fired suspends no more.

    Raises:
        WrongStateError: nobody decided in time.
        FlowPauseTimeout: nobody decided in time, and the engine saw it first.
    """
    for attempt in count():
        decision = read_decision(workflow_id, kind)
        if decision is not None:
            get_run_logger().info(decision.sentence)
            return decision
        if attempt:
            get_run_logger().warning(
                f"the run was resumed, and no {kind} decision of {workflow_id} is on record: it waits again; "
                "decide with POST /api/approvals"
            )
        key = f"{kind}-{attempt}" if attempt else kind
        suspend_flow_run(key=key, timeout=seconds_to_decide(workflow_id, kind))
    raise AssertionError("a count has no end")
