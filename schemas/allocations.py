"""What each store gets of an order, at first and over the season."""

from schemas.values import Units, Value


class StoreAllocationRow(Value):
    """One store: initial + holdback = total."""

    store_id: str
    store_name: str
    cluster_id: str
    initial_allocation: Units
    holdback_allocation: Units
    total_season_allocation: Units
    sales_share: float
    last_unit_worth: float
    reason: str


class ClusterAllocationRow(Value):
    """One cluster's stores, summed."""

    cluster_id: str
    initial_allocation: Units
    holdback_allocation: Units
    total_season_allocation: Units
