"""Requests and answers about workflows."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.defaults import SEASON
from schemas.economics import NOTHING_GIVEN, GivenTerms
from schemas.extraction import Locale
from schemas.fields import (
    CategoryId,
    ForecastId,
    Money,
    Number,
    Quantity,
    Sent,
    Sentence,
    WeeksLeft,
)
from schemas.parameters import SeasonParameters, SentParameters, plannable
from schemas.stages import WorkflowType

UserInput = Sentence


class WorkflowStatus(StrEnum):
    """Where a workflow is, as its run was last heard of."""

    PENDING = "pending"
    RUNNING = "running"
    AWAITING_APPROVAL = "awaiting_approval"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen."""
        return self in {self.COMPLETED, self.FAILED, self.CANCELLED}


class ForecastRequest(Sent):
    """Plan a season: from parameters, or from a planner's sentence."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "category_id": "womens_dresses",
                    "user_input": "12-week spring season from February 17th 2025, weekly replenishment, "
                    "45% holdback, markdown at week 6 if below 60% sell-through",
                },
                {
                    "category_id": "womens_dresses",
                    "parameters": {"forecast_horizon_weeks": 12, "season_start_date": "2025-02-17"},
                },
            ]
        },
    )

    category_id: CategoryId
    parameters: SentParameters | None = Field(
        None, description="SeasonParameters; what is left out takes its default, the start the next Monday."
    )
    user_input: UserInput | None = None
    locale: Locale | None = Field(None, description="Whose calendar the sentence is read by.")
    terms: GivenTerms = Field(
        NOTHING_GIVEN, description="The category's money for this season; the rest is estimated or assumed."
    )
    budget: Money | None = Field(None, description="Most money that the order may cost.")
    like: Annotated[list[CategoryId], Field(max_length=20)] | None = Field(
        None, description="Categories that one without a history is planned from: the mean of their sales."
    )
    scale: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] = Field(
        1.0, description="How much of the mean of the `like` categories' sales this one is expected to have."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.parameters is None) == (self.user_input is None):
            raise ValueError("send either parameters or user_input")
        return self

    def given_terms(self) -> GivenTerms:
        """The terms with the budget among them."""
        return self.terms if self.budget is None else self.terms.model_copy(update={"budget": self.budget})

    def season_parameters(self, default_start: date) -> SeasonParameters | None:
        """The parameters sent, completed; None where a sentence was sent instead.

        Raises:
            InvalidInputError: they are out of bounds or contradict each other.
        """
        return None if self.parameters is None else complete_parameters(self.parameters, default_start)


def complete_parameters(sent: dict[str, Any], default_start: date) -> SeasonParameters:
    """Parameters as they were sent, with what was left out.

    Raises:
        InvalidInputError: they are out of bounds or contradict each other.
    """
    return plannable({"season_start_date": default_start, **sent}, "body", "parameters")


class WorkflowAccepted(BaseModel):
    """A workflow was taken on."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "workflow_id": "wf_0123456789abcdef",
                "status": "pending",
                "websocket_url": "ws://127.0.0.1:8000/api/workflows/wf_0123456789abcdef/stream",
                "created_at": "2025-01-06T09:00:00Z",
            }
        }
    )

    workflow_id: str
    status: WorkflowStatus
    websocket_url: str
    created_at: datetime


class WorkflowView(BaseModel):
    """A workflow as it stands."""

    workflow_id: str
    workflow_type: WorkflowType
    category_id: str | None
    status: WorkflowStatus
    current_agent: str | None
    progress_pct: float
    forecast_id: str | None
    started_at: datetime | None
    updated_at: datetime
    completed_at: datetime | None
    error_message: str | None
    prefect_url: str | None
    created_at: datetime
    queue_position: int | None = Field(
        None, description="1 for the next to run; null where it does not wait."
    )
    attempts: int = Field(1, description="How often it was started: once, and once more for each retry.")


class WorkflowPage(BaseModel):
    """Workflows, newest first; `next_cursor` asks for the next page, null on the last."""

    workflows: list[WorkflowView]
    next_cursor: str | None


class WorkflowResults(BaseModel):
    """What a workflow that has ended gave."""

    workflow_id: str
    status: WorkflowStatus
    forecast_id: str | None
    allocation_id: str | None
    markdown_id: str | None
    output_data: dict[str, Any]
    error_message: str | None


class WorkflowCancelled(BaseModel):
    """A cancellation was taken on."""

    workflow_id: str
    status: WorkflowStatus


class WorkflowRetried(BaseModel):
    """A failed workflow was taken on again."""

    workflow_id: str
    status: WorkflowStatus


class ReforecastRequest(BaseModel):
    """Forecast a season's remaining weeks again, from what was sold."""

    model_config = ConfigDict(
        allow_inf_nan=False,
        json_schema_extra={
            "example": {
                "forecast_id": "fc_0123456789abcdef",
                "actual_sales_week_1_to_n": [3003, 3320],
                "remaining_weeks": 10,
            }
        },
    )

    forecast_id: ForecastId
    actual_sales_week_1_to_n: Annotated[list[Quantity], Field(min_length=1, max_length=SEASON.max_weeks)]
    forecasted_week_1_to_n: Annotated[list[Quantity], Field(max_length=SEASON.max_weeks)] | None = None
    remaining_weeks: WeeksLeft
    variance_pct: Number | None = None
