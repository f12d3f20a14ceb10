"""The one module of the API that runs stages itself: what answers at once."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from models.catalogue import find_category, list_stores
from models.sales import load_history, load_other_totals, load_store_totals
from models.seasons import VarianceRecord
from models.session import Database
from schemas.attributes import STORE_NUMBERS
from schemas.debugging import DemandInput, InventoryInput, PricingInput
from schemas.economics import ECONOMICS_DEFAULTS
from schemas.errors import InvalidInputError
from schemas.extraction import Extraction, ModelHealth
from schemas.overrides import CompareRequest, OverrideView
from schemas.parameters import Confidence, SeasonParameters, next_monday
from schemas.settings import Settings
from schemas.workflows import complete_parameters
from tasks.llm.configured import language_model
from tasks.llm.model import probe
from tasks.markdown.task import weigh_markdown
from tasks.overrides.service import stored_overrides
from tasks.parameters.extract import extract
from tasks.planning.demand.forecast import forecast_season
from tasks.planning.demand.result import SeasonForecast
from tasks.planning.order.buy import recommend_buy
from tasks.planning.order.compare import PlanComparison, compare_plans
from tasks.planning.order.economics import economics_of
from tasks.planning.order.on_stores import AllocationResult, allocate_season
from tasks.planning.paths import DemandPaths, DemandRecipe
from tasks.planning.pricing.elasticity import elasticity_of
from tasks.planning.pricing.ladder import MarkdownRecommendation, recommend_markdown
from tasks.planning.stores.clusters import Clustering, cluster_stores
from tasks.seasons import SeasonInProgress, load_season
from tasks.variance.task import record_variance

TRAILING_WEEKS = 52
DRAWS, QUANTILES = 10_000, 101


def forecast_now(database: Database, asked: DemandInput, *, country: str, seed: int) -> SeasonForecast:
    """Forecast a season from the stored history.

    Raises:
        NotFoundError: no such category.
        InvalidInputError: it has no history before the season.
    """
    return _forecast(_sales(database, asked), asked, country, seed)


def allocate_now(
    database: Database, asked: InventoryInput, *, country: str, seed: int
) -> tuple[Clustering, AllocationResult]:
    """Forecast, cluster, buy and allocate; errors as `forecast_now`."""
    sales = _sales(database, asked)
    forecast = _forecast(sales, asked, country, seed)
    paths, start = forecast.paths(), asked.parameters.season_start_date
    with database.read() as session:
        stores = list_stores(session)
        totals = load_store_totals(session, start - timedelta(weeks=TRAILING_WEEKS), start)
    frame = pd.DataFrame(
        [{name: getattr(store, name) for name in ("store_id", *STORE_NUMBERS)} for store in stores]
    )
    clustering = cluster_stores(frame, {store: units / TRAILING_WEEKS for store, units in totals.items()})
    buy = recommend_buy(
        paths,
        economics=economics_of(sales.own),
        parameters=asked.parameters,
        elasticity=_elasticity(sales, asked),
    )
    order = buy.order if asked.safety_stock_pct is None else buy.order.at(asked.safety_stock_pct)
    names = {store.store_id: store.store_name for store in stores}
    return clustering, allocate_season(paths, clustering, order, asked.parameters, store_names=names)


async def extract_now(text: str, *, today: date, settings: Settings) -> Extraction:
    """Read season parameters out of a text, by rules and by the language model where one is configured."""
    return await extract(text, today=today, locale=settings.locale, model=language_model(settings))


async def refuse_unsure(text: str, *, today: date, settings: Settings) -> None:
    """Refuse a sentence that the rules read with low confidence, where no language model will read it too.

    Raises:
        InvalidInputError: with what there is to ask.
    """
    if language_model(settings) is not None:
        return
    found = await extract_now(text, today=today, settings=settings)
    if found.confidence is Confidence.LOW:
        raise InvalidInputError(
            "the sentence was read with low confidence, so nothing was started. "
            + " ".join(found.clarifications),
            errors=[{"loc": ["body", "user_input"], "msg": question} for question in found.clarifications],
        )


async def probe_model(settings: Settings) -> ModelHealth:
    """Which language model is configured, and whether it answers; costs no tokens."""
    return await probe(language_model(settings))


def review_variance(database: Database, root_id: str, week: int, *, threshold: float) -> VarianceRecord:
    """Check a season after a week and store it; over the threshold its re-forecast is recorded, once.

    Raises:
        WrongStateError: the season has not begun.
    """
    return record_variance(database, root_id, week, threshold=threshold)


def read_season(database: Database, forecast_id: str) -> SeasonInProgress:
    """A season as it stands; errors as `load_season`."""
    with database.read() as session:
        return load_season(session, forecast_id)


def weigh_again(
    database: Database, forecast_id: str, week: int, *, elasticity: float, target: float | None
) -> MarkdownRecommendation:
    """The checkpoint's markdown at a planner's own elasticity and target."""
    with database.read() as session:
        season = load_season(session, forecast_id, week)
        sales = load_history(session, season.root.category_id, before=season.root.season_start_date)
    return weigh_markdown(season, sales, elasticity=elasticity, target=target)


def compare_now(
    database: Database, asked: CompareRequest, *, settings: Settings, today: date
) -> PlanComparison:
    """Two or more plans of one category side by side; plans of the same season share one forecast.

    Raises:
        NotFoundError: no such category.
        InvalidInputError: parameters out of bounds, two plans of one name, or no history before the season.
    """
    names = [plan.name for plan in asked.plans]
    if len(set(names)) < len(names):
        raise InvalidInputError("two plans have the same name; name each differently")
    forecasts: dict[tuple[date, int], DemandPaths] = {}
    plans: dict[str, tuple[SeasonParameters, DemandPaths]] = {}
    for plan in asked.plans:
        parameters = complete_parameters(plan.parameters, next_monday(today))
        key = (parameters.season_start_date, parameters.forecast_horizon_weeks)
        one = DemandInput(category_id=asked.category_id, parameters=parameters)
        sales = _sales(database, one)
        if key not in forecasts:
            forecasts[key] = _forecast(sales, one, settings.country, settings.seed).paths()
        plans[plan.name] = (parameters, forecasts[key])
    return compare_plans(plans, economics=economics_of(sales.own), elasticity=_elasticity(sales, one))


def overrides_now(database: Database, forecast_id: str) -> list[OverrideView]:
    """A season's approved deviations; errors as `stored_overrides`."""
    with database.read() as session:
        return stored_overrides(session, forecast_id)


