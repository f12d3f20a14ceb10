"""Telling runs what was decided: at once, and again later where that was lost."""

import asyncio
from datetime import UTC, datetime

import structlog

from api.engine import WorkflowEngine
from models.approvals import ApprovalRecord, decided_but_not_resumed, mark_resumed
from models.session import Database
from models.workflows import get_workflow
from schemas.errors import UnavailableError

SWEEP_SECONDS = 5.0
log = structlog.get_logger(__name__)


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
