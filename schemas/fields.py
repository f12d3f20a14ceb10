"""The bounded numbers that requests and stored values share."""

from typing import Annotated

from pydantic import Field

from schemas.defaults import ELASTICITY, SAFETY_STOCK

Share = Annotated[float, Field(ge=0, le=1)]
SafetyStock = Annotated[float, Field(ge=SAFETY_STOCK.low, le=SAFETY_STOCK.high)]
Elasticity = Annotated[float, Field(ge=ELASTICITY.low, le=ELASTICITY.high)]
