"""The one entry to extraction: the rules always, a language model beside them where one is configured."""

from datetime import date
from typing import TYPE_CHECKING

from schemas.extraction import Extraction
from tasks.llm.model import Meter, ModelSettings
from tasks.parameters.rules import LONGEST_TEXT, parse

if TYPE_CHECKING:
    from agents import Model

NO_ANSWER = "The language model gave no usable answer ({reason}); the rules alone were used."


async def extract(
    text: str,
    *,
    today: date,
    locale: str = "US",
    model: ModelSettings | None = None,
    scripted: "Model | None" = None,
) -> Extraction:
    """Read season parameters out of a planner's text.

    Args:
        text: the planner's words.
        today: what dates are read against.
        locale: US reads 03/04 as March 4th, every other locale as April 3rd.
        model: the language model; None means rules only.
        scripted: a model in place of the server's, for tests.

    Returns:
        The extraction; with a model, `usage` says what it took. Never raises because of the model.
    """
    rules = parse(text, today=today, locale=locale)
    if model is None or not text.strip():
        return rules
    from tasks.llm.client import UnreachableError, run_agent
    from tasks.parameters.agent import ParametersSaid, extraction_agent
    from tasks.parameters.merge import merge

    meter = Meter()
    kept = text[:LONGEST_TEXT]
    try:
        answer = await run_agent(extraction_agent(today, locale), kept, model, meter, scripted=scripted)
    except UnreachableError as error:
        return _by_rules_alone(rules, str(error), meter)
    if not isinstance(answer, ParametersSaid):
        return _by_rules_alone(rules, "not the form asked for", meter)
    said = {name: (part["value"], part["quote"]) for name, part in answer.model_dump().items()}
    return merge(rules, said, kept, usage=meter.usage)


def _by_rules_alone(rules: Extraction, reason: str, meter: Meter) -> Extraction:
    reasoning = f"{rules.reasoning} {NO_ANSWER.format(reason=reason)}"
    parameters = rules.parameters.model_copy(update={"extraction_reasoning": reasoning})
    return rules.model_copy(update={"reasoning": reasoning, "parameters": parameters, "usage": meter.usage})
