"""The one entry to extraction: the rules always, a language model beside them where one is configured."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from schemas.extraction import Answer, Extraction, ModelUsage, holdable
from schemas.parameters import DEFAULT_HOLDBACK
from tasks.llm.model import Meter, ModelSettings
from tasks.parameters.answers import apply_answers, checked, known_values, read_answers
from tasks.parameters.assemble import assemble
from tasks.parameters.proof import Reader
from tasks.parameters.questions import WHOLE
from tasks.parameters.reading import Outcome
from tasks.parameters.rules import LONGEST_TEXT, read_rules

if TYPE_CHECKING:
    from agents import Model

NO_ANSWER = "The language model gave no usable answer ({reason}); the rules alone were used."


@dataclass(frozen=True)
class Heard:
    """What came of asking the model: the reading with its help, what it took, and what to say of it."""

    outcome: Outcome
    usage: ModelUsage | None = None
    note: str = ""


def parse(
    text: str,
    *,
    today: date,
    locale: str = "US",
    usual_holdback: float = DEFAULT_HOLDBACK,
    answers: Sequence[Answer] = (),
) -> Extraction:
    """Read season parameters out of a text by the rules alone; see `extract`."""
    text, reader, said = holdable(text), Reader(today, locale, usual_holdback), checked(answers)
    read = read_answers(said, reader)
    rules = read_rules(
        text, today=today, locale=locale, usual_holdback=usual_holdback, known=known_values(read)
    )
    return assemble(apply_answers(rules, read, said.get(WHOLE), reader), today)


async def extract(
    text: str,
    *,
    today: date,
    locale: str = "US",
    model: ModelSettings | None = None,
    usual_holdback: float = DEFAULT_HOLDBACK,
    answers: Sequence[Answer] = (),
    scripted: "Model | None" = None,
) -> Extraction:
    """Read season parameters out of a planner's text.

    Args:
        text: the planner's words.
        today: what dates are read against.
        locale: US reads 03/04 as March 4th, every other locale as April 3rd.
        model: the language model; None means rules only.
        usual_holdback: what “the usual holdback” is.
        answers: what the planner answered so far to what was asked of this text.
        scripted: a model in place of the server's, for tests.

    Returns:
        The extraction; with a model, `usage` says what it took. Never raises because of text or model.

    Raises:
        InvalidInputError: an answer to a question that there is not.
    """
    text, reader, said = holdable(text), Reader(today, locale, usual_holdback), checked(answers)
    read = read_answers(said, reader)
    rules = read_rules(
        text, today=today, locale=locale, usual_holdback=usual_holdback, known=known_values(read)
    )
    heard = Heard(rules)
    if model is not None and text.strip():
        heard = await _heard(text[:LONGEST_TEXT], rules, reader, model, scripted)
    outcome = apply_answers(heard.outcome, read, said.get(WHOLE), reader)
    return assemble(outcome, today, usage=heard.usage, note=heard.note)


async def _heard(
    text: str, rules: Outcome, reader: Reader, model: ModelSettings, scripted: "Model | None"
) -> Heard:
    """Ask the model, and merge what it says and proves."""
    from tasks.llm.client import UnreachableError, run_agent
    from tasks.parameters.agent import ParametersSaid, extraction_agent
    from tasks.parameters.merge import merge

    meter = Meter()
    try:
        agent = extraction_agent(reader.today, reader.locale)
        answer = await run_agent(agent, text, model, meter, scripted=scripted)
    except UnreachableError as error:
        return Heard(rules, meter.usage, NO_ANSWER.format(reason=error))
    if not isinstance(answer, ParametersSaid):
        return Heard(rules, meter.usage, NO_ANSWER.format(reason="not the form asked for"))
    said = {name: (part["value"], part["quote"]) for name, part in answer.model_dump().items()}
    return Heard(merge(rules, said, text, reader), meter.usage)
