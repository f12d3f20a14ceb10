"""The approval as Prefect tasks: what is asked goes on record, and the decision is read from there."""

from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from schemas.settings import get_settings
from tasks.approval import service
from tasks.approval.service import Decision
from tasks.prefect_operator import PrefectOperator
from tasks.runtime import open_database


@task(name="request_approval", cache_policy=NO_CACHE, persist_result=False)
def request_manufacturing_approval(workflow_id: str) -> None:
    """Put the proposed order on record for a person to decide."""
    days = get_settings().approval_timeout_days
    category_id, asked = service.ask_for_order(open_database(), workflow_id, days=days)
    text = f"{asked}\n\nFlow run `{flow_run.name}` is suspended until somebody decides."
    PrefectOperator().note("approval", category_id, text)


@task(name="request_approval", cache_policy=NO_CACHE, persist_result=False)
def request_markdown_approval(workflow_id: str) -> None:
    """Put the recommended markdown on record for a person to decide."""
    days = get_settings().approval_timeout_days
    asked = service.ask_for_markdown(open_database(), workflow_id, days=days)
    PrefectOperator().note("markdown-approval", workflow_id, asked)


@task(name="read_decision", cache_policy=NO_CACHE, persist_result=False)
def read_decision(workflow_id: str, kind: str) -> Decision | None:
    """The decision on record; None while there is none."""
    return service.read_decision(open_database(), workflow_id, kind)


@task(name="seconds_to_decide", cache_policy=NO_CACHE, persist_result=False)
def seconds_to_decide(workflow_id: str, kind: str) -> int:
    """How long a decision is still waited for."""
    return service.seconds_to_decide(open_database(), workflow_id, kind, now=datetime.now(UTC))
