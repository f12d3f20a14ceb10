"""The frozen results that notes are written from: plain numbers and words, each stage optional.

Fractions are fractions (0.45), units are whole, money is in the retailer's currency.
"""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

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
    total: int | None = None


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
    coverage: float | None = None
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
    currency: str = ""
    rows: tuple[MoneyFacts, ...] = ()
    clusters: tuple[ClusterFacts, ...] = ()
    silhouette: float | None = None
    more_than_sales_share: tuple[StoreFacts, ...] = ()
    less_than_sales_share: tuple[StoreFacts, ...] = ()
    better_holdback: float | None = None
    better_holdback_gain: float | None = None


class LadderFacts(_Facts):
    """One depth of the markdown ladder."""

    depth: float
    revenue: float
    leftovers: float


class MarkdownFacts(_Facts):
    """The markdown: planned where nothing was sold yet, recommended at the checkpoint."""

    week: int
    threshold: float
    sell_through: float | None = None
    expected_sell_through: float | None = None
    chance_needed: float | None = None
    depth: float | None = None
    elasticity: float | None = None
    elasticity_source: str = ""
    currency: str = ""
    ladder: tuple[LadderFacts, ...] = ()


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
    old_total: int | None = None
    new_total: int | None = None
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
    variance: VarianceFacts | None = None
