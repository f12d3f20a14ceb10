"""The product's bounds and defaults, each in this one place: schemas, tables, method and texts read it."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class SafetyStockBounds:
    """What can be approved, the step of the money curve, and the trade's habit."""

    low: float = 0.10
    high: float = 0.30
    step: float = 0.01
    habitual: float = 0.20


@dataclass(frozen=True)
class ElasticityBounds:
    """The elasticities that a markdown may use, and what is taken where neither a person nor prices tell."""

    low: float = 1.0
    high: float = 3.0
    assumed: float = 2.0


@dataclass(frozen=True)
class SeasonDefaults:
    """What a season is planned with where nothing else is said.

    Attributes:
        markdown_threshold: sell-through under which a checkpoint calls for a markdown.
        variance_threshold: cumulative |actual ÷ forecast − 1| over which a season is forecast again.
        improbable: chance of a deviation as large, by what the forecast said, under which it is as well.
        interval_level: level of every interval that a planner sees.
        spread_floor: least log spread of a season total that orders and shown intervals reckon with.
    """

    weeks: int = 12
    max_weeks: int = 52
    holdback: float = 0.45
    markdown_threshold: float = 0.60
    variance_threshold: float = 0.20
    improbable: float = 0.05
    interval_level: float = 0.80
    spread_floor: float = 0.20


@dataclass(frozen=True)
class DateBounds:
    """The days that the product plans in, and that its files may speak of."""

    first: date = date(1950, 1, 1)
    last: date = date(2100, 12, 31)


@dataclass(frozen=True)
class Largest:
    """The most that a request may ask for or say; more is a slip, and no database could hold it."""

    page: int = 100
    skip: int = 1_000_000
    units: int = 1_000_000_000
    money: float = 1e12
    name: int = 200
    sentence: int = 500
    note: int = 1000
    cursor: int = 400


SAFETY_STOCK = SafetyStockBounds()
ELASTICITY = ElasticityBounds()
SEASON = SeasonDefaults()
DATES = DateBounds()
LARGEST = Largest()
MARKDOWN_LADDER: tuple[float, ...] = (0.0, 0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.35, 0.40)
