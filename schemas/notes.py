"""What an agent says about its part of a plan."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from schemas.messages import Agent


class NoteSource(StrEnum):
    """Who wrote a note."""

    LLM = "llm"
    RULES = "rules"


Subject = Literal["forecast", "order", "markdown", "variance", "reforecast"]


class AgentNote(BaseModel):
    """An agent's note; every number in it stands in the stored results that it is about."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "example": {
                "agent": "Demand Agent",
                "subject": "forecast",
                "source": "rules",
                "reasoning": "8,000 units over 12 weeks, most of them around week 5.",
                "key_factors": ["Week 5 is the peak: 900 units."],
                "risks": ["The season total may lie between 6,500 and 9,600 units."],
                "questions": ["Is anything planned that history does not know?"],
            }
        },
    )

    agent: Agent
    subject: Subject
    source: NoteSource
    reasoning: str
    key_factors: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
