"""Which of a season's decisions a planner takes by money, and which by rule."""

from dataclasses import dataclass, replace
from typing import Literal

from schemas.defaults import SAFETY_STOCK, SEASON

BuyChoice = Literal["band", "economic", "rule"]
HoldbackChoice = Literal["asked", "advised", "rule"]
DECISIONS: tuple[str, ...] = ("buy", "allocation", "replenishment", "reforecast", "markdown")


@dataclass(frozen=True)
class Rules:
    """The simple rules: demand × 1.20, 45 % held back, 70 % by sales and 30 % by attributes, what remains ÷
    weeks left, gap × elasticity."""

    safety_stock: float = SAFETY_STOCK.habitual
    holdback: float = SEASON.holdback


RULES_OF_THUMB = Rules()


@dataclass(frozen=True)
class Choices:
    """How each decision is taken.

    Attributes:
        buy: band is the recommended safety stock within the 10 to 30 % that can be approved, economic the
            newsvendor quantity without that bound.
        holdback: asked is what the season's parameters say, which the product keeps; advised the share that
            it computes beside it.
        allocation, replenishment, reforecast, markdown: whether by the product; otherwise by rule.
        deepens: whether a markdown is weighed again every week once the checkpoint has called for one.
    """

    buy: BuyChoice = "band"
    holdback: HoldbackChoice = "asked"
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
PRODUCT_ADVISED = Choices(holdback="advised")
RULES = Choices(
    "rule", holdback="rule", allocation=False, replenishment=False, reforecast=False, markdown=False
)
