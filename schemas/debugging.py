"""Requests of the debug endpoints: one stage, run at once, nothing stored."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from schemas.defaults import ELASTICITY, LARGEST, SEASON
from schemas.economics import Economics
from schemas.fields import CategoryId, Elasticity, Quantity, SafetyStock, Sent, Share, UnitCount
from schemas.parameters import SeasonParameters


class DemandInput(Sent):
    """Forecast a category's season from its stored history."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"category_id": "womens_dresses", "parameters": {"season_start_date": "2025-02-17"}}
        },
    )

    category_id: CategoryId
    parameters: SeasonParameters


class InventoryInput(DemandInput):
    """Forecast, cluster, buy and allocate; with another safety stock than the recommended one, if wanted."""

    safety_stock_pct: SafetyStock | None = None


class PricingInput(Sent):
    """What a markdown would bring: the stock, and the demand of the weeks left at full price."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "weekly_demand": [900, 850, 800, 750, 700, 650],
                "stock": 9000,
                "made": 20000,
                "economics": {"price": 50, "unit_cost": 25, "salvage_value": 10},
            }
        },
    )

    weekly_demand: Annotated[list[Quantity], Field(min_length=1, max_length=SEASON.max_weeks)]
    stock: UnitCount
    made: Annotated[int, Field(ge=1, le=LARGEST.units)]
    economics: Economics
    target_sell_through_pct: Share = SEASON.markdown_threshold
    elasticity_coefficient: Elasticity = ELASTICITY.assumed
    demand_uncertainty: Annotated[Share, Field(description="Log spread of the total.")] = 0.15


class StageAnswer(BaseModel):
    """A stage's typed result."""

    result: dict[str, Any]
