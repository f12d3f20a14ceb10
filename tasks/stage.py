"""What a stage is given and gives back, whoever runs it: an engine's task, the API, or a test."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from models.session import Database
from models.workflows import save_stage_result
from schemas.settings import Settings
from schemas.stages import Stage

Summary = dict[str, Any]


class Operator(Protocol):
    """Whoever watches a run: progress, and what is laid beside it; what is lost here is no loss to a plan."""

    def progress(self, workflow_id: str, stage: Stage, fraction: float, message: str) -> None:
        """How far a stage is (0 to 1) and what it does."""

    def table(self, name: str, subject: str, description: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """A table beside the run."""

    def note(self, name: str, subject: str, text: str) -> None:
        """A text beside the run, in Markdown."""

    def picture(self, name: str, subject: str, description: str, draw: Callable[[], bytes]) -> None:
        """A PNG beside the run, drawn only where somebody looks."""


class Nobody:
    """Nobody watches."""

    def progress(self, workflow_id: str, stage: Stage, fraction: float, message: str) -> None:
        """Not told."""

    def table(self, name: str, subject: str, description: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Not shown."""

    def note(self, name: str, subject: str, text: str) -> None:
        """Not shown."""

    def picture(self, name: str, subject: str, description: str, draw: Callable[[], bytes]) -> None:
        """Not drawn."""


@dataclass(frozen=True)
class StageRun:
    """What a stage is given: whose it is, where its data are, who watches, and the time."""

    stage: Stage
    workflow_id: str
    settings: Settings
    database: Database
    started_at: datetime
    operator: Operator

    def report(self, fraction: float, message: str) -> None:
        """Tell how far this stage is (0 to 1) and what it does."""
        self.operator.progress(self.workflow_id, self.stage, fraction, message)

    def finish(self, session: Session, summary: Summary) -> Summary:
        """Put the stage's summary beside its typed result, in the same transaction."""
        save_stage_result(
            session,
            self.workflow_id,
            self.stage.name,
            agent=self.stage.agent,
            summary=summary,
            started_at=self.started_at,
            completed_at=datetime.now(UTC),
        )
        return summary
