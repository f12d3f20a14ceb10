"""The season's allocation: what each store gets at first, and what is held back for it."""

from collections.abc import Mapping

import numpy as np
from pydantic import BaseModel, ConfigDict

from schemas.allocations import ClusterAllocationRow, StoreAllocationRow
from schemas.orders import ManufacturingOrder
from tasks.planning.order.split import StoreSplit
from tasks.planning.order.value import NO_LIMIT, demand_samples, most_valuable, unit_values
from tasks.planning.paths import DemandPaths
from tasks.planning.stores.clusters import Clustering
from tasks.planning.units import Ints


class AllocationResult(BaseModel):
    """The whole order on stores; stores sum to clusters, clusters to the order, to the unit."""

    model_config = ConfigDict(frozen=True)

    manufacturing_qty: int
    safety_stock_percentage: float
    initial_allocation_total: int
    holdback_total: int
    store_allocations: tuple[StoreAllocationRow, ...]
    clusters: tuple[ClusterAllocationRow, ...]
    reasoning: str


def put_on_stores(
    paths: DemandPaths,
    order: ManufacturingOrder,
    first: StoreSplit,
    clustering: Clustering,
    store_names: Mapping[str, str],
) -> AllocationResult:
    """Put an order on the stores: the first shipment as it was split, and what is held back for each."""
    initial = np.array([store.units for store in first.stores], dtype=np.int64)
    total = _season_units(paths, order.manufacturing_qty, initial)
    fallback = _fallback(clustering)
    rows = tuple(
        StoreAllocationRow(
            store_id=store.store_id,
            store_name=store_names.get(store.store_id, store.store_id),
            cluster_id=clustering.assignment.get(store.store_id, fallback),
            initial_allocation=int(initial[index]),
            holdback_allocation=int(total[index] - initial[index]),
            total_season_allocation=int(total[index]),
            sales_share=store.sales_share,
            last_unit_worth=store.last_unit_worth,
            reason=store.reason,
        )
        for index, store in enumerate(first.stores)
    )
    return AllocationResult(
        manufacturing_qty=order.manufacturing_qty,
        safety_stock_percentage=order.safety_stock_pct,
        initial_allocation_total=order.initial_allocation,
        holdback_total=order.holdback,
        store_allocations=rows,
        clusters=_by_cluster(clustering, rows),
        reasoning=_reason(order, first),
    )


def _season_units(paths: DemandPaths, quantity: int, initial: Ints) -> Ints:
    """The whole quantity where it is worth most over the season, no store below what it has already."""
    values = unit_values((1.0, demand_samples(paths, 1, paths.weeks)))
    no_limit = np.full(len(initial), NO_LIMIT)
    shares = np.asarray(paths.recipe.store_shares)
    return most_valuable(values, quantity, weights=shares, lower=initial, upper=no_limit, least=-1.0)


def _fallback(clustering: Clustering) -> str:
    ids = [cluster.cluster_id for cluster in clustering.clusters]
    return "mainstream" if "mainstream" in ids else ids[0]


def _by_cluster(
    clustering: Clustering, rows: tuple[StoreAllocationRow, ...]
) -> tuple[ClusterAllocationRow, ...]:
    sums = {cluster.cluster_id: [0, 0, 0] for cluster in clustering.clusters}
    for row in rows:
        place = sums[row.cluster_id]
        place[0] += row.initial_allocation
        place[1] += row.holdback_allocation
        place[2] += row.total_season_allocation
    return tuple(
        ClusterAllocationRow(
            cluster_id=name,
            initial_allocation=initial,
            holdback_allocation=held,
            total_season_allocation=total,
        )
        for name, (initial, held, total) in sums.items()
    )


def _reason(order: ManufacturingOrder, first: StoreSplit) -> str:
    text = (
        f"{order.initial_allocation:,} units go out before week 1 and {order.holdback:,} "
        f"({order.holdback_pct:.0%}) stay at the distribution centre."
    )
    served = [store for store in first.stores if store.units]
    if not served:
        return text
    most = max(served, key=lambda store: store.units)
    worths = [store.last_unit_worth for store in served]
    return (
        f"{text} Each unit goes to the store where it is worth most: {most.store_id} gets the most "
        f"({most.units:,}), and the last units are worth {min(worths):,.2f} to {max(worths):,.2f}."
    )
