"""Which of the six decisions a planner takes by money, and which by rule."""

from dataclasses import dataclass, replace
from typing import Literal

BuyChoice = Literal["band", "economic", "rule"]
DECISIONS: tuple[str, ...] = ("buy", "holdback", "allocation", "replenishment", "reforecast", "markdown")


@dataclass(frozen=True)
class Rules:
    """The simple rules: demand × 1.20, 45 % held back, 70 % by sales and 30 % by attributes, what remains ÷
    weeks left, gap × elasticity."""

    safety_stock: float = 0.20
    holdback: float = 0.45


RULES_OF_THUMB = Rules()


@dataclass(frozen=True)
class Choices:
    """How each decision is taken.

    Attributes:
        buy: band is the recommended safety stock within the 10 to 30 % that can be approved, economic the
            newsvendor quantity without that bound.
        holdback, allocation, replenishment, reforecast, markdown: whether by the product; otherwise by rule.
        deepens: whether a markdown is weighed again every week once the checkpoint has called for one.
    """

    buy: BuyChoice = "band"
    holdback: bool = True
    allocation: bool = True
    replenishment: bool = True
    reforecast: bool = True
    markdown: bool = True
    deepens: bool = False

    def switched_back(self, decision: str) -> "Choices":
        """The same with one decision taken by rule."""
        if decision == "buy":
            return replace(self, buy="rule")
        return replace(self, **{decision: False})  # type: ignore[arg-type]


PRODUCT = Choices()
PRODUCT_DEEPENING = Choices(deepens=True)
PRODUCT_UNBOUNDED = Choices(buy="economic")
RULES = Choices(
    "rule", holdback=False, allocation=False, replenishment=False, reforecast=False, markdown=False
)
