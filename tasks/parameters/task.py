"""The first stage: the season's parameters, as sent or read out of the planner's sentence."""

import asyncio

from models.workflows import get_workflow, save_season_parameters
from schemas.errors import InvalidInputError
from schemas.extraction import Extraction
from schemas.parameters import Confidence, SeasonParameters
from schemas.stages import EXTRACT_PARAMETERS
from tasks.llm.configured import language_model
from tasks.parameters.extract import extract
from tasks.runtime import StageRun, Summary, stage_task

TIMEOUT_SECONDS = 60


@stage_task(EXTRACT_PARAMETERS, timeout_seconds=TIMEOUT_SECONDS)
def extract_parameters(run: StageRun) -> Summary:
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
