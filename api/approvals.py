"""Deciding an approval: on record first, then the run is told; one that was not told is found again."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import structlog

from api import stages
from api.engine import WorkflowEngine
from models.approvals import ApprovalRecord, decide, decided_but_not_resumed, find_approval, mark_resumed
from models.session import Database
from models.workflows import get_workflow
from schemas.decisions import MarkdownDecision
from schemas.errors import InvalidInputError, UnavailableError, WrongStateError

SWEEP_SECONDS = 5.0
SELL_THROUGH_TOLERANCE = 0.005
log = structlog.get_logger(__name__)


def open_approval(database: Database, workflow_id: str, kind: str) -> ApprovalRecord:
    """The approval that waits for a decision.

    Raises:
        NotFoundError: there is no such workflow.
        WrongStateError: nothing waits there, or it was decided already.
    """
    with database.read() as session:
        get_workflow(session, workflow_id)
        approval = find_approval(session, workflow_id, kind)
    if approval is None:
        raise WrongStateError(f"workflow {workflow_id} does not wait for a {kind} approval")
    if approval.decision is not None:
        raise WrongStateError(
            f"the {kind} approval of {workflow_id} was decided already: {approval.decision} by "
            f"{approval.decided_by} at {approval.decided_at:%Y-%m-%d %H:%M} UTC"
        )
    if approval.expires_at <= datetime.now(UTC):
        raise WrongStateError(
            f"the {kind} approval of {workflow_id} expired at {approval.expires_at:%Y-%m-%d %H:%M} UTC; "
            "plan again"
        )
    return approval


def record_decision(
    database: Database,
    approval: ApprovalRecord,
    *,
    decision: str,
    decided_by: str,
    after: dict[str, Any],
    note: str | None,
) -> None:
    """Commit a decision; of two at once one wins.

    Raises:
        WrongStateError: somebody else was quicker.
    """
    with database.write() as session:
        decide(
            session,
            approval.workflow_id,
            approval.kind,
            decision=decision,
            decided_by=decided_by,
            at=datetime.now(UTC),
            after=after,
            note=note,
        )


def decided_markdown(database: Database, approval: ApprovalRecord, asked: MarkdownDecision) -> dict[str, Any]:
    """The markdown as recommended, or weighed again at the planner's elasticity or target.

    Raises:
        InvalidInputError: the sell-through that was sent is not the one that is stored.
    """
    data = approval.data
    sent, stored = asked.actual_sell_through_pct, float(data["sell_through_pct"])
    if sent is not None and abs(sent - stored) > SELL_THROUGH_TOLERANCE:
        raise InvalidInputError(
            f"actual_sell_through_pct is {stored:.4f} by the sales on record, not {sent:.4f}"
        )
    elasticity = asked.elasticity_coefficient or float(data["elasticity_coefficient"])
    target = asked.target_sell_through_pct or float(data["target_sell_through_pct"])
    if (elasticity, target) == (data["elasticity_coefficient"], data["target_sell_through_pct"]):
        return data
    with database.read() as session:
        forecast_id = get_workflow(session, approval.workflow_id).request["forecast_id"]
    weighed = stages.weigh_again(
        database, forecast_id, data["week_number"], elasticity=elasticity, target=target
    ).model_dump(mode="json")
    return {**data, **{name: weighed[name] for name in data if name in weighed}, "details": weighed}


class Resumer:
    """Tells runs of decisions: at once, and again later where that was lost."""

    def __init__(self, database: Database, engine: WorkflowEngine) -> None:
        self._database = database
        self._engine = engine
        self._news = asyncio.Event()

    def soon(self) -> None:
        """There is a decision to pass on."""
        self._news.set()

    async def run(self) -> None:
        """Pass decisions on until cancelled."""
        while True:
            try:
                for approval, run_id in await asyncio.to_thread(self._waiting):
                    await self._resume(approval, run_id)
            except UnavailableError as error:
                log.info("resume_later", error=error.detail)
            except Exception:
                log.exception("resume_failed")
            try:
                await asyncio.wait_for(self._news.wait(), SWEEP_SECONDS)
            except TimeoutError:
                continue
            self._news.clear()

    def _waiting(self) -> list[tuple[ApprovalRecord, str]]:
        with self._database.read() as session:
            pairs = []
            for approval in decided_but_not_resumed(session):
                run_id = get_workflow(session, approval.workflow_id).flow_run_id
                if run_id is not None:
                    pairs.append((approval, run_id))
            return pairs

    async def _resume(self, approval: ApprovalRecord, run_id: str) -> None:
        answer = {
            "action": approval.decision,
            "decided_by": approval.decided_by or "",
            "note": approval.note or "",
        }
        run = (await self._engine.read_runs([run_id])).get(run_id)
        if run is not None and run.state is not None and run.state.is_paused():
            if not await self._engine.resume(run_id, answer):
                return
        elif run is not None and run.state is not None and not run.state.is_final():
            return  # on its way to the suspension, or past it: looked at again
        await asyncio.to_thread(self._mark, approval)

    def _mark(self, approval: ApprovalRecord) -> None:
        with self._database.write() as session:
            mark_resumed(session, approval.workflow_id, approval.kind, datetime.now(UTC))
