"""What to make and what each store gets: proposed first, final once a person has decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
from sqlalchemy.orm import Session

from models.approvals import MANUFACTURING, find_approval
from models.base import make_id
from models.catalogue import list_stores
from models.plans import Allocation, Forecast, ForecastClusterShare, list_cluster_shares, require_forecast_of
from models.sales import load_history
from models.session import Database
from models.workflows import get_workflow, load_season_parameters
from schemas.debugging import InventoryInput
from schemas.economics import NOTHING_GIVEN, Economics, GivenTerms
from schemas.errors import InvalidInputError, NotFoundError
from schemas.orders import ManufacturingOrder
from schemas.overrides import CompareRequest
from schemas.parameters import SeasonParameters
from schemas.settings import Settings
from schemas.workflows import complete_parameters
from tasks.clustering.service import cluster_now
from tasks.demand.service import forecast_now
from tasks.planning.compare import PlanComparison, compare_plans
from tasks.planning.order.economics import economics_of
from tasks.planning.order.on_stores import AllocationResult
from tasks.planning.paths import DemandPaths
from tasks.planning.planner import SeasonBrief, allocate, propose_order
from tasks.planning.pricing.elasticity import price_panel
from tasks.planning.stores.clusters import Clustering, StoreClusterView
from tasks.stage import StageRun, Summary


@dataclass(frozen=True)
class _Plan:
    """What the inventory stages read."""

    forecast: Forecast
    brief: SeasonBrief
    clustering: Clustering
    store_names: Mapping[str, str]


def propose(run: StageRun) -> Summary:
    """Recommend how much to make, price it, and propose what each store gets."""
    with run.database.read() as session:
        given = given_terms(session, run.workflow_id)
        forecast = require_forecast_of(session, run.workflow_id)
        plan = _read(session, forecast, category_economics(session, forecast, given))
    run.report(0.2, "pricing safety stocks and holdback shares over the sampled seasons")
    order = propose_order(plan.brief)
    order = order.model_copy(update={"warnings": (*forecast.warnings, *order.warnings)})
    stores = len(plan.brief.paths.store_ids)
    run.report(0.8, f"allocating {order.initial_allocation:,} units to {stores} stores")
    return _store(run, plan, order, "proposed")


def finalise(run: StageRun) -> Summary:
    """Make the allocation final with the order that was decided, or note that it was rejected."""
    with run.database.read() as session:
        approval = find_approval(session, run.workflow_id, MANUFACTURING)
        if approval is None or approval.decision is None:
            raise NotFoundError(f"workflow {run.workflow_id} has no decided order")
        order = approval.after or approval.data
        assert isinstance(order, ManufacturingOrder)  # noqa: S101  a manufacturing approval is about one
        forecast = require_forecast_of(session, run.workflow_id)
        economics = settled_economics(session, forecast, order.economics)
        order = order.model_copy(update={"economics": economics})
        plan = _read(session, forecast, economics)
    run.report(0.3, f"the order was {approval.decision}ed by {approval.decided_by}")
    return _store(run, plan, order, "approved" if approval.decision == "accept" else "rejected")


def given_terms(session: Session, workflow_id: str) -> GivenTerms:
    """What the planner said of this season's money when it was started."""
    return GivenTerms.model_validate(get_workflow(session, workflow_id).request.get("terms") or {})


def category_economics(session: Session, forecast: Forecast, given: GivenTerms) -> Economics:
    """The money of a season's category, by what was known before its start."""
    sales = load_history(session, forecast.category_id, before=forecast.season_start_date)
    return economics_of(sales, given, price_panel(sales.assign(category=forecast.category_id)))


def settled_economics(session: Session, forecast: Forecast, stored: Economics) -> Economics:
    """An order's money; one that was placed before elasticity was part of it has it told by its history."""
    if stored.elasticity_reasoning:
        return stored
    told = category_economics(session, forecast, NOTHING_GIVEN)
    names = ("elasticity", "elasticity_source", "elasticity_reasoning")
    return stored.model_copy(update={name: getattr(told, name) for name in names})


def _read(session: Session, forecast: Forecast, economics: Economics) -> _Plan:
    return _Plan(
        forecast=forecast,
        brief=SeasonBrief(
            paths=DemandPaths(forecast.recipe),
            parameters=load_season_parameters(session, forecast.workflow_id),
            economics=economics,
        ),
        clustering=_clustering(list_cluster_shares(session, forecast.forecast_id)),
        store_names={store.store_id: store.store_name for store in list_stores(session)},
    )


