"""The category's money and rules as a sentence states them: terms, and the budget."""

from datetime import date

from schemas.extraction import SaidTerms
from tasks.parameters.text import Quantity, Text

FIELDS = {
    "cost": "unit_cost",
    "price": "price",
    "salvage": "salvage_value",
    "moq": "minimum_order_quantity",
    "packsize": "pack_size",
    "leadtime": "lead_time_weeks",
    "holdingcost": "holding_cost_per_unit_week",
    "elasticity": "elasticity",
}
WHOLE = frozenset({"minimum_order_quantity", "pack_size", "lead_time_weeks"})


def read_terms(text: Text) -> tuple[SaidTerms | None, float | None]:
    """Terms and budget; None where none is said. The first of two that name the same wins."""
    said: dict[str, float | int | str] = {}
    budget: float | None = None
    for one in reversed(text.quantities("TERM")):
        value, currency = _amount(one), one.marks & {"USD", "GBP", "EUR", "CHF"}
        if currency:
            said["currency"] = next(iter(currency))
        if "budget" in one.marks:
            budget = value
        for word, name in FIELDS.items():
            if word in one.marks:
                said[name] = round(value) if name in WHOLE else value
    return (SaidTerms.model_validate(said) if said else None), budget


def _amount(one: Quantity) -> float:
    return 0.0 if one.value is None or isinstance(one.value, date) else float(one.value)
