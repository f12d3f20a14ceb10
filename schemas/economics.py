"""What a unit of a category costs and earns: the money that every decision is graded in."""

from dataclasses import dataclass
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from schemas.defaults import ELASTICITY
from schemas.fields import Elasticity, Money, Price, Text, UnitCount

MinimumOrder = UnitCount
Source = Literal["given", "estimated", "assumed"]


@dataclass(frozen=True)
class EconomicsDefaults:
    """What is assumed where nothing is given.

    A cost of half the price is the trade's keystone mark-up; at the assumed elasticity of 2 it is also the
    cost at which the full price earns most, so that list price and elasticity do not contradict each other.
    """

    price: float = 1.0
    cost_share: float = 0.50
    salvage_share: float = 0.20


ECONOMICS_DEFAULTS = EconomicsDefaults()


class GivenTerms(BaseModel):
    """What a person said of a category's money; the rest is estimated or assumed, and said to be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    price: Price | None = None
    unit_cost: Money | None = None
    salvage_value: Money | None = None
    minimum_order_quantity: MinimumOrder | None = None
    budget: Money | None = None
    elasticity: Elasticity | None = None


NOTHING_GIVEN = GivenTerms()


class Economics(BaseModel):
    """One category's money, in one currency, resolved once: every decision of its season reads this.

    Attributes:
        price: what a unit sells for at full price.
        unit_cost: what a unit costs, delivered to the distribution centre.
        salvage_value: what a unit still brings after the season.
        minimum_order_quantity: fewest units that can be ordered.
        budget: most money that the order may cost.
        elasticity: how customers are believed to answer to a markdown, ε in (1 − m)^(−ε).
        price_source: given, estimated from revenue ÷ quantity, or assumed.
        elasticity_source: given, estimated from past prices, or assumed; `elasticity_reasoning` in words.
        assumed: the names of the figures that are defaults.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    price: Price = ECONOMICS_DEFAULTS.price
    unit_cost: Money = ECONOMICS_DEFAULTS.price * ECONOMICS_DEFAULTS.cost_share
    salvage_value: Money = ECONOMICS_DEFAULTS.price * ECONOMICS_DEFAULTS.salvage_share
    minimum_order_quantity: MinimumOrder | None = None
    budget: Money | None = None
    elasticity: Elasticity = ELASTICITY.assumed
    price_source: Source = "given"
    elasticity_source: Source = "assumed"
    elasticity_reasoning: Text = ""
    assumed: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.unit_cost > self.price:
            raise ValueError(
                f"unit_cost {self.unit_cost} is above the price {self.price}; nothing could be earned"
            )
        if self.salvage_value > self.unit_cost:
            raise ValueError(
                f"salvage_value {self.salvage_value} is above unit_cost {self.unit_cost}; leftovers would "
                "earn money"
            )
        return self

    @property
    def critical_ratio(self) -> float:
        """Newsvendor service level (price − cost) ÷ (price − salvage): how often demand should be covered."""
        at_stake = self.price - self.salvage_value
        return (self.price - self.unit_cost) / at_stake if at_stake > 0 else 0.0
