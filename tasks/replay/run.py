"""Seasons planned from what was known, then played: the product, the rules, perfect foresight."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pandas as pd

from schemas.economics import ECONOMICS_DEFAULTS
from schemas.errors import InvalidInputError
from schemas.parameters import SeasonParameters
from tasks.allocation.economics import economics_of
from tasks.clustering.kmeans import DEFAULTS as CLUSTERING
from tasks.demand.paths import DemandRecipe
from tasks.markdown.elasticity import estimate_elasticity, price_panel
from tasks.replay.choices import DECISIONS, PRODUCT, PRODUCT_DEEPENING, PRODUCT_UNBOUNDED, RULES, Choices
from tasks.replay.foresight import PerfectForesight
from tasks.replay.planner import Brief, ChoosingPlanner
from tasks.replay.play import Ledger, play
from tasks.replay.score import SeasonMetrics, score
from tasks.replay.season import Season, Terms, season_demand

PLANNERS = ("product", "rules", "perfect")
UNBOUNDED = "product_unbounded_buy"
DEEPENING = "product_deepening"
FULL_PRICE = "perfect_full_price"


@dataclass(frozen=True)
class ForecastRequest:
    """One category's forecasting problem; `sales` and `context` end before `as_of`."""

    sales: pd.DataFrame
    context: pd.DataFrame | None
    season_start: date
    weeks: int
    as_of: date


Forecaster = Callable[[ForecastRequest], DemandRecipe]


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
class PlayedSeason:
    """One season, played by every planner.

    Attributes:
        name: where the season comes from, a scenario or the file.
        metrics, ledgers: by planner: `PLANNERS`, the product's variants, and foresight at full price.
        without: profit of the product with one decision switched back to the rule.
        forecast_total: units that were forecast.
        notes: what was left out, in words.
    """

    name: str
    category: str
    start: date
    season: Season
    forecast_total: int
    elasticity_believed: float
    metrics: Mapping[str, SeasonMetrics]
    ledgers: Mapping[str, Ledger]
    without: Mapping[str, float]
    notes: tuple[str, ...]


def replay(
    sources: Sources,
    starts: Sequence[date],
    terms: Terms,
    forecaster: Forecaster,
    *,
    name: str = "",
    categories: Sequence[str] | None = None,
    switch_back: bool = True,
) -> Iterator[PlayedSeason]:
    """Play every category's season at every start, one by one.

    Raises:
        InvalidInputError: the sales do not reach over a season, or a category is unknown.
    """
    known = sorted(str(value) for value in sources.sales["category"].unique())
    unknown = sorted(set(categories or ()) - set(known))
    if unknown:
        raise InvalidInputError(
            f"The sales hold no category {', '.join(unknown)}; there are {', '.join(known)}."
        )
    dated = sources.sales.assign(date=pd.to_datetime(sources.sales["date"]))
    last = dated["date"].max()
    for start in starts:
        if pd.Timestamp(start) + timedelta(weeks=terms.weeks - 1) > last:
            raise InvalidInputError(
                f"The season from {start} runs past the sales, which end on {last.date()}; choose an earlier "
                "one."
            )
    for start in starts:
        for category in categories or known:
            case = _Case(dated, sources, category, start, terms, name)
            yield _play_case(case, forecaster, switch_back=switch_back)


@dataclass(frozen=True)
class _Case:
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


def _play_case(case: _Case, forecaster: Forecaster, *, switch_back: bool) -> PlayedSeason:
    weeks = case.terms.weeks
    recipe = forecaster(ForecastRequest(case.known, case.context, case.start, weeks, case.as_of))
    brief = _brief(case, recipe)
    season = _season(case, brief)
    choices = {
        "product": PRODUCT,
        "rules": RULES,
        UNBOUNDED: PRODUCT_UNBOUNDED,
        DEEPENING: PRODUCT_DEEPENING,
    }
    ledgers, metrics = {}, {}
    for planner, choice in choices.items():
        ledgers[planner], metrics[planner] = _played(season, brief, choice)
    for planner, marks_down in (("perfect", True), (FULL_PRICE, False)):
        ledgers[planner] = play(season, PerfectForesight(season, marks_down=marks_down))
        metrics[planner] = score(ledgers[planner])
    without = {
        decision: _played(season, brief, PRODUCT.switched_back(decision))[1].profit
        for decision in (DECISIONS if switch_back else ())
    }
    return PlayedSeason(
        name=case.name,
        category=case.category,
        start=case.start,
        season=season,
        forecast_total=round(sum(recipe.weekly_mean)),
        elasticity_believed=brief.elasticity,
        metrics=metrics,
        ledgers=ledgers,
        without=without,
        notes=_notes(case, season),
    )


def _played(season: Season, brief: Brief, choices: Choices) -> tuple[Ledger, SeasonMetrics]:
    planner = ChoosingPlanner(brief, choices)
    ledger = play(season, planner)
    return ledger, score(ledger, plan_churn=planner.plan_churn)


def _brief(case: _Case, recipe: DemandRecipe) -> Brief:
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


def _season(case: _Case, brief: Brief) -> Season:
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


def _true_elasticity(case: _Case) -> float:
    """How the replay's customers answer to a markdown: as given, or as all prices in the files tell, those of
    the season included, or by default."""
    given = case.given.get("elasticity", case.terms.elasticity)
    if given is not None and not pd.isna(given):
        return given
    prices = case.sources.prices
    if prices is None:
        return _told_by(price_panel(case.own) if "revenue" in case.own.columns else None)
    return _told_by(prices[prices["item_id"].astype(str) == case.category])


def _believed(case: _Case) -> float:
    """The elasticity that prices before the order's day tell, or the default."""
    prices = case.sources.prices
    if prices is None:
        return _told_by(price_panel(case.known) if "revenue" in case.known.columns else None)
    mine = prices["item_id"].astype(str) == case.category
    return _told_by(prices[mine & (pd.to_datetime(prices["week_start"]) < pd.Timestamp(case.as_of))])


def _told_by(panel: pd.DataFrame | None) -> float:
    estimate = None if panel is None else estimate_elasticity(panel).usable
    return ECONOMICS_DEFAULTS.elasticity if estimate is None else estimate


def _notes(case: _Case, season: Season) -> tuple[str, ...]:
    first = pd.Timestamp(case.start)
    inside = case.own[case.own["date"].between(first, first + timedelta(weeks=case.terms.weeks, days=-1))]
    new = sorted(set(inside["store_id"].astype(str)) - set(season.store_ids))
    notes = [f"{len(new)} store(s) without history are left out: {', '.join(new[:5])}."] if new else []
    silent = int((season.demand.sum(axis=0) == 0).sum())
    if silent and np.any(season.demand):
        notes.append(f"{silent} store(s) with history sold nothing in the season.")
    return tuple(notes)
