"""A past season as it can be played again: the demand that came, and the money at stake."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from schemas.economics import ECONOMICS_DEFAULTS, Economics
from schemas.errors import InvalidInputError
from schemas.parameters import DEFAULT_MARKDOWN_THRESHOLD, ReplenishmentStrategy
from tasks.planning.units import Ints
from tasks.planning.weeks import is_weekly

DAYS = 7


@dataclass(frozen=True)
class Terms:
    """What a season is planned with; the same for every planner.

    Attributes:
        weeks: the season's length.
        lead_weeks: weeks before its start at which the order is placed, and after which nothing is known.
        checkpoint_week: the week after which a markdown is weighed; None for never.
        elasticity: how the replay's customers answer to a markdown; None takes what prices in the files tell,
            or the default where they tell nothing.
    """

    weeks: int = 12
    lead_weeks: int = 12
    strategy: ReplenishmentStrategy = ReplenishmentStrategy.WEEKLY
    checkpoint_week: int | None = 6
    threshold: float = DEFAULT_MARKDOWN_THRESHOLD
    elasticity: float | None = None


@dataclass(frozen=True)
class Season:
    """One category's past season.

    Attributes:
        elasticity: how customers answer to a markdown.
        demand: units asked for at full price, shape (weeks, stores); the sales that were recorded.
        economics: price, cost and salvage, as known when the season was planned.
    """

    name: str
    category: str
    start: date
    store_ids: tuple[str, ...]
    demand: Ints
    economics: Economics
    terms: Terms
    elasticity: float = ECONOMICS_DEFAULTS.elasticity

    def faced(self, week: int, depth: float) -> Ints:
        """Units asked for in a week (1-based) at a markdown: full-price demand × (1 − m)^(−ε), rounded half
        up."""
        lifted = self.demand[week - 1] * (1 - depth) ** -self.elasticity
        whole: Ints = np.floor(lifted + 0.5).astype(np.int64)
        return whole

    def delivers(self, week: int) -> bool:
        """Whether the distribution centre can ship at the start of this week."""
        every = self.terms.strategy.weeks_between
        return week == 1 or (every is not None and (week - 1) % every == 0)

    def next_delivery(self, week: int) -> int | None:
        """The next week after this one at whose start the centre can ship; None where there is none."""
        later = (each for each in range(week + 1, self.terms.weeks + 1) if self.delivers(each))
        return next(later, None)


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


def seasons_within(sales: pd.DataFrame, terms: Terms, *, min_history_weeks: int = 56) -> list[date]:
    """Starts of as many whole seasons, one after the other, as the file holds after enough history."""
    dates = pd.to_datetime(sales["date"])
    first, last = dates.min().date(), dates.max().date()
    end = last + timedelta(days=DAYS if is_weekly(dates) else 1)
    starts = []
    start = end - timedelta(weeks=terms.weeks)
    while start - timedelta(weeks=terms.lead_weeks + min_history_weeks) >= first:
        starts.append(start)
        start -= timedelta(weeks=terms.weeks)
    if not starts:
        needed = terms.weeks + terms.lead_weeks + min_history_weeks
        raise InvalidInputError(
            f"The sales from {first} to {last} hold no season to replay: that takes {needed} weeks (history, "
            "lead and season). Give a longer file, fewer --lead-weeks, or --seasons."
        )
    return sorted(starts)
