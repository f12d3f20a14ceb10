"""One category's season as it is put to the planners: what is known of it, and what came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pandas as pd

from schemas.defaults import ELASTICITY
from schemas.economics import GivenTerms
from schemas.errors import InvalidInputError
from schemas.forecasts import DemandRecipe
from tasks.evaluation.replay.past_season import PastSeason, Setup, season_demand
from tasks.evaluation.replay.planner import Brief
from tasks.planning.order.economics import economics_of
from tasks.planning.paths import DemandPaths
from tasks.planning.planner import SeasonBrief
from tasks.planning.pricing.elasticity import estimate_elasticity, price_panel, prices_of
from tasks.planning.stores.clusters import DEFAULTS as CLUSTERING


@dataclass(frozen=True)
class Sources:
    """What a replay reads.

    Attributes:
        sales: date, category, store_id, quantity_sold and revenue where known; history and seasons.
        stores: store_id and attributes; may be empty.
        economics: given money by category, any of price, unit_cost, salvage_value, minimum_order_quantity,
            budget, and `elasticity`, the category's true one.
        prices: price panel (item_id, store_id, week_start, units, price, and `category` where items are not
            categories); None where there is none.
    """

    sales: pd.DataFrame
    stores: pd.DataFrame
    economics: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    prices: pd.DataFrame | None = None


@dataclass(frozen=True)
class Case:
    """One category's season to be planned; `sales` has dates."""

    sales: pd.DataFrame
    sources: Sources
    category: str
    start: date
    setup: Setup
    name: str

    @property
    def as_of(self) -> date:
        """The order's day; nothing of it or later is seen."""
        return self.start - timedelta(weeks=self.setup.lead_weeks)

    @cached_property
    def own(self) -> pd.DataFrame:
        """The category's sales, past and season."""
        return self.sales[self.sales["category"].astype(str) == self.category]

    @cached_property
    def known(self) -> pd.DataFrame:
        """What was sold of the category before the order's day."""
        known = self.own[self.own["date"] < pd.Timestamp(self.as_of)]
        if known.empty:
            raise InvalidInputError(
                f"{self.category} has no sales before {self.as_of}; choose a later season for it."
            )
        return known

    @property
    def context(self) -> pd.DataFrame | None:
        """What was sold of the other categories before the order's day, in total."""
        before = self.sales["date"] < pd.Timestamp(self.as_of)
        others = self.sales[before & (self.sales["category"].astype(str) != self.category)]
        if others.empty:
            return None
        totals = others.groupby(["date", "category"], observed=True)["quantity_sold"].sum()
        return totals.reset_index()

    @property
    def given(self) -> Mapping[str, float]:
        """The category's money as given."""
        return self.sources.economics.get(self.category, {})


def brief_of(case: Case, recipe: DemandRecipe) -> Brief:
    """What a planner knows of the case on the order's day."""
    return Brief(
        season=SeasonBrief(
            paths=DemandPaths(recipe),
            parameters=case.setup.parameters(case.start),
            economics=economics_of(case.known, _given(case.given), _known_prices(case)),
        ),
        attributes=_attributes(case.sources.stores, recipe.store_ids),
    )


def season_of(case: Case, brief: Brief) -> PastSeason:
    """What came, store by store, for the stores that were planned."""
    store_ids = brief.season.paths.recipe.store_ids
    return PastSeason(
        name=case.name,
        category=case.category,
        start=case.start,
        store_ids=store_ids,
        demand=season_demand(case.own, case.start, case.setup.weeks, store_ids),
        economics=brief.season.economics,
        calendar=brief.season.calendar,
        elasticity=_true_elasticity(case),
    )


def _attributes(stores: pd.DataFrame, store_ids: Sequence[str]) -> pd.DataFrame:
    names = [
        name for name in CLUSTERING.attributes if name in stores.columns and name not in CLUSTERING.unranked
    ]
    if "store_id" not in stores.columns:
        return pd.DataFrame(index=list(store_ids))
    table: pd.DataFrame = stores.set_index(stores["store_id"].astype(str))[names].reindex(list(store_ids))
    return table


def _true_elasticity(case: Case) -> float:
    """How the replay's customers answer to a markdown: as given, or as all prices in the files tell, those of
    the season included, or by default."""
    given = case.given.get("elasticity", case.setup.elasticity)
    if given is not None and not pd.isna(given):
        return given
    prices = case.sources.prices
    if prices is None:
        return _told_by(price_panel(case.own))
    return _told_by(prices_of(prices, case.category))


def _known_prices(case: Case) -> pd.DataFrame:
    """The prices before the order's day, which the planner's elasticity is told by."""
    prices = case.sources.prices
    if prices is None:
        return price_panel(case.known)
    before = pd.to_datetime(prices["week_start"]) < pd.Timestamp(case.as_of)
    return prices_of(prices, case.category)[before]


def _given(money: Mapping[str, float]) -> GivenTerms:
    """The money that the planners are told; the customers' true elasticity is not."""
    told = {name: value for name, value in money.items() if name != "elasticity" and not pd.isna(value)}
    return GivenTerms.model_validate(told)


def _told_by(panel: pd.DataFrame) -> float:
    estimate = estimate_elasticity(panel).usable
    return ELASTICITY.assumed if estimate is None else estimate


def notes_on(case: Case, season: PastSeason) -> tuple[str, ...]:
    first = pd.Timestamp(case.start)
    inside = case.own[case.own["date"].between(first, first + timedelta(weeks=case.setup.weeks, days=-1))]
    new = sorted(set(inside["store_id"].astype(str)) - set(season.store_ids))
    notes = [f"{len(new)} store(s) without history are left out: {', '.join(new[:5])}."] if new else []
    silent = int((season.demand.sum(axis=0) == 0).sum())
    if silent and np.any(season.demand):
        notes.append(f"{silent} store(s) with history sold nothing in the season.")
    return tuple(notes)
