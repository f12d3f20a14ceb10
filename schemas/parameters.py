"""A season's parameters: what a planner decides before anything is forecast."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    ValidationError,
    computed_field,
    model_validator,
)
from pydantic_core import CoreSchema

from schemas.defaults import DATES, SEASON
from schemas.errors import InvalidInputError
from schemas.fields import Day, Share, Text, Weeks


class ReplenishmentStrategy(StrEnum):
    """How often the distribution centre ships to the stores during the season."""

    NONE = "none"
    WEEKLY = "weekly"
    BI_WEEKLY = "bi-weekly"

    @property
    def weeks_between(self) -> int | None:
        """Weeks from one shipment to the next; None where there is only the first."""
        return {"none": None, "weekly": 1, "bi-weekly": 2}[self.value]


@dataclass(frozen=True)
class Checkpoint:
    """The week after which a markdown is weighed, where less than `threshold` of what was made is sold."""

    week: int
    threshold: float


class Confidence(StrEnum):
    """How sure the extraction is; low never starts a workflow by itself."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


DEFAULT_HORIZON_WEEKS = SEASON.weeks
DEFAULT_HOLDBACK = SEASON.holdback
DEFAULT_MARKDOWN_THRESHOLD = SEASON.markdown_threshold
MAX_HORIZON_WEEKS = SEASON.max_weeks


def next_monday(today: date) -> date:
    """The first Monday strictly after `today`: where a season starts when nothing says otherwise."""
    return today + timedelta(days=7 - today.weekday())


class SeasonParameters(BaseModel):
    """The parameters of one season. Percentages are fractions: 0.45, never 45.

    `season_end_date` is derived (start + 7 · weeks − 1 day); one that is sent must agree. A checkpoint that
    is sent without a threshold has the usual one.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "forecast_horizon_weeks": 12,
                "season_start_date": "2025-02-17",
                "replenishment_strategy": "weekly",
                "dc_holdback_percentage": 0.45,
                "markdown_checkpoint_week": 6,
                "markdown_threshold": 0.6,
            }
        },
    )

    forecast_horizon_weeks: Weeks = DEFAULT_HORIZON_WEEKS
    season_start_date: Day
    replenishment_strategy: ReplenishmentStrategy = ReplenishmentStrategy.WEEKLY
    dc_holdback_percentage: Share = DEFAULT_HOLDBACK
    markdown_checkpoint_week: Weeks | None = None
    markdown_threshold: Share | None = DEFAULT_MARKDOWN_THRESHOLD
    extraction_confidence: Confidence = Confidence.HIGH
    extraction_reasoning: Text = ""

    @model_validator(mode="before")
    @classmethod
    def _end_date_agrees(cls, values: object) -> object:
        if not isinstance(values, dict) or "season_end_date" not in values:
            return values
        rest = {key: value for key, value in values.items() if key != "season_end_date"}
        sent = values["season_end_date"]
        if sent is not None:
            end = cls.model_validate(rest).season_end_date
            if str(sent) != end.isoformat():
                raise ValueError(
                    f"season_end_date {sent} does not agree with start and weeks, which end on {end}; "
                    "leave it out or correct it"
                )
        return rest

    @model_validator(mode="after")
    def _ends_within_the_calendar(self) -> Self:
        weeks = self.forecast_horizon_weeks
        if self.season_start_date > DATES.last - timedelta(days=7 * weeks - 1):
            raise ValueError(
                f"{weeks} weeks from {self.season_start_date} end after {DATES.last}, the last day that "
                "can be planned; start earlier"
            )
        return self

    @model_validator(mode="after")
    def _checkpoint_within_horizon(self) -> Self:
        week = self.markdown_checkpoint_week
        if week is not None and week > self.forecast_horizon_weeks:
            raise ValueError(
                f"markdown_checkpoint_week {week} lies after the season's {self.forecast_horizon_weeks} weeks"
            )
        if week is not None and self.markdown_threshold is None:
            self.markdown_threshold = DEFAULT_MARKDOWN_THRESHOLD
        return self

    @property
    def checkpoint(self) -> Checkpoint | None:
        """When a markdown is weighed, and under which sell-through; None for never."""
        week, threshold = self.markdown_checkpoint_week, self.markdown_threshold
        return None if week is None or threshold is None else Checkpoint(week, threshold)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def season_end_date(self) -> date:
        """The season's last day."""
        return self.season_start_date + timedelta(days=7 * self.forecast_horizon_weeks - 1)


def plannable(values: Mapping[str, Any], *place: str) -> SeasonParameters:
    """Values as the parameters of a season.

    Args:
        values: by their names.
        place: where they came from, for the errors.

    Raises:
        InvalidInputError: they are out of bounds or contradict each other.
    """
    try:
        return SeasonParameters.model_validate(values)
    except ValidationError as error:
        places = [
            {"loc": [*place, *each["loc"]], "msg": each["msg"], "type": each["type"]}
            for each in error.errors()
        ]
        where = ".".join(str(part) for part in places[0]["loc"])
        raise InvalidInputError(f"{where}: {places[0]['msg']}", errors=places) from error


class _AsSent:
    """Describes parameters as they may be sent: nothing is required, as each has its default."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        known = handler.resolve_ref_schema(handler(SeasonParameters.__pydantic_core_schema__))
        properties = {**known["properties"], "season_end_date": {"type": "string", "format": "date"}}
        return {**known, "properties": properties, "required": []}


SentParameters = Annotated[dict[str, Any], _AsSent()]
