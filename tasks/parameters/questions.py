"""What the planner is asked: one question for a field, with answers to choose from."""

from datetime import date

from schemas.extraction import EXTRACTED_FIELDS, Question, QuestionOption
from schemas.parameters import DEFAULT_MARKDOWN_THRESHOLD, ReplenishmentStrategy
from tasks.parameters.reading import Ask, Outcome, Value

WHOLE = "user_input"
CONFIRM = "as_read"
LIKELY: dict[str, tuple[int | float | str | None, ...]] = {
    "forecast_horizon_weeks": (8, 12, 16),
    "replenishment_strategy": tuple(strategy.value for strategy in ReplenishmentStrategy),
    "dc_holdback_percentage": (0.0, 0.3, 0.45),
    "markdown_checkpoint_week": (None,),
    "markdown_threshold": (0.5, DEFAULT_MARKDOWN_THRESHOLD, 0.7),
}


def questions_of(outcome: Outcome, values: dict[str, int | float | str | None]) -> list[Question]:
    """The questions that are open, in the order of the fields; what concerns the whole text comes last.

    Args:
        outcome: what was read.
        values: what each field is as long as nothing is answered; offered where nothing else is.
    """
    asked = [
        _question(name, outcome.found[name].asks, values)
        for name in EXTRACTED_FIELDS
        if outcome.found[name].asks
    ]
    if outcome.general:
        options = [QuestionOption(label="Plan it as read", value=CONFIRM)]
        asked.append(Question(id=WHOLE, field=WHOLE, text=_text(outcome.general), options=options))
    return asked


def _question(name: str, asks: tuple[Ask, ...], values: dict[str, int | float | str | None]) -> Question:
    offered = [plain_value(value) for ask in asks for value in ask.options] or [values[name]]
    offered += [value for value in LIKELY.get(name, ()) if value not in offered]
    if name == "markdown_checkpoint_week":
        weeks = int(values["forecast_horizon_weeks"] or 2)
        offered += [week for week in ((weeks + 1) // 2,) if week not in offered]
    options = [QuestionOption(label=describe(name, value), value=value) for value in offered]
    return Question(id=name, field=name, text=_text(asks), options=options)


def _text(asks: tuple[Ask, ...]) -> str:
    return " ".join(dict.fromkeys(ask.text for ask in asks))


def plain_value(value: Value) -> int | float | str | None:
    """A value as JSON has it."""
    return value.isoformat() if isinstance(value, date) else value


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
