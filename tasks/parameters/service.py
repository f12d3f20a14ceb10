"""Sentences read at once, for those who ask and for a season that starts; and the first stage."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from models.workflows import load_extraction, load_season_parameters
from schemas.economics import GivenTerms
from schemas.errors import InvalidInputError
from schemas.extraction import Answer, Extraction, Locale, ModelHealth
from schemas.parameters import SeasonParameters, next_monday
from schemas.settings import NOBODY, Planner, Settings
from schemas.workflows import ForecastRequest
from tasks.llm.configured import language_model, load_model_library
from tasks.llm.model import probe
from tasks.parameters.extract import extract
from tasks.stage import StageRun, Summary


@dataclass(frozen=True)
class Hearing:
    """Who asks, when, and how the words are to be read.

    Attributes:
        settings: the service's own.
        caller: the planner, by the name of the token.
        now: the time; the planner's time zone makes it a day.
        locale: whose calendar; None is the planner's own.
        rules_only: no language model is asked, even where one is configured.
    """

    settings: Settings
    caller: str
    now: datetime
    locale: Locale | None = None
    rules_only: bool = False

    @property
    def planner(self) -> Planner:
        """What is remembered of the planner."""
        return self.settings.planners.get(self.caller, NOBODY)

    @property
    def today(self) -> date:
        """The planner's day."""
        return self.now.astimezone(ZoneInfo(self.planner.time_zone or self.settings.time_zone)).date()


async def extract_now(text: str, hearing: Hearing, answers: Sequence[Answer] = ()) -> Extraction:
    """Read season parameters out of a text, by rules and by the language model where one is configured.

    Args:
        text: the planner's words.
        hearing: who asks, and when.
        answers: what was answered so far to the questions about this text.

    Raises:
        InvalidInputError: an answer to a question that there is not.
    """
    planner = hearing.planner
    return await extract(
        text,
        today=hearing.today,
        locale=hearing.locale or planner.locale or hearing.settings.locale,
        model=None if hearing.rules_only else language_model(hearing.settings),
        usual_holdback=planner.usual_holdback,
        answers=answers,
    )


@dataclass(frozen=True)
class SeasonRead:
    """What a season is started with; with the extraction where a sentence was sent."""

    parameters: SeasonParameters
    terms: GivenTerms
    extraction: Extraction | None


async def read_season(request: ForecastRequest, hearing: Hearing) -> SeasonRead:
    """The parameters as they were sent, or read out of the sentence, once and for all.

    Raises:
        InvalidInputError: they are out of bounds, or the sentence was read with low confidence; with what
            there is to ask.
    """
    sent = request.season_parameters(next_monday(hearing.today))
    if sent is not None:
        return SeasonRead(sent, request.given_terms(), None)
    found = await extract_now(request.user_input or "", replace(hearing, locale=request.locale))
    if not found.ready:
        raise InvalidInputError(
            "the sentence was read with low confidence, so nothing was started. "
            + " ".join(found.clarifications),
            errors=[
                {"loc": ["body", "user_input"], "msg": question.text, "field": question.field}
                for question in found.questions
            ],
        )
    return SeasonRead(found.parameters, _terms(request.given_terms(), found), found)


def _terms(given: GivenTerms, found: Extraction) -> GivenTerms:
    """The terms that were sent, and for the rest those that the sentence states.

    Raises:
        InvalidInputError: the sentence states one that cannot be.
    """
    said = {} if found.terms is None else found.terms.model_dump(exclude_none=True)
    taken = {name: value for name, value in said.items() if name in GivenTerms.model_fields}
    budget = {} if found.budget is None else {"budget": found.budget}
    try:
        return GivenTerms.model_validate({**taken, **budget, **given.model_dump(exclude_none=True)})
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInputError(f"the sentence's {first['loc'][0]}: {first['msg']}") from error


async def probe_model(settings: Settings) -> ModelHealth:
    """Which language model is configured, and whether it answers; costs no tokens."""
    return await probe(language_model(settings))


def load_model(settings: Settings) -> None:
    """Import what speaks to the language model, where one is configured, before a request waits for it."""
    load_model_library(settings)


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
