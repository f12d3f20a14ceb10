"""Sentences read at once, for those who ask and for a season that starts; and the first stage."""

from dataclasses import dataclass
from datetime import date

from models.workflows import load_extraction, load_season_parameters
from schemas.errors import InvalidInputError
from schemas.extraction import Extraction, ModelHealth
from schemas.parameters import Confidence, SeasonParameters, next_monday
from schemas.settings import Settings
from schemas.workflows import ForecastRequest
from tasks.llm.configured import language_model
from tasks.llm.model import probe
from tasks.parameters.extract import extract
from tasks.stage import StageRun, Summary


async def extract_now(text: str, *, today: date, settings: Settings) -> Extraction:
    """Read season parameters out of a text, by rules and by the language model where one is configured."""
    return await extract(text, today=today, locale=settings.locale, model=language_model(settings))


@dataclass(frozen=True)
class SeasonRead:
    """The parameters that a season is started with; with its extraction where a sentence was sent."""

    parameters: SeasonParameters
    extraction: Extraction | None


async def read_season(request: ForecastRequest, *, today: date, settings: Settings) -> SeasonRead:
    """The parameters as they were sent, or read out of the sentence, once and for all.

    Raises:
        InvalidInputError: they are out of bounds, or the sentence was read with low confidence; with what
            there is to ask.
    """
    sent = request.season_parameters(next_monday(today))
    if sent is not None:
        return SeasonRead(sent, None)
    found = await extract_now(request.user_input or "", today=today, settings=settings)
    if found.confidence is Confidence.LOW:
        raise InvalidInputError(
            "the sentence was read with low confidence, so nothing was started. "
            + " ".join(found.clarifications),
            errors=[{"loc": ["body", "user_input"], "msg": question} for question in found.clarifications],
        )
    return SeasonRead(found.parameters, found)


async def probe_model(settings: Settings) -> ModelHealth:
    """Which language model is configured, and whether it answers; costs no tokens."""
    return await probe(language_model(settings))


def settle_parameters(run: StageRun) -> Summary:
    """Take up the season's parameters, which were put on record when the season was started."""
    with run.database.read() as session:
        parameters = load_season_parameters(session, run.workflow_id)
        extraction = load_extraction(session, run.workflow_id)
    summary: Summary = {"parameters": parameters.model_dump(mode="json")}
    if extraction is not None:
        summary["fields"] = {name: field.model_dump(mode="json") for name, field in extraction.fields.items()}
        summary["usage"] = extraction.usage.model_dump(mode="json") if extraction.usage else None
    with run.database.write() as session:
        return run.finish(session, summary)
