"""The frozen results that notes are written from, and the named facts that they become.

Fractions are fractions (0.45), units are whole, money is in the retailer's currency.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from schemas.messages import Agent
from schemas.notes import Subject

Cause = Literal["one_week", "level_shift", "drift", "stock_outs", "within_noise"]


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WeekFacts(_Facts):
    """A week's units, and why a planner should look at it."""

    week: int
    units: int
    start: date | None = None
    why: str = ""


class MemberFacts(_Facts):
    """A forecaster of the ensemble and its weight."""

    name: str
    weight: float


class DemandFacts(_Facts):
    """The forecast. `level` is the interval's; `wape` and `naive_wape` come from `origins` past seasons."""

    total: int
    peak: WeekFacts
    notable: tuple[WeekFacts, ...] = ()
    level: float | None = None
    lower: int | None = None
    upper: int | None = None
    wape: float | None = None
    naive_wape: float | None = None
    origins: int = 0
    members: tuple[MemberFacts, ...] = ()
    warnings: tuple[str, ...] = ()


class MoneyFacts(_Facts):
    """What one order is expected to bring."""

    name: str
    safety_stock: float
    quantity: int
    profit: float
    lost_sales: float
    leftovers: float


class ClusterFacts(_Facts):
    """A cluster of stores and what it gets."""

    name: str
    stores: int
    units: int
    share: float


class StoreFacts(_Facts):
    """A store's share of the units beside its share of past sales."""

    store: str
    units: int
    unit_share: float
    sales_share: float
    why: str = ""


class BuyFacts(_Facts):
    """The order. `rows` compare orders in money, the recommended one first."""

    quantity: int
    safety_stock: float
    initial: int
    holdback: int
    rows: tuple[MoneyFacts, ...] = ()
    clusters: tuple[ClusterFacts, ...] = ()
    more_than_sales_share: tuple[StoreFacts, ...] = ()
    less_than_sales_share: tuple[StoreFacts, ...] = ()
    better_holdback: float | None = None
    better_holdback_gain: float | None = None


class MarkdownFacts(_Facts):
    """The markdown: planned where nothing was sold yet, recommended at the checkpoint.

    `gain` is what the depth brings over waiting, in money.
    """

    week: int
    threshold: float
    expected_sell_through: float | None = None
    chance_needed: float | None = None
    sell_through: float | None = None
    depth: float | None = None
    gain: float | None = None
    stock: int | None = None
    elasticity: float | None = None
    elasticity_source: str = ""


class RevisionFacts(_Facts):
    """A re-forecast: what was expected, what is expected now, and what the centre has left to send."""

    observed_weeks: int
    weeks_left: int
    old_total: int
    new_total: int
    lower: int
    upper: int
    level: float
    at_centre: int


class VarianceFacts(_Facts):
    """A season under way. `weekly`: each week's signed variance, None where nothing was forecast."""

    week: int
    forecast: int
    actual: int
    variance: float
    threshold: float
    likelihood: float | None = None
    weekly: tuple[float | None, ...] = ()
    weeks_left: int = 0
    stock_out_weeks: tuple[int, ...] = ()
    reforecast: bool = False


class SeasonFacts(_Facts):
    """Everything that notes may say about a season; a stage that has not run is None."""

    category: str
    start: date
    end: date
    weeks: int
    replenishment: Literal["none", "weekly", "bi-weekly"]
    holdback: float
    demand: DemandFacts | None = None
    buy: BuyFacts | None = None
    markdown: MarkdownFacts | None = None
    revision: RevisionFacts | None = None
    variance: VarianceFacts | None = None


class Part(StrEnum):
    """Where in a note a fact stands."""

    REASONING = "reasoning"
    FACTOR = "key_factors"
    RISK = "risks"
    QUESTION = "questions"


@dataclass(frozen=True)
class Fact:
    """One thing that the results say: a clause with its numbers, and the name that a model calls it by."""

    key: str
    says: str
    part: Part = Part.FACTOR


@dataclass(frozen=True)
class Topic:
    """Who speaks about what: the facts of one stage, and what this season does not have."""

    speaker: Agent
    subject: Subject
    facts: tuple[Fact, ...]
    absent: frozenset[str] = frozenset()
