"""A past season as it can be played again: the demand that came, and the money at stake."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from schemas.defaults import ELASTICITY, SEASON
from schemas.economics import Economics
from schemas.errors import InvalidInputError
from schemas.parameters import ReplenishmentStrategy, SeasonParameters
from tasks.planning.calendar import SeasonCalendar
from tasks.planning.units import Ints
from tasks.planning.weeks import is_weekly

DAYS = 7


@dataclass(frozen=True)
class Setup:
    """What every past season is planned with, by every planner.

    Attributes:
        weeks: the season's length.
        lead_weeks: weeks before its start at which the order is placed, and after which nothing is known.
        holdback: the share of the order that the planner asks to keep at the distribution centre.
        checkpoint_week: the week after which a markdown is weighed; None for never.
        elasticity: how the replay's customers answer to a markdown; None takes what prices in the files tell,
            or the default where they tell nothing.
    """

    weeks: int = SEASON.weeks
    lead_weeks: int = 12
    strategy: ReplenishmentStrategy = ReplenishmentStrategy.WEEKLY
    holdback: float = SEASON.holdback
    checkpoint_week: int | None = 6
    threshold: float = SEASON.markdown_threshold
    elasticity: float | None = None

    def parameters(self, start: date) -> SeasonParameters:
        """The parameters of the season that starts on this day."""
        return SeasonParameters(
            season_start_date=start,
            forecast_horizon_weeks=self.weeks,
            replenishment_strategy=self.strategy,
            dc_holdback_percentage=self.holdback,
            markdown_checkpoint_week=self.checkpoint_week,
            markdown_threshold=self.threshold,
        )


@dataclass(frozen=True)
class PastSeason:
    """One category's past season.

    Attributes:
        elasticity: how customers answer to a markdown.
        demand: units asked for at full price, shape (weeks, stores); the sales that were recorded.
        economics: price, cost and salvage, as known when the season was planned.
        calendar: when something can be done.
    """

    name: str
    category: str
    start: date
    store_ids: tuple[str, ...]
    demand: Ints
    economics: Economics
    calendar: SeasonCalendar
    elasticity: float = ELASTICITY.assumed

    def faced(self, week: int, depth: float) -> Ints:
        """Units asked for in a week (1-based) at a markdown: full-price demand × (1 − m)^(−ε), rounded half
        up."""
        lifted = self.demand[week - 1] * (1 - depth) ** -self.elasticity
        whole: Ints = np.floor(lifted + 0.5).astype(np.int64)
        return whole


def season_demand(sales: pd.DataFrame, start: date, weeks: int, store_ids: tuple[str, ...]) -> Ints:
    """Units sold by season week and store, shape (weeks, stores); missing store-weeks are zero.

    Daily rows fall into weeks from `start`, weekly rows into the nearest one.
    """
    dates = pd.to_datetime(sales["date"])
    offset = (dates - pd.Timestamp(start)).dt.days
    week = (offset + (DAYS // 2 if is_weekly(dates) else 0)) // DAYS
    inside = week.between(0, weeks - 1)
    table = (
        sales[inside]
        .assign(week=week[inside])
        .pivot_table(index="week", columns="store_id", values="quantity_sold", aggfunc="sum", observed=True)
        .reindex(index=range(weeks), columns=list(store_ids))
    )
    units = np.nan_to_num(table.to_numpy(dtype=float))
    whole: Ints = np.floor(np.clip(units, 0, None) + 0.5).astype(np.int64)
    return whole


def seasons_within(sales: pd.DataFrame, setup: Setup, *, min_history_weeks: int = 56) -> list[date]:
    """Starts of as many whole seasons, one after the other, as the file holds after enough history."""
    dates = pd.to_datetime(sales["date"])
    first, last = dates.min().date(), dates.max().date()
    end = last + timedelta(days=DAYS if is_weekly(dates) else 1)
    starts = []
    start = end - timedelta(weeks=setup.weeks)
    while start - timedelta(weeks=setup.lead_weeks + min_history_weeks) >= first:
        starts.append(start)
        start -= timedelta(weeks=setup.weeks)
    if not starts:
        needed = setup.weeks + setup.lead_weeks + min_history_weeks
        raise InvalidInputError(
            f"The sales from {first} to {last} hold no season to replay: that takes {needed} weeks (history, "
            "lead and season). Give a longer file, fewer --lead-weeks, or --seasons."
        )
    return sorted(starts)