def _store(run: StageRun, plan: _Plan, order: ManufacturingOrder, status: str) -> Summary:
    """Allocate the order to the stores and write it, over what was proposed before."""
    result = allocate(plan.brief, order, plan.clustering, plan.store_names)
    forecast_id = plan.forecast.forecast_id
    row = Allocation(
        allocation_id=make_id("al", forecast_id, 1),
        forecast_id=forecast_id,
        revision=1,
        status=status,
        manufacturing_qty=order.manufacturing_qty,
        safety_stock_percentage=order.safety_stock_pct,
        initial_allocation_total=order.initial_allocation,
        holdback_total=order.holdback,
        store_allocations=result.store_allocations,
        order_data=order,
        reasoning=f"{order.reasoning} {result.reasoning}",
        created_at=run.started_at,
    )
    run.operator.table(
        "allocation",
        plan.forecast.category_id,
        f"{status}: {result.reasoning}",
        [
            each.model_dump(exclude={"sales_share", "last_unit_worth", "store_name"})
            for each in result.store_allocations
        ],
    )
    with run.database.write() as session:
        session.merge(row)
        return run.finish(session, _summary(row))


def _summary(row: Allocation) -> Summary:
    return {
        "allocation_id": row.allocation_id,
        "status": row.status,
        "manufacturing_qty": row.manufacturing_qty,
        "safety_stock_pct": row.safety_stock_percentage,
        "initial_allocation": row.initial_allocation_total,
        "holdback": row.holdback_total,
        "reasoning": row.reasoning,
    }


def _clustering(shares: Sequence[ForecastClusterShare]) -> Clustering:
    """The clustering as it was stored with the forecast."""
    return Clustering(
        clusters=tuple(
            StoreClusterView(
                cluster_id=share.cluster_id,
                cluster_name=share.cluster_name,
                store_ids=share.store_ids,
                feature_means={},
            )
            for share in shares
        ),
        assignment={store: share.cluster_id for share in shares for store in share.store_ids},
        silhouette=None,
        features=(),
        warnings=(),
    )


def allocate_now(
    database: Database, asked: InventoryInput, *, settings: Settings
) -> tuple[Clustering, AllocationResult]:
    """Forecast, cluster, buy and allocate; nothing is stored.

    Raises:
        NotFoundError: no such category.
        InvalidInputError: it has no history before the season.
    """
    brief = _brief_now(database, asked.category_id, asked.parameters, settings)
    clustering, names = cluster_now(database, asked.parameters.season_start_date)
    order = propose_order(brief)
    chosen = order if asked.safety_stock_pct is None else order.at(asked.safety_stock_pct)
    return clustering, allocate(brief, chosen, clustering, names)


def compare_now(
    database: Database, asked: CompareRequest, *, settings: Settings, start: date
) -> PlanComparison:
    """Two or more plans of one category side by side, each on what may be known when it starts.

    Args:
        start: where a season starts that names no day.

    Raises:
        NotFoundError: no such category.
        InvalidInputError: parameters out of bounds, two plans of one name, or no history before the season.
    """
    names = [plan.name for plan in asked.plans]
    if len(set(names)) < len(names):
        raise InvalidInputError("two plans have the same name; name each differently")
    known: dict[tuple[date, int], SeasonBrief] = {}
    plans: dict[str, SeasonBrief] = {}
    for plan in asked.plans:
        parameters = complete_parameters(plan.parameters, start)
        season = (parameters.season_start_date, parameters.forecast_horizon_weeks)
        if season not in known:
            known[season] = _brief_now(database, asked.category_id, parameters, settings)
        plans[plan.name] = SeasonBrief(known[season].paths, parameters, known[season].economics)
    return compare_plans(plans)


def _brief_now(
    database: Database, category: str, parameters: SeasonParameters, settings: Settings
) -> SeasonBrief:
    forecast, sales = forecast_now(database, category, parameters, settings)
    prices: pd.DataFrame = price_panel(sales.assign(category=category))
    return SeasonBrief(DemandPaths(forecast.recipe), parameters, economics_of(sales, NOTHING_GIVEN, prices))
