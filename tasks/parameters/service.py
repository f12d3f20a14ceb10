"""Sentences read for those who ask at once, and the stage that puts a season's parameters on record."""

import asyncio
from datetime import date

from models.workflows import get_workflow, save_season_parameters
from schemas.errors import InvalidInputError
from schemas.extraction import Extraction, ModelHealth
from schemas.parameters import Confidence, SeasonParameters
from schemas.settings import Settings
from tasks.llm.configured import language_model
from tasks.llm.model import probe
from tasks.parameters.extract import extract
from tasks.stage import StageRun, Summary


async def extract_now(text: str, *, today: date, settings: Settings) -> Extraction:
    """Read season parameters out of a text, by rules and by the language model where one is configured."""
    return await extract(text, today=today, locale=settings.locale, model=language_model(settings))


async def refuse_unsure(text: str, *, today: date, settings: Settings) -> None:
    """Refuse a sentence that the rules read with low confidence, where no language model will read it too.

    Raises:
        InvalidInputError: with what there is to ask.
    """
    if language_model(settings) is not None:
        return
    found = await extract_now(text, today=today, settings=settings)
    if found.confidence is Confidence.LOW:
        raise InvalidInputError(
            "the sentence was read with low confidence, so nothing was started. "
            + " ".join(found.clarifications),
            errors=[{"loc": ["body", "user_input"], "msg": question} for question in found.clarifications],
        )


async def probe_model(settings: Settings) -> ModelHealth:
    """Which language model is configured, and whether it answers; costs no tokens."""
    return await probe(language_model(settings))


def settle_parameters(run: StageRun) -> Summary:
    """Read the season's parameters; a sentence that is read with low confidence starts nothing."""
    with run.database.read() as session:
        workflow = get_workflow(session, run.workflow_id)
    sentence, extraction = workflow.request["user_input"], None
    if sentence is None:
        parameters = SeasonParameters.model_validate(workflow.request["parameters"])
    else:
        run.report(0.2, "reading the sentence")
        today = workflow.created_at.date()
        extraction = asyncio.run(
            extract(sentence, today=today, locale=run.settings.locale, model=language_model(run.settings))
        )
        parameters = _accepted(extraction)
    summary: Summary = {"parameters": parameters.model_dump(mode="json")}
    if extraction is not None:
        summary["fields"] = {name: field.model_dump(mode="json") for name, field in extraction.fields.items()}
        summary["usage"] = extraction.usage.model_dump(mode="json") if extraction.usage else None
    with run.database.write() as session:
        save_season_parameters(
            session,
            run.workflow_id,
            parameters,
            user_input=sentence,
            extraction=extraction.model_dump(mode="json") if extraction else None,
        )
        return run.finish(session, summary)


def _accepted(extraction: Extraction) -> SeasonParameters:
    if extraction.confidence is Confidence.LOW:
        asked = " ".join(extraction.clarifications)
        raise InvalidInputError(
            f"the sentence was read with low confidence, so nothing was planned. {asked} "
            "Say it again more clearly, or send the parameters."
        )
    return extraction.parameters
