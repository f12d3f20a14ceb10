"""What of a forecast falls to each cluster of stores."""

from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from tasks.planning.stores.clusters import Clustering
from tasks.planning.units import round_to_sum


class ClusterUnits(BaseModel):
    """One cluster's part of the season's demand; `total_units` of all clusters sum to the forecast."""

    model_config = ConfigDict(frozen=True)

    cluster_id: str
    cluster_name: str
    allocation_percentage: float
    total_units: int
    store_count: int
    store_ids: tuple[str, ...]


def distribute_to_clusters(
    clustering: Clustering, store_ids: Sequence[str], store_shares: Sequence[float], total_units: int
) -> tuple[ClusterUnits, ...]:
    """Split `total_units` over the clusters by their stores' expected shares, exact to the unit.

    Stores that are not clustered (no row in the store file) count to `mainstream`.
    """
    ids = [cluster.cluster_id for cluster in clustering.clusters]
    shares: Mapping[str, float] = _shares_by_cluster(clustering, store_ids, store_shares, ids)
    units = round_to_sum(np.array([shares[name] * total_units for name in ids]))
    return tuple(
        ClusterUnits(
            cluster_id=cluster.cluster_id,
            cluster_name=cluster.cluster_name,
            allocation_percentage=round(shares[cluster.cluster_id], 6),
            total_units=int(count),
            store_count=len(cluster.store_ids),
            store_ids=cluster.store_ids,
        )
        for cluster, count in zip(clustering.clusters, units, strict=True)
    )


def _shares_by_cluster(
    clustering: Clustering, store_ids: Sequence[str], store_shares: Sequence[float], ids: list[str]
) -> dict[str, float]:
    shares = dict.fromkeys(ids, 0.0)
    fallback = "mainstream" if "mainstream" in shares else ids[0]
    for store, share in zip(store_ids, store_shares, strict=True):
        shares[clustering.assignment.get(store, fallback)] += share
    return shares
