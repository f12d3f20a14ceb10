"""One category's season as it is put to the planners: what is known of it, and what came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pandas as pd

from schemas.economics import ECONOMICS_DEFAULTS
from schemas.errors import InvalidInputError
from schemas.parameters import SeasonParameters
from tasks.evaluation.replay.past_season import Season, Terms, season_demand
from tasks.evaluation.replay.planner import Brief
from tasks.planning.order.economics import economics_of
from tasks.planning.paths import DemandRecipe
from tasks.planning.pricing.elasticity import estimate_elasticity, price_panel
from tasks.planning.stores.clusters import DEFAULTS as CLUSTERING


@dataclass(frozen=True)
class Sources:
    """What a replay reads.

    Attributes:
        sales: date, category, store_id, quantity_sold and revenue where known; history and seasons.
        stores: store_id and attributes; may be empty.
        economics: given money by category, any of price, unit_cost, salvage_value, minimum_order_quantity,
            budget, and `elasticity`, the category's true one.
        prices: price panel (item_id, store_id, week_start, units, price); None where there is none.
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
    terms: Terms
    name: str

    @property
    def as_of(self) -> date:
        """The order's day; nothing of it or later is seen."""
        return self.start - timedelta(weeks=self.terms.lead_weeks)

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
    terms = case.terms
    return Brief(
        recipe=recipe,
        economics=economics_of(case.known, case.given),
        terms=terms,
        parameters=SeasonParameters(
            season_start_date=case.start,
            forecast_horizon_weeks=terms.weeks,
            replenishment_strategy=terms.strategy,
            markdown_checkpoint_week=terms.checkpoint_week,
            markdown_threshold=terms.threshold,
        ),
        attributes=_attributes(case.sources.stores, recipe.store_ids),
        elasticity=_believed(case),
    )


def season_of(case: Case, brief: Brief) -> Season:
    store_ids = brief.recipe.store_ids
    return Season(
        name=case.name,
        category=case.category,
        start=case.start,
        store_ids=store_ids,
        demand=season_demand(case.own, case.start, case.terms.weeks, store_ids),
        economics=brief.economics,
        terms=case.terms,
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
    given = case.given.get("elasticity", case.terms.elasticity)
    if given is not None and not pd.isna(given):
        return given
    prices = case.sources.prices
    if prices is None:
        return _told_by(price_panel(case.own) if "revenue" in case.own.columns else None)
    return _told_by(prices[prices["item_id"].astype(str) == case.category])


def _believed(case: Case) -> float:
    """The elasticity that prices before the order's day tell, or the default."""
    prices = case.sources.prices
    if prices is None:
        return _told_by(price_panel(case.known) if "revenue" in case.known.columns else None)
    mine = prices["item_id"].astype(str) == case.category
    return _told_by(prices[mine & (pd.to_datetime(prices["week_start"]) < pd.Timestamp(case.as_of))])


def _told_by(panel: pd.DataFrame | None) -> float:
    estimate = None if panel is None else estimate_elasticity(panel).usable
    return ECONOMICS_DEFAULTS.elasticity if estimate is None else estimate


def notes_on(case: Case, season: Season) -> tuple[str, ...]:
    first = pd.Timestamp(case.start)
    inside = case.own[case.own["date"].between(first, first + timedelta(weeks=case.terms.weeks, days=-1))]
    new = sorted(set(inside["store_id"].astype(str)) - set(season.store_ids))
    notes = [f"{len(new)} store(s) without history are left out: {', '.join(new[:5])}."] if new else []
    silent = int((season.demand.sum(axis=0) == 0).sum())
    if silent and np.any(season.demand):
        notes.append(f"{silent} store(s) with history sold nothing in the season.")
    return tuple(notes)
