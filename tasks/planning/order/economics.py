"""A category's money: given where known, the price estimated from its sales, the rest from stated
defaults."""

from collections.abc import Mapping

import pandas as pd
from pydantic import ValidationError

from schemas.economics import ECONOMICS_DEFAULTS, Economics
from schemas.errors import InvalidInputError

TRAILING_DAYS = 364
GIVEN = ("price", "unit_cost", "salvage_value", "minimum_order_quantity", "budget")


def economics_of(sales: pd.DataFrame, given: Mapping[str, float | None] | None = None) -> Economics:
    """A category's economics.

    Args:
        sales: date, quantity_sold and, where known, revenue of the category; only what may be seen.
        given: any of price, unit_cost, salvage_value, minimum_order_quantity, budget; None means not known.

    Raises:
        InvalidInputError: the figures contradict each other.
    """
    known = {name: value for name, value in (given or {}).items() if name in GIVEN and not pd.isna(value)}
    estimated = estimate_price(sales)
    if "price" in known:
        price, source = float(known["price"] or 0), "given"
    elif estimated is not None:
        price, source = estimated, "estimated"
    else:
        price, source = ECONOMICS_DEFAULTS.price, "assumed"
    defaults = {
        "unit_cost": price * ECONOMICS_DEFAULTS.cost_share,
        "salvage_value": price * ECONOMICS_DEFAULTS.salvage_share,
    }
    assumed = [name for name in defaults if name not in known]
    if "salvage_value" not in known and "unit_cost" in known:
        defaults["salvage_value"] = min(defaults["salvage_value"], float(known["unit_cost"] or 0))
    values: dict[str, object] = {**defaults, **known, "price": price}
    if "minimum_order_quantity" in known:
        values["minimum_order_quantity"] = int(known["minimum_order_quantity"] or 0)
    assumed += ["price"] if source == "assumed" else []
    try:
        return Economics.model_validate({**values, "price_source": source, "assumed": tuple(assumed)})
    except ValidationError as error:
        reasons = "; ".join(str(place["msg"]) for place in error.errors())
        raise InvalidInputError(f"The category's money contradicts itself: {reasons}.") from error


def estimate_price(sales: pd.DataFrame) -> float | None:
    """Revenue ÷ quantity over the trailing year; None where no revenue is known."""
    if "revenue" not in sales.columns or sales.empty:
        return None
    dates = pd.to_datetime(sales["date"])
    recent = sales[(dates > dates.max() - pd.Timedelta(days=TRAILING_DAYS)) & sales["revenue"].notna()]
    units, revenue = float(recent["quantity_sold"].sum()), float(recent["revenue"].sum())
    return round(revenue / units, 4) if units > 0 and revenue > 0 else None