def price_now(asked: PricingInput, *, seed: int) -> MarkdownRecommendation:
    """Recommend a markdown for given stock and demand."""
    normal = np.random.default_rng(seed).standard_normal(DRAWS)
    factors = np.sort(np.exp(asked.demand_uncertainty * normal - asked.demand_uncertainty**2 / 2))
    recipe = DemandRecipe(
        weekly_mean=tuple(asked.weekly_demand),
        total_factors=tuple(np.quantile(factors, (np.arange(QUANTILES) + 0.5) / QUANTILES)),
        week_sigma=(asked.demand_uncertainty / 2,) * len(asked.weekly_demand),
        store_ids=("all",),
        store_shares=(1.0,),
        seed=seed,
    )
    return recommend_markdown(
        DemandPaths(recipe),
        stock=asked.stock,
        made=asked.made,
        sold=asked.made - asked.stock,
        economics=asked.economics,
        target_sell_through=asked.target_sell_through_pct,
        elasticity=asked.elasticity_coefficient,
        elasticity_source="given",
    )


@dataclass(frozen=True)
class _Sales:
    own: pd.DataFrame
    others: pd.DataFrame | None


def _sales(database: Database, asked: DemandInput) -> _Sales:
    start = asked.parameters.season_start_date
    with database.read() as session:
        category_id = find_category(session, asked.category_id).category_id
        sales = _Sales(
            load_history(session, category_id, before=start),
            load_other_totals(session, category_id, before=start),
        )
    if sales.own.empty:
        raise InvalidInputError(f"{category_id} has no sales before {start}; import a history first")
    return sales


def _elasticity(sales: _Sales, asked: DemandInput) -> float:
    return elasticity_of(sales.own, asked.category_id).usable or ECONOMICS_DEFAULTS.elasticity


def _forecast(sales: _Sales, asked: DemandInput, country: str, seed: int) -> SeasonForecast:
    return forecast_season(
        sales.own,
        season_start=asked.parameters.season_start_date,
        weeks=asked.parameters.forecast_horizon_weeks,
        country=country,
        seed=seed,
        context=sales.others,
    )
