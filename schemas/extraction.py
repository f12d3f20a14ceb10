"""What was read out of a planner's sentence: each value with the words it was read from."""

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.defaults import LARGEST
from schemas.fields import Storable
from schemas.parameters import Confidence, SeasonParameters

EXTRACTED_FIELDS: tuple[str, ...] = (
    "forecast_horizon_weeks",
    "season_start_date",
    "replenishment_strategy",
    "dc_holdback_percentage",
    "markdown_checkpoint_week",
    "markdown_threshold",
)
MAX_SENTENCE_CHARACTERS, MOST_ANSWERS = 500, 32
Locale = Literal["US", "UK", "DE", "FR", "ES"]


_UNHOLDABLE = re.compile("[\x00\ud800-\udfff]")


def holdable(text: str) -> str:
    """The text with what no database or JSON can hold replaced, each by one character."""
    return _UNHOLDABLE.sub("\N{REPLACEMENT CHARACTER}", text)


Words = Annotated[str, Field(max_length=MAX_SENTENCE_CHARACTERS), Storable()]
PlainWhole = Annotated[int, Field(ge=-LARGEST.units, le=LARGEST.units)]
PlainNumber = Annotated[float, Field(ge=-LARGEST.money, le=LARGEST.money, allow_inf_nan=False)]


class FieldSource(StrEnum):
    """Who read a value."""

    LLM = "llm"
    RULES = "rules"
    DEFAULT = "default"


class ExtractedField(BaseModel):
    """One value, and the words of the text that it was read from; a default has none.

    `value` is JSON's own: a date as `YYYY-MM-DD`, a percentage as a fraction, no markdown as null.
    """

    model_config = ConfigDict(frozen=True)

    value: int | float | str | None
    source: FieldSource
    quote: str | None
    confidence: Confidence


class QuestionOption(BaseModel):
    """One way to answer a question."""

    model_config = ConfigDict(frozen=True)

    label: str
    value: int | float | str | None


class Question(BaseModel):
    """What the planner is asked about one field, with answers to choose from; words will do."""

    model_config = ConfigDict(frozen=True)

    id: str
    field: str
    text: str
    options: list[QuestionOption]


class Answer(BaseModel):
    """The planner's answer to a question: an option's value, or words of her own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(max_length=64), Storable()]
    value: PlainWhole | PlainNumber | Words | None


class SaidTerms(BaseModel):
    """The category's money and rules that a sentence states, for this season."""

    model_config = ConfigDict(frozen=True)

    price: float | None = None
    unit_cost: float | None = None
    salvage_value: float | None = None
    currency: str | None = None
    minimum_order_quantity: int | None = None
    pack_size: int | None = None
    lead_time_weeks: int | None = None
    holding_cost_per_unit_week: float | None = None
    elasticity: float | None = None


class ModelUsage(BaseModel):
    """What the language model was asked and what it took."""

    model_config = ConfigDict(frozen=True)

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: "ModelUsage") -> "ModelUsage":
        """Both together."""
        return ModelUsage(
            requests=self.requests + other.requests,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
        )


class Extraction(BaseModel):
    """Season parameters read out of a sentence.

    `confidence` is low as soon as anything is unclear: then `clarifications` asks, and no workflow starts
    before the planner has answered.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "parameters": {
                    "forecast_horizon_weeks": 12,
                    "season_start_date": "2025-02-17",
                    "season_end_date": "2025-05-11",
                    "replenishment_strategy": "weekly",
                    "dc_holdback_percentage": 0.45,
                    "markdown_checkpoint_week": 6,
                    "markdown_threshold": 0.6,
                    "extraction_confidence": "high",
                    "extraction_reasoning": "12 weeks from “12 weeks”.",
                },
                "confidence": "high",
                "reasoning": "12 weeks from “12 weeks”.",
                "fields": {
                    "forecast_horizon_weeks": {
                        "value": 12,
                        "source": "rules",
                        "quote": "12 weeks",
                        "confidence": "high",
                    }
                },
                "clarifications": [],
                "success": True,
                "error_message": None,
            }
        }
    )

    parameters: SeasonParameters
    confidence: Confidence
    reasoning: str
    fields: dict[str, ExtractedField]
    clarifications: list[str] = Field(default_factory=list)
    questions: list[Question] = Field(default_factory=list, description="What to answer, one for each field.")
    unused: list[str] = Field(default_factory=list, description="Words that were said and change nothing.")
    terms: SaidTerms | None = Field(None, description="Costs, prices and order rules that were said.")
    budget: float | None = Field(None, description="The money that was said to be there to spend.")
    ready: bool = Field(False, description="Whether a workflow may start with these parameters.")
    success: bool = True
    error_message: str | None = None
    usage: ModelUsage | None = Field(None, description="What the language model took; null without one.")


class ModelHealth(BaseModel):
    """Which language model is configured, and whether it answers."""

    configured: bool
    ok: bool
    model: str | None = None
    detail: str
