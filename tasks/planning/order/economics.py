"""A category's money: given where known, price and elasticity estimated from its sales, the rest from stated
defaults. Resolved once for a season; every decision of it reads the result."""

from typing import TypedDict

import pandas as pd
from pydantic import ValidationError

from schemas.defaults import ELASTICITY
from schemas.economics import ECONOMICS_DEFAULTS, Economics, GivenTerms, Source
from schemas.errors import InvalidInputError
from tasks.planning.pricing.elasticity import estimate_elasticity

TRAILING_DAYS = 364


def economics_of(sales: pd.DataFrame, given: GivenTerms, prices: pd.DataFrame) -> Economics:
    """A category's economics; only what may be seen is handed in.

    Args:
        sales: date, quantity_sold and, where known, revenue of the category.
        given: what a person said.
        prices: the category's price panel (item_id, store_id, week_start, units, price); may be empty.

    Raises:
        InvalidInputError: the figures contradict each other.
    """
    price = _price(sales, given)
    values = {**_assumed(price, given), **_elasticity(prices, given), **price}
    limits = given.model_dump(include={"minimum_order_quantity", "budget"})
    try:
        return Economics.model_validate({**values, **limits})
    except ValidationError as error:
        reasons = "; ".join(str(place["msg"]) for place in error.errors())
        raise InvalidInputError(f"The category's money contradicts itself: {reasons}.") from error


class _Price(TypedDict):
    price: float
    price_source: Source


def _price(sales: pd.DataFrame, given: GivenTerms) -> _Price:
    if given.price is not None:
        return {"price": given.price, "price_source": "given"}
    estimated = estimate_price(sales)
    if estimated is not None:
        return {"price": estimated, "price_source": "estimated"}
    return {"price": ECONOMICS_DEFAULTS.price, "price_source": "assumed"}


def _assumed(price: _Price, given: GivenTerms) -> dict[str, object]:
    """Cost and salvage, in proportion to the price where nobody gave them, and the names of all assumed."""
    names = [name for name in ("unit_cost", "salvage_value") if getattr(given, name) is None]
    names += ["price"] if price["price_source"] == "assumed" else []
    cost, salvage = given.unit_cost, given.salvage_value
    usual = price["price"] * ECONOMICS_DEFAULTS.salvage_share
    return {
        "unit_cost": price["price"] * ECONOMICS_DEFAULTS.cost_share if cost is None else cost,
        "salvage_value": min(usual, usual if cost is None else cost) if salvage is None else salvage,
        "assumed": tuple(names),
    }


def _elasticity(prices: pd.DataFrame, given: GivenTerms) -> dict[str, object]:
    """As a person said, else as prices tell, else as assumed."""
    if given.elasticity is not None:
        return {
            "elasticity": given.elasticity,
            "elasticity_source": "given",
            "elasticity_reasoning": f"An elasticity of {given.elasticity:.1f} was given.",
        }
    told = estimate_elasticity(prices)
    return {
        "elasticity": ELASTICITY.assumed if told.usable is None else told.usable,
        "elasticity_source": "assumed" if told.usable is None else "estimated",
        "elasticity_reasoning": told.reasoning,
    }


def estimate_price(sales: pd.DataFrame) -> float | None:
    """Revenue ÷ quantity over the trailing year; None where no revenue is known."""
    if "revenue" not in sales.columns or sales.empty:
        return None
    dates = pd.to_datetime(sales["date"])
    recent = sales[(dates > dates.max() - pd.Timedelta(days=TRAILING_DAYS)) & sales["revenue"].notna()]
    units, revenue = float(recent["quantity_sold"].sum()), float(recent["revenue"].sum())
    return round(revenue / units, 4) if units > 0 and revenue > 0 else None
