"""Deviations from a recommendation that were approved, and what they were worth."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.fields import CategoryId, Sent, Storable
from schemas.parameters import SentParameters


class OverrideView(BaseModel):
    """One deviation, with both numbers; money only once the season has ended.

    Attributes:
        worth: profit with what was chosen less profit with what was recommended, all else equal.
    """

    kind: Literal["safety_stock", "quantity", "holdback", "elasticity"]
    recommended: float
    chosen: float
    profit_recommended: float | None = None
    profit_chosen: float | None = None
    worth: float | None = None
    reasoning: str = "The season has not ended yet."


class PlanInput(Sent):
    """One set of parameters to compare."""

    name: Annotated[str, Field(min_length=1, max_length=60), Storable()]
    parameters: SentParameters


class CompareRequest(Sent):
    """Two or more sets of parameters for one category."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "category_id": "womens_dresses",
                "plans": [
                    {"name": "weekly", "parameters": {"season_start_date": "2025-02-17"}},
                    {
                        "name": "all up front",
                        "parameters": {
                            "season_start_date": "2025-02-17",
                            "replenishment_strategy": "none",
                            "dc_holdback_percentage": 0,
                        },
                    },
                ],
            }
        },
    )

    category_id: CategoryId
    plans: Annotated[list[PlanInput], Field(min_length=2, max_length=10)]
