"""Season parameters out of a planner's words."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict

from api.errors import problem_responses
from api.security import authenticate
from schemas.extraction import Extraction
from schemas.workflows import UserInput
from tasks.parameters.service import extract_now

router = APIRouter(prefix="/api/parameters", tags=["parameters"])


class ExtractionRequest(BaseModel):
    """A planner's words."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "user_input": "12 weeks from March 1st, no replenishment, markdown at week 6 below 60%"
            }
        },
    )

    user_input: UserInput
    category_id: str | None = None


@router.post("/extract", summary="Read season parameters", responses=problem_responses(401, 413, 422, 429))
async def extract(
    request: Request, body: ExtractionRequest, caller: Annotated[str, Depends(authenticate)]
) -> Extraction:
    """Each value with the words it was read from. Low confidence asks, and starts nothing by itself."""
    host = request.client.host if request.client else ""
    request.app.state.throttle.admit(f"{caller}@{host}")
    return await extract_now(
        body.user_input, today=datetime.now(UTC).date(), settings=request.app.state.settings
    )
