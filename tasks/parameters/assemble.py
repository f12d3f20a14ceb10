"""From fields and questions to an extraction: overall confidence and the reasoning in words."""

from collections.abc import Sequence

from schemas.extraction import ExtractedField, Extraction, FieldSource, ModelUsage
from schemas.parameters import Confidence, SeasonParameters

MOST_QUESTIONS = 8


def assemble(
    fields: dict[str, ExtractedField],
    questions: Sequence[str],
    *,
    usage: ModelUsage | None = None,
    note: str = "",
) -> Extraction:
    """Put fields and questions together; any question makes the whole low."""
    asked = list(dict.fromkeys(questions))[:MOST_QUESTIONS]
    confidence = _overall(fields, asked)
    reasoning = _reasoning(fields, note)
    values = {name: field.value for name, field in fields.items()}
    parameters = SeasonParameters.model_validate(
        {**values, "extraction_confidence": confidence, "extraction_reasoning": reasoning}
    )
    return Extraction(
        parameters=parameters,
        confidence=confidence,
        reasoning=reasoning,
        fields=fields,
        clarifications=asked,
        usage=usage,
    )


def _overall(fields: dict[str, ExtractedField], asked: Sequence[str]) -> Confidence:
    stated = [field for field in fields.values() if field.source is not FieldSource.DEFAULT]
    if asked or any(field.confidence is Confidence.LOW for field in fields.values()) or not stated:
        return Confidence.LOW
    when = [fields["forecast_horizon_weeks"], fields["season_start_date"]]
    sure = all(field.confidence is Confidence.HIGH for field in stated)
    return (
        Confidence.HIGH
        if sure and all(f.source is not FieldSource.DEFAULT for f in when)
        else Confidence.MEDIUM
    )


def _reasoning(fields: dict[str, ExtractedField], note: str) -> str:
    read = [
        f"{describe(name, f.value)} from “{f.quote}”"
        for name, f in fields.items()
        if f.source is not FieldSource.DEFAULT
    ]
    moot = "markdown_threshold" if fields["markdown_checkpoint_week"].value is None else None
    assumed = [
        describe(name, field.value)
        for name, field in fields.items()
        if field.source is FieldSource.DEFAULT and name != moot
    ]
    parts = [
        f"Read: {'; '.join(read)}." if read else "",
        f"Assumed: {'; '.join(assumed)}." if assumed else "",
        note,
    ]
    return " ".join(part for part in parts if part)


def describe(name: str, value: int | float | str | None) -> str:
    """A parameter's value in a planner's words."""
    if name == "markdown_checkpoint_week":
        return "no markdown" if value is None else f"markdown checkpoint in week {value}"
    if name == "replenishment_strategy":
        return "no replenishment" if value == "none" else f"{value} replenishment"
    if name == "forecast_horizon_weeks":
        return f"{value} weeks"
    if name == "season_start_date":
        return f"start {value}"
    share = f"{round(100 * float(value or 0), 2):g} %"
    return f"{share} holdback" if name == "dc_holdback_percentage" else f"markdown under {share} sell-through"
