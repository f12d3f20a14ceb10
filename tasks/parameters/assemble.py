"""From what was read to an extraction: values and defaults, confidence, questions, the reasoning in words."""

from datetime import date

from schemas.extraction import EXTRACTED_FIELDS, ExtractedField, Extraction, FieldSource, ModelUsage
from schemas.parameters import (
    DEFAULT_HOLDBACK,
    DEFAULT_HORIZON_WEEKS,
    DEFAULT_MARKDOWN_THRESHOLD,
    Confidence,
    ReplenishmentStrategy,
    next_monday,
    plannable,
)
from tasks.parameters.questions import describe, questions_of
from tasks.parameters.reading import Found, Outcome, Value

WHEN = ("forecast_horizon_weeks", "season_start_date")


def defaults(today: date) -> dict[str, Value]:
    """What each parameter is when nothing says otherwise."""
    return {
        "forecast_horizon_weeks": DEFAULT_HORIZON_WEEKS,
        "season_start_date": next_monday(today),
        "replenishment_strategy": ReplenishmentStrategy.WEEKLY,
        "dc_holdback_percentage": DEFAULT_HOLDBACK,
        "markdown_checkpoint_week": None,
        "markdown_threshold": DEFAULT_MARKDOWN_THRESHOLD,
    }


def assemble(outcome: Outcome, today: date, *, usage: ModelUsage | None = None, note: str = "") -> Extraction:
    """Put all together; any question makes the whole low, and what is low is not ready.

    Args:
        outcome: what was read.
        today: the default start is the Monday after it.
        usage: what the language model took.
        note: a sentence for the end of the reasoning.
    """
    fallback = defaults(today)
    fields = {name: _field(outcome.found[name], fallback[name]) for name in EXTRACTED_FIELDS}
    values = {name: field.value for name, field in fields.items()}
    questions = questions_of(outcome, values)
    confidence = _overall(fields, asked=bool(questions))
    reasoning = _reasoning(fields, outcome, note)
    parameters = plannable(
        {**values, "extraction_confidence": confidence, "extraction_reasoning": reasoning},
        "body",
        "user_input",
    )
    return Extraction(
        parameters=parameters,
        confidence=confidence,
        reasoning=reasoning,
        fields=fields,
        clarifications=[question.text for question in questions],
        questions=questions,
        unused=list(outcome.unused),
        terms=outcome.terms,
        budget=outcome.budget,
        ready=confidence is not Confidence.LOW,
        usage=usage,
    )


def _field(found: Found, fallback: Value) -> ExtractedField:
    usable = found.stated and found.usable
    value = found.value if usable else fallback
    return ExtractedField(
        value=value.isoformat() if isinstance(value, date) else value,
        source=found.source if usable else FieldSource.DEFAULT,
        quote=found.quote,
        confidence=Confidence.LOW if found.asks else found.confidence,
    )


def _overall(fields: dict[str, ExtractedField], *, asked: bool) -> Confidence:
    stated = [field for field in fields.values() if field.source is not FieldSource.DEFAULT]
    if asked or not stated:
        return Confidence.LOW
    sure = all(field.confidence is Confidence.HIGH for field in stated)
    when = all(fields[name].source is not FieldSource.DEFAULT for name in WHEN)
    return Confidence.HIGH if sure and when else Confidence.MEDIUM


def _reasoning(fields: dict[str, ExtractedField], outcome: Outcome, note: str) -> str:
    read, assumed = list[str](), list[str]()
    moot = "markdown_threshold" if fields["markdown_checkpoint_week"].value is None else None
    for name, field in fields.items():
        if field.source is not FieldSource.DEFAULT:
            read.append(f"{describe(name, field.value)} from “{field.quote}”")
        elif name != moot:
            assumed.append(describe(name, field.value))
    parts = [
        f"Read: {'; '.join(read)}." if read else "",
        f"Assumed: {'; '.join(assumed)}." if assumed else "",
        f"Unused: {'; '.join(f'“{said}”' for said in outcome.unused)}." if outcome.unused else "",
        note,
    ]
    return " ".join(part for part in parts if part)
