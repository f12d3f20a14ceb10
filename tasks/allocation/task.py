"""The inventory stages: what to make and what each store gets, proposed first, then final."""

import pandas as pd

from models.approvals import MANUFACTURING, find_approval
from models.base import make_id
from models.catalogue import list_stores
from models.plans import Allocation, Forecast, ForecastClusterShare, list_cluster_shares, require_forecast_of
from models.sales import load_history
from models.workflows import load_season_parameters
from schemas.economics import ECONOMICS_DEFAULTS
from schemas.errors import NotFoundError
from schemas.orders import HoldbackAdvice, ManufacturingOrder
from schemas.parameters import SeasonParameters
from schemas.stages import ALLOCATE_INVENTORY, FINALISE_ORDER
from tasks.artifacts import publish_table
from tasks.planning.order.buy import recommend_buy
from tasks.planning.order.economics import economics_of
from tasks.planning.order.holdback import recommend_holdback
from tasks.planning.order.on_stores import AllocationResult, allocate_season
from tasks.planning.paths import DemandPaths, DemandRecipe
from tasks.planning.pricing.elasticity import elasticity_of
from tasks.planning.stores.clusters import Clustering, StoreClusterView
from tasks.runtime import StageRun, Summary, stage_task

TIMEOUT_SECONDS = 300


@stage_task(ALLOCATE_INVENTORY, timeout_seconds=TIMEOUT_SECONDS)
def allocate_inventory(run: StageRun) -> Summary:
    """Recommend how much to make, price it, and propose what each store gets."""
    plan = _Plan.read(run)
    run.report(0.2, "pricing safety stocks over the sampled seasons")
    estimate = elasticity_of(plan.sales, plan.forecast.category_id)
    buy = recommend_buy(
        plan.paths,
        economics=economics_of(plan.sales),
        parameters=plan.parameters,
        elasticity=estimate.usable or ECONOMICS_DEFAULTS.elasticity,
    )
    run.report(0.5, "comparing holdback shares")
    advice = recommend_holdback(
        plan.paths,
        buy.order.manufacturing_qty,
        economics=buy.order.economics,
        strategy=plan.parameters.replenishment_strategy,
        planners_pct=plan.parameters.dc_holdback_percentage,
    )
    kept = HoldbackAdvice.model_validate(advice.model_dump(include=set(HoldbackAdvice.model_fields)))
    order = buy.order.model_copy(update={"holdback_advice": kept})
    run.report(0.8, f"allocating {order.initial_allocation:,} units to {len(plan.paths.store_ids)} stores")
    return plan.store(run, order, "proposed")


@stage_task(FINALISE_ORDER, timeout_seconds=TIMEOUT_SECONDS)
def finalise_order(run: StageRun) -> Summary:
    """Make the allocation final with the order that was decided, or note that it was rejected."""
    with run.database.read() as session:
        approval = find_approval(session, run.workflow_id, MANUFACTURING)
    if approval is None or approval.decision is None:
        raise NotFoundError(f"workflow {run.workflow_id} has no decided order")
    plan = _Plan.read(run)
    run.report(0.3, f"the order was {approval.decision}ed by {approval.decided_by}")
    order = ManufacturingOrder.model_validate(approval.after or approval.data)
    return plan.store(run, order, "approved" if approval.decision == "accept" else "rejected")


class _Plan:
    """What the inventory stages read."""

    def __init__(
        self,
        forecast: Forecast,
        parameters: SeasonParameters,
        clustering: Clustering,
        store_names: dict[str, str],
        sales: pd.DataFrame,
    ) -> None:
        self.forecast = forecast
        self.parameters = parameters
        self.clustering = clustering
        self.store_names = store_names
        self.sales = sales
        self.paths = DemandPaths(DemandRecipe.model_validate(forecast.recipe))

    @classmethod
    def read(cls, run: StageRun) -> "_Plan":
        with run.database.read() as session:
            forecast = require_forecast_of(session, run.workflow_id)
            return cls(
                forecast=forecast,
                parameters=load_season_parameters(session, run.workflow_id),
                clustering=_clustering(list_cluster_shares(session, forecast.forecast_id)),
                store_names={store.store_id: store.store_name for store in list_stores(session)},
                sales=load_history(session, forecast.category_id, before=forecast.season_start_date),
            )

    def store(self, run: StageRun, order: ManufacturingOrder, status: str) -> Summary:
        """Allocate the order to the stores and write it, over what was proposed before."""
        result = allocate_season(
            self.paths, self.clustering, order, self.parameters, store_names=self.store_names
        )
        forecast_id = self.forecast.forecast_id
        row = Allocation(
            allocation_id=make_id("al", forecast_id, 1),
            forecast_id=forecast_id,
            revision=1,
            status=status,
            manufacturing_qty=order.manufacturing_qty,
            safety_stock_percentage=order.safety_stock_pct,
            initial_allocation_total=order.initial_allocation,
            holdback_total=order.holdback,
            store_allocations=[each.model_dump(mode="json") for each in result.store_allocations],
            order_data=order.model_dump(mode="json"),
            reasoning=f"{order.reasoning} {result.reasoning}",
            created_at=run.started_at,
        )
        self._publish(result, status)
        with run.database.write() as session:
            session.merge(row)
            return run.finish(session, _summary(row))

    def _publish(self, result: AllocationResult, status: str) -> None:
        publish_table(
            "allocation",
            self.forecast.category_id,
            f"{status}: {result.reasoning}",
            [
                each.model_dump(exclude={"sales_share", "last_unit_worth", "store_name"})
                for each in result.store_allocations
            ],
        )


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


def _clustering(shares: list[ForecastClusterShare]) -> Clustering:
    """The clustering as it was stored with the forecast."""
    return Clustering(
        clusters=tuple(
            StoreClusterView(
                cluster_id=share.cluster_id,
                cluster_name=share.cluster_name,
                store_ids=tuple(share.store_ids),
                feature_means={},
            )
            for share in shares
        ),
        assignment={store: share.cluster_id for share in shares for store in share.store_ids},
        silhouette=None,
        features=(),
        warnings=(),
    )
