"""A season as it stands, in plain values: what decisions in season are taken from, live and graded alike."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from schemas.economics import Economics
from schemas.forecasts import DemandRecipe
from schemas.parameters import SeasonParameters
from tasks.planning.calendar import SeasonCalendar
from tasks.planning.in_season.stock import SeasonStock
from tasks.planning.in_season.update import ForecastUpdate, update_forecast
from tasks.planning.paths import DemandPaths
from tasks.planning.pricing.ladder import demand_lift


@dataclass(frozen=True)
class StandingMarkdown:
    """A markdown that was approved: its depth holds from the week after `after_week` on."""

    after_week: int
    depth: float
    elasticity: float

    @property
    def lift(self) -> float:
        """Demand at this depth ÷ demand at full price."""
        return demand_lift(self.depth, self.elasticity)


@dataclass(frozen=True)
class PublishedForecast:
    """The newest forecast on record: what sales are compared with.

    Attributes:
        units: whole units of every season week; those before `first_week` were sold when it was made.
        recipe: the distribution of the weeks from `first_week` on.
    """

    first_week: int
    units: Sequence[int]
    recipe: DemandRecipe


@dataclass(frozen=True)
class SeasonState:
    """What is known of a season whose order is approved.

    Attributes:
        recipe: the demand distribution before the season; decisions read it, corrected by all sales.
        published: what sales are compared with.
        stock: where the units are, and what was sold in weeks 1 … n.
        markdowns: those that were approved, by week.
        markdown_asked: whether the checkpoint's markdown was put to a person, whatever came of it.
    """

    recipe: DemandRecipe
    parameters: SeasonParameters
    economics: Economics
    published: PublishedForecast
    stock: SeasonStock
    markdowns: tuple[StandingMarkdown, ...]
    markdown_asked: bool

    @cached_property
    def calendar(self) -> SeasonCalendar:
        """When something can be done."""
        return SeasonCalendar.of(self.parameters)

    @property
    def weeks(self) -> int:
        """The season's weeks."""
        return self.calendar.weeks

    @property
    def done(self) -> int:
        """Weeks 1 … n whose sales are all known."""
        return self.stock.weeks

    def after(self, weeks: int) -> "SeasonState":
        """The same season when only its first `weeks` weeks were sold."""
        return replace(self, stock=self.stock.after(weeks))

    @property
    def depth(self) -> float:
        """The markdown that stands in the week that comes."""
        standing = self._standing(self.done + 1)
        return 0.0 if standing is None else standing.depth

    def lift(self, week: int) -> float:
        """Factor by which the markdown that stands raises a week's demand."""
        standing = self._standing(week)
        return 1.0 if standing is None else standing.lift

    def _standing(self, week: int) -> StandingMarkdown | None:
        return next((each for each in reversed(self.markdowns) if each.after_week < week), None)

    @cached_property
    def remaining(self) -> ForecastUpdate:
        """The demand of the weeks left at full price, corrected by what was sold.

        Raises:
            InvalidInputError: no week is sold yet, or none is left.
        """
        return update_forecast(
            self.recipe,
            self.stock.sold.astype(float),
            sold_out=self.stock.sold_out,
            lifts=np.array([self.lift(week) for week in range(1, self.done + 1)]),
        )

    @cached_property
    def remaining_paths(self) -> DemandPaths:
        """The demand of the weeks left at the price that stands."""
        return self.remaining.paths.at_price([self.lift(self.done + 1)] * (self.weeks - self.done))

    @cached_property
    def published_paths(self) -> DemandPaths:
        """The weeks that the newest forecast was made for, at the prices that stood and stand, as wide as
        past errors alone say: without the floor that buys and intervals have."""
        weeks = range(self.published.first_week, self.weeks + 1)
        return DemandPaths(self.published.recipe).observed.at_price([self.lift(week) for week in weeks])

    @property
    def expected_curve(self) -> list[int]:
        """The newest published weeks at the price that stands: what an approved markdown lifts is expected,
        and no surprise."""
        return [
            round(units * self.lift(week)) if week >= self.published.first_week else units
            for week, units in enumerate(self.published.units, start=1)
        ]
