"""Season parameters out of a planner's words, and her answers to what was unclear in them."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import ConfigDict, Field

from api.errors import problem_responses
from api.security import authenticate
from schemas.extraction import MOST_ANSWERS, Answer, Extraction, Locale
from schemas.fields import CategoryId, Sent
from schemas.workflows import UserInput
from tasks.parameters.service import Hearing, extract_now

router = APIRouter(prefix="/api/parameters", tags=["parameters"])
SENTENCE = "12 weeks from March 1st, no replenishment, markdown at week 6 below 60%"


class ExtractionRequest(Sent):
    """A planner's words."""

    model_config = ConfigDict(json_schema_extra={"example": {"user_input": SENTENCE}})

    user_input: UserInput
    category_id: CategoryId | None = None
    locale: Locale | None = Field(None, description="Whose calendar; the planner's own by default.")
    rules_only: bool = Field(
        False, strict=True, description="Ask no language model, even where one is configured."
    )


class AnswersRequest(ExtractionRequest):
    """A planner's words once more, with her answers so far."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "user_input": "12 weeks from March 1st, hold most of it at the DC",
                "answers": [{"id": "dc_holdback_percentage", "value": "60 %"}],
            }
        },
    )

    answers: Annotated[list[Answer], Field(max_length=MOST_ANSWERS)]


@router.post("/extract", summary="Read season parameters", responses=problem_responses(401, 413, 422, 429))
async def extract(
    request: Request, body: ExtractionRequest, caller: Annotated[str, Depends(authenticate)]
) -> Extraction:
    """Each value with the words it was read from. Low confidence asks, and starts nothing by itself."""
    return await extract_now(body.user_input, _hearing(request, body, caller))


@router.post(
    "/answer", summary="Answer what is unclear in a sentence", responses=problem_responses(401, 413, 422, 429)
)
async def answer(
    request: Request, body: AnswersRequest, caller: Annotated[str, Depends(authenticate)]
) -> Extraction:
    """The same reply with the answers applied, as often as needed; `ready` says that a workflow may start. An
    answer is an option's value or words; null takes the default, or no markdown."""
    return await extract_now(body.user_input, _hearing(request, body, caller), body.answers)


def _hearing(request: Request, body: ExtractionRequest, caller: str) -> Hearing:
    host = request.client.host if request.client else ""
    request.app.state.throttle.admit(f"{caller}@{host}")
    return Hearing(
        request.app.state.settings, caller, datetime.now(UTC), locale=body.locale, rules_only=body.rules_only
    )
