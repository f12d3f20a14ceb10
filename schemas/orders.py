"""The manufacturing order that waits for approval: what to make, and what that choice costs."""

import math
from bisect import bisect_left
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.economics import Economics
from schemas.errors import InvalidInputError
from schemas.fields import Share

Units = Annotated[int, Field(ge=0)]


def manufacturing_quantity(total: float, safety_stock_pct: float) -> int:
    """Units to make: `total × (1 + safety_stock_pct)`, rounded half up."""
    return math.floor(round(total * (1 + safety_stock_pct), 6) + 0.5)


def split_order(quantity: int, holdback_pct: float) -> tuple[int, int]:
    """First shipment and what stays at the distribution centre; they sum to `quantity`."""
    initial = math.floor(round(quantity * (1 - holdback_pct), 6) + 0.5)
    return initial, quantity - initial


class MoneyRow(BaseModel):
    """What making a quantity is expected to bring; `*_se` are standard errors of the sampled means.

    Attributes:
        quantity: units made, after minimum order quantity and budget.
        wanted_quantity: units before them.
        limited_by: the limit that moved the quantity, None where none did.
        limit_cost: expected profit that the limit costs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    safety_stock_pct: float
    quantity: Units
    wanted_quantity: Units
    expected_profit: float
    expected_profit_se: float
    expected_lost_sales: float
    expected_lost_sales_se: float
    expected_leftover: float
    expected_leftover_se: float
    sell_through: float
    sell_through_se: float
    limited_by: str | None = None
    limit_cost: float = 0.0


class HoldbackAdvice(BaseModel):
    """The share of the order that is best kept at the distribution centre, beside the planner's own.

    Attributes:
        gain: expected profit of the computed share over the planner's; `gain_se` is its standard error.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    holdback_pct: Share
    planners_pct: Share
    gain: float
    gain_se: float
    reasoning: str


class ManufacturingOrder(BaseModel):
    """An order as proposed, or as it would be at another safety stock.

    Attributes:
        forecast_total: units that the forecast expects over the season.
        holdback_pct: the share of the order that stays at the distribution centre.
        chosen: the money of this very order.
        recommended: the money at the recommended safety stock.
        newsvendor: the money of the quantity that is best by price, cost and salvage alone.
        planners: the money at the planner's own, or the trade's usual, safety stock.
        curve: the money at every safety stock that can be approved, ascending.
        holdback_advice: what keeping another share back would be worth.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    manufacturing_qty: Units
    initial_allocation: Units
    holdback: Units
    safety_stock_pct: float
    forecast_total: Units
    holdback_pct: Share
    service_level: Share
    economics: Economics
    chosen: MoneyRow
    recommended: MoneyRow
    newsvendor: MoneyRow
    planners: MoneyRow
    curve: tuple[MoneyRow, ...] = Field(min_length=2)
    reasoning: str
    warnings: tuple[str, ...] = ()
    holdback_advice: HoldbackAdvice

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.initial_allocation + self.holdback != self.manufacturing_qty:
            raise ValueError("initial_allocation and holdback must sum to manufacturing_qty")
        return self

    def at(self, safety_stock_pct: float) -> "ManufacturingOrder":
        """The same order at another safety stock, its money read off the curve.

        Raises:
            InvalidInputError: the percentage lies outside what can be approved.
        """
        low, high = self.curve[0].safety_stock_pct, self.curve[-1].safety_stock_pct
        if not low - 1e-9 <= safety_stock_pct <= high + 1e-9:
            raise InvalidInputError(
                f"safety_stock_pct {safety_stock_pct} is outside {low:.2f} to {high:.2f}; choose one within."
            )
        row = _between(self.curve, safety_stock_pct, self.forecast_total, self.economics)
        initial, holdback = split_order(row.quantity, self.holdback_pct)
        return self.model_copy(
            update={
                "manufacturing_qty": row.quantity,
                "initial_allocation": initial,
                "holdback": holdback,
                "safety_stock_pct": safety_stock_pct,
                "chosen": row,
                "reasoning": _compared(row, self.recommended),
            }
        )


def within_limits(wanted: int, economics: Economics) -> tuple[int, str | None]:
    """The quantity that minimum order quantity and budget leave, and which of them moved it.

    The budget wins where both cannot be met.
    """
    quantity, limit = wanted, None
    if economics.minimum_order_quantity and quantity < economics.minimum_order_quantity:
        quantity, limit = economics.minimum_order_quantity, "minimum order quantity"
    if economics.budget is not None and quantity * economics.unit_cost > economics.budget:
        quantity, limit = math.floor(economics.budget / economics.unit_cost), "budget"
    return quantity, limit


def _between(curve: tuple[MoneyRow, ...], pct: float, total: int, economics: Economics) -> MoneyRow:
    levels = [row.safety_stock_pct for row in curve]
    right = min(max(bisect_left(levels, pct - 1e-9), 1), len(curve) - 1)
    below, above = curve[right - 1], curve[right]
    weight = (pct - below.safety_stock_pct) / (above.safety_stock_pct - below.safety_stock_pct)
    weight = min(max(weight, 0.0), 1.0)
    low, high = below.model_dump(), above.model_dump()
    mixed = {
        name: low[name] + weight * (high[name] - low[name])
        for name in low
        if name.startswith(("expected_", "sell_through", "limit_cost"))
    }
    wanted = manufacturing_quantity(total, pct)
    quantity, limit = within_limits(wanted, economics)
    return MoneyRow(
        safety_stock_pct=pct, quantity=quantity, wanted_quantity=wanted, limited_by=limit, **mixed
    )


def _compared(row: MoneyRow, recommended: MoneyRow) -> str:
    difference = row.expected_profit - recommended.expected_profit
    direction = "more" if difference >= 0 else "less"
    return (
        f"At {row.safety_stock_pct:.1%} safety stock {row.quantity:,} units are made: expected profit "
        f"{abs(difference):,.0f} {direction} than at the recommended {recommended.safety_stock_pct:.1%}, "
        f"{row.expected_lost_sales:,.0f} units of demand missed, {row.expected_leftover:,.0f} left over."
    )
