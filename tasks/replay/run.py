"""Seasons planned from what was known, then played: the product, the rules, perfect foresight."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd

from schemas.economics import ECONOMICS_DEFAULTS
from schemas.errors import InvalidInputError
from schemas.parameters import SeasonParameters
from tasks.allocation.economics import economics_of
from tasks.clustering.kmeans import DEFAULTS as CLUSTERING
from tasks.demand.paths import DemandRecipe
from tasks.markdown.elasticity import estimate_elasticity, price_panel
from tasks.replay.choices import DECISIONS, PRODUCT, PRODUCT_UNBOUNDED, RULES, Choices
from tasks.replay.foresight import PerfectForesight
from tasks.replay.planner import Brief, ChoosingPlanner
from tasks.replay.play import Ledger, play
from tasks.replay.score import SeasonMetrics, score
from tasks.replay.season import Season, Terms, season_demand

PLANNERS = ("product", "rules", "perfect")
UNBOUNDED = "product_unbounded_buy"
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
        metrics, ledgers: by planner; ledgers of `PLANNERS` and the product with the newsvendor's quantity,
            whatever can be approved.
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
            yield play_season(
                dated, sources, category, start, terms, forecaster, name, switch_back=switch_back
            )


def play_season(
    sales: pd.DataFrame,
    sources: Sources,
    category: str,
    start: date,
    terms: Terms,
    forecaster: Forecaster,
    name: str,
    *,
    switch_back: bool,
) -> PlayedSeason:
    """Plan one category's season from what was known `lead_weeks` before it, and play it."""
    as_of = start - timedelta(weeks=terms.lead_weeks)
    own = sales[sales["category"].astype(str) == category]
    known = own[own["date"] < pd.Timestamp(as_of)]
    if known.empty:
        raise InvalidInputError(f"{category} has no sales before {as_of}; choose a later season for it.")
    brief, season, notes = _prepare(
        sales, own, known, sources, category, start, as_of, terms, forecaster, name
    )
    choices = {"product": PRODUCT, "rules": RULES, UNBOUNDED: PRODUCT_UNBOUNDED}
    ledgers, metrics = {}, {}
    for planner_name, choice in choices.items():
        ledgers[planner_name], metrics[planner_name] = _played(season, brief, choice)
    for planner_name, marks_down in (("perfect", True), (FULL_PRICE, False)):
        ledgers[planner_name] = play(season, PerfectForesight(season, marks_down=marks_down))
        metrics[planner_name] = score(ledgers[planner_name])
    without = {
        decision: _played(season, brief, PRODUCT.switched_back(decision))[1].profit
        for decision in (DECISIONS if switch_back else ())
    }
    return PlayedSeason(
        name=name,
        category=category,
        start=start,
        season=season,
        forecast_total=round(sum(brief.recipe.weekly_mean)),
        elasticity_believed=brief.elasticity,
        metrics=metrics,
        ledgers=ledgers,
        without=without,
        notes=notes,
    )


def _played(season: Season, brief: Brief, choices: Choices) -> tuple[Ledger, SeasonMetrics]:
    planner = ChoosingPlanner(brief, choices)
    ledger = play(season, planner)
    return ledger, score(ledger, plan_churn=planner.plan_churn)


def _prepare(
    sales: pd.DataFrame,
    own: pd.DataFrame,
    known: pd.DataFrame,
    sources: Sources,
    category: str,
    start: date,
    as_of: date,
    terms: Terms,
    forecaster: Forecaster,
    name: str,
) -> tuple[Brief, Season, tuple[str, ...]]:
    recipe = forecaster(ForecastRequest(known, _context(sales, category, as_of), start, terms.weeks, as_of))
    given = sources.economics.get(category, {})
    economics = economics_of(known, given)
    truth = given.get("elasticity")
    own_terms = terms if truth is None or pd.isna(truth) else _with_elasticity(terms, float(truth))
    season = Season(
        name=name,
        category=category,
        start=start,
        store_ids=recipe.store_ids,
        demand=season_demand(own, start, terms.weeks, recipe.store_ids),
        economics=economics,
        terms=own_terms,
    )
    brief = Brief(
        recipe=recipe,
        economics=economics,
        terms=terms,
        parameters=SeasonParameters(
            season_start_date=start,
            forecast_horizon_weeks=terms.weeks,
            replenishment_strategy=terms.strategy,
            markdown_checkpoint_week=terms.checkpoint_week,
            markdown_threshold=terms.threshold,
        ),
        attributes=_attributes(sources.stores, recipe.store_ids),
        elasticity=_believed(sources.prices, known, category, as_of),
    )
    return brief, season, _notes(own, start, terms.weeks, recipe.store_ids, season)


def _with_elasticity(terms: Terms, elasticity: float) -> Terms:
    return Terms(
        terms.weeks, terms.lead_weeks, terms.strategy, terms.checkpoint_week, terms.threshold, elasticity
    )


def _context(sales: pd.DataFrame, category: str, as_of: date) -> pd.DataFrame | None:
    others = sales[(sales["category"].astype(str) != category) & (sales["date"] < pd.Timestamp(as_of))]
    if others.empty:
        return None
    totals: pd.DataFrame = (
        others.groupby(["date", "category"], observed=True)["quantity_sold"].sum().reset_index()
    )
    return totals


def _attributes(stores: pd.DataFrame, store_ids: Sequence[str]) -> pd.DataFrame:
    names = [
        name for name in CLUSTERING.attributes if name in stores.columns and name not in CLUSTERING.unranked
    ]
    if "store_id" not in stores.columns:
        return pd.DataFrame(index=list(store_ids))
    table: pd.DataFrame = stores.set_index(stores["store_id"].astype(str))[names].reindex(list(store_ids))
    return table


def _believed(prices: pd.DataFrame | None, known: pd.DataFrame, category: str, as_of: date) -> float:
    """The elasticity read off prices before `as_of`, given or from revenue ÷ quantity; otherwise the default."""
    if prices is not None:
        mine = prices["item_id"].astype(str) == category
        panel = prices[mine & (pd.to_datetime(prices["week_start"]) < pd.Timestamp(as_of))]
    elif "revenue" in known.columns:
        panel = price_panel(known)
    else:
        return ECONOMICS_DEFAULTS.elasticity
    return estimate_elasticity(panel).usable or ECONOMICS_DEFAULTS.elasticity


def _notes(
    own: pd.DataFrame, start: date, weeks: int, store_ids: Sequence[str], season: Season
) -> tuple[str, ...]:
    inside = own[
        own["date"].between(pd.Timestamp(start), pd.Timestamp(start) + timedelta(weeks=weeks, days=-1))
    ]
    new = sorted(set(inside["store_id"].astype(str)) - set(store_ids))
    notes = [f"{len(new)} store(s) without history are left out: {', '.join(new[:5])}."] if new else []
    silent = int((season.demand.sum(axis=0) == 0).sum())
    if silent and np.any(season.demand):
        notes.append(f"{silent} store(s) with history sold nothing in the season.")
    return tuple(notes)
