"""Workflows with their last known state, their season's parameters, and the stages' stored results."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, JsonDict, make_id
from models.dialects import add_missing
from schemas.defaults import SEASON
from schemas.errors import NotFoundError, WrongStateError
from schemas.extraction import Extraction
from schemas.parameters import SeasonParameters
from schemas.stages import WorkflowType
from schemas.workflows import WorkflowStatus

TYPES = ", ".join(f"'{kind.value}'" for kind in WorkflowType)
STATUSES = ", ".join(f"'{status.value}'" for status in WorkflowStatus)


class Workflow(Base):
    """One piece of planning work. Its run is Prefect's; how that stood when it was last heard of is here.

    `settled_at` is when the end on record was found to be the run's too: until then the sweep looks at both.
    """

    __tablename__ = "workflows"
    __table_args__ = (
        CheckConstraint(f"workflow_type IN ({TYPES})", name="type_known"),
        CheckConstraint(f"status IN ({STATUSES})", name="status_known"),
        Index("ix_workflows_created_at_workflow_id", "created_at", "workflow_id"),
        Index("ix_workflows_status_created_at_workflow_id", "status", "created_at", "workflow_id"),
    )

    workflow_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    workflow_type: Mapped[str] = mapped_column(String(20))
    category_id: Mapped[str | None] = mapped_column(ForeignKey("categories.category_id"), index=True)
    flow_run_id: Mapped[str | None] = mapped_column(String(40), unique=True)
    idempotency_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    request: Mapped[JsonDict]
    created_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(20), default=WorkflowStatus.PENDING.value)
    status_since: Mapped[datetime]
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    error_message: Mapped[str | None]
    progress_pct: Mapped[float] = mapped_column(default=0.0)
    current_agent: Mapped[str | None] = mapped_column(String(40))
    attempts: Mapped[int] = mapped_column(default=1)
    settled_at: Mapped[datetime | None] = mapped_column(index=True)


class SeasonParametersRow(Base):
    """The parameters that a workflow plans by, and where they were read from."""

    __tablename__ = "season_parameters"
    __table_args__ = (
        CheckConstraint(f"forecast_horizon_weeks BETWEEN 1 AND {SEASON.max_weeks}", name="horizon_in_range"),
        CheckConstraint("dc_holdback_percentage BETWEEN 0 AND 1", name="holdback_in_range"),
        CheckConstraint(
            "markdown_checkpoint_week IS NULL "
            "OR markdown_checkpoint_week BETWEEN 1 AND forecast_horizon_weeks",
            name="checkpoint_in_season",
        ),
    )

    workflow_id: Mapped[str] = mapped_column(ForeignKey("workflows.workflow_id"), primary_key=True)
    forecast_horizon_weeks: Mapped[int]
    season_start_date: Mapped[date]
    season_end_date: Mapped[date]
    replenishment_strategy: Mapped[str] = mapped_column(String(20))
    dc_holdback_percentage: Mapped[float] = mapped_column()
    markdown_checkpoint_week: Mapped[int | None]
    markdown_threshold: Mapped[float | None] = mapped_column()
    extraction_confidence: Mapped[str] = mapped_column(String(10))
    extraction_reasoning: Mapped[str]
    user_input: Mapped[str | None]
    extraction: Mapped[JsonDict] = mapped_column(default=dict)


class StageResult(Base):
    """A stage that ended well: written in the same transaction as its typed result."""

    __tablename__ = "stage_results"

    workflow_id: Mapped[str] = mapped_column(ForeignKey("workflows.workflow_id"), primary_key=True)
    stage: Mapped[str] = mapped_column(String(60), primary_key=True)
    agent: Mapped[str] = mapped_column(String(40))
    summary: Mapped[JsonDict]
    started_at: Mapped[datetime]
    completed_at: Mapped[datetime]


@dataclass(frozen=True)
class NewWorkflow:
    """What a workflow is created from; with an idempotency key, the same key gives the same workflow."""

    workflow_type: WorkflowType
    category_id: str | None
    request: JsonDict
    created_at: datetime
    unique: str
    idempotency_key: str | None = None


def create_workflow(session: Session, new: NewWorkflow) -> tuple[Workflow, bool]:
    """Record a workflow, or find the one that this key, or this `unique`, made before; whether it is new.

    Raises:
        WrongStateError: the key was used before, for another request.
    """
    workflow_id = make_id("wf", new.idempotency_key or new.unique)
    found = session.get(Workflow, workflow_id)
    made = found is None and _add(session, workflow_id, new)
    workflow = found or session.get_one(Workflow, workflow_id)
    same = (workflow.workflow_type, workflow.request) == (new.workflow_type.value, new.request)
    if new.idempotency_key is not None and not same:
        raise WrongStateError(
            f"Idempotency-Key {new.idempotency_key!r} was used before, for another request; take a new key"
        )
    return workflow, made


def _add(session: Session, workflow_id: str, new: NewWorkflow) -> bool:
    values = {
        "workflow_id": workflow_id,
        "workflow_type": new.workflow_type.value,
        "category_id": new.category_id,
        "idempotency_key": new.idempotency_key,
        "request": new.request,
        "created_at": new.created_at,
        "status_since": new.created_at,
    }
    return add_missing(session, Workflow, [values]) == 1


def get_workflow(session: Session, workflow_id: str) -> Workflow:
    """The workflow with this id.

    Raises:
        NotFoundError: there is none.
    """
    workflow = session.get(Workflow, workflow_id)
    if workflow is None:
        raise NotFoundError(f"there is no workflow {workflow_id}")
    return workflow


def find_by_flow_run(session: Session, flow_run_id: str) -> Workflow | None:
    """The workflow that a flow run belongs to."""
    return session.scalars(select(Workflow).where(Workflow.flow_run_id == flow_run_id)).first()


def list_followups(session: Session, kind: WorkflowType, forecast_id: str) -> list[str]:
    """Workflows of a kind that a season called for, oldest first."""
    query = select(Workflow).where(Workflow.workflow_type == kind.value).order_by(Workflow.created_at)
    return [
        each.workflow_id for each in session.scalars(query) if each.request.get("forecast_id") == forecast_id
    ]


def save_season_parameters(
    session: Session,
    workflow_id: str,
    parameters: SeasonParameters,
    *,
    user_input: str | None = None,
    extraction: Extraction | None = None,
) -> None:
    """Write, or write again, the parameters that a workflow plans by."""
    session.merge(
        SeasonParametersRow(
            workflow_id=workflow_id,
            user_input=user_input,
            extraction={} if extraction is None else extraction.model_dump(mode="json"),
            **parameters.model_dump(),
        )
    )


def load_extraction(session: Session, workflow_id: str) -> Extraction | None:
    """What the parameters were read from; None where they were sent as they are."""
    row = session.get(SeasonParametersRow, workflow_id)
    return Extraction.model_validate(row.extraction) if row is not None and row.extraction else None


def load_season_parameters(session: Session, workflow_id: str) -> SeasonParameters:
    """The parameters that a workflow plans by.

    Raises:
        NotFoundError: none are stored yet.
    """
    row = session.get(SeasonParametersRow, workflow_id)
    if row is None:
        raise NotFoundError(f"workflow {workflow_id} has no season parameters yet")
    return SeasonParameters.model_validate(
        {name: getattr(row, name) for name in SeasonParameters.model_fields}
    )


def load_stage_result(session: Session, workflow_id: str, stage: str) -> StageResult | None:
    """A stage's stored result; None while it has none."""
    return session.get(StageResult, (workflow_id, stage))


def save_stage_result(
    session: Session,
    workflow_id: str,
    stage: str,
    *,
    agent: str,
    summary: JsonDict,
    started_at: datetime,
    completed_at: datetime,
) -> None:
    """Write, or write again, a stage's result."""
    session.merge(
        StageResult(
            workflow_id=workflow_id,
            stage=stage,
            agent=agent,
            summary=summary,
            started_at=started_at,
            completed_at=completed_at,
        )
    )


def list_stage_results(session: Session, workflow_id: str) -> list[StageResult]:
    """The stages of a workflow that ended well, in order."""
    query = select(StageResult).where(StageResult.workflow_id == workflow_id)
    return list(session.scalars(query.order_by(StageResult.completed_at)))
