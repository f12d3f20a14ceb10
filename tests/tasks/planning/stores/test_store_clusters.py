"""Stores in clusters."""

import numpy as np
import pandas as pd
import pytest

from schemas.errors import InvalidInputError
from tasks.planning.stores.clusters import cluster_stores
from tasks.planning.stores.distribution import distribute_to_clusters


def three_tiers() -> tuple[pd.DataFrame, dict[str, float]]:
    rng = np.random.default_rng(3)
    level = np.repeat([3.0, 2.0, 1.0], 5)
    ids = [f"S{index:02d}" for index in range(15)]
    stores = pd.DataFrame(
        {
            "store_id": ids,
            "store_size_sqft": level * 5000 + rng.normal(0, 100, 15),
            "median_income": level * 30_000 + rng.normal(0, 900, 15),
        }
    )
    return stores, dict(zip(ids, level * 100, strict=True))


def test_tiers_are_found_and_named_by_rank() -> None:
    stores, sales = three_tiers()
    result = cluster_stores(stores, sales)
    assert [cluster.cluster_id for cluster in result.clusters] == [
        "fashion_forward",
        "mainstream",
        "value_conscious",
    ]
    assert result.clusters[0].store_ids == ("S00", "S01", "S02", "S03", "S04")
    assert result.silhouette is not None
    assert result.silhouette > 0.7


def test_the_order_of_stores_does_not_matter() -> None:
    stores, sales = three_tiers()
    shuffled = stores.sample(frac=1, random_state=1)
    assert cluster_stores(shuffled, sales) == cluster_stores(stores, sales)


def test_holes_are_filled_with_the_median_and_said() -> None:
    stores, sales = three_tiers()
    stores.loc[7, "median_income"] = np.nan
    result = cluster_stores(stores, sales)
    assert any("median_income is missing for 1" in warning for warning in result.warnings)
    assert len(result.assignment) == 15


def test_without_attributes_sales_alone_decide_and_it_is_said() -> None:
    stores, sales = three_tiers()
    result = cluster_stores(stores[["store_id"]], sales)
    assert result.features == ("weekly_sales",)
    assert "sales alone" in result.warnings[0]


@pytest.mark.parametrize("count", [1, 2])
def test_fewer_than_three_stores_make_fewer_clusters(count: int) -> None:
    stores, sales = three_tiers()
    result = cluster_stores(stores.iloc[[0, 14][:count]], sales)
    assert len(result.clusters) == count
    assert result.silhouette is None


def test_stores_that_nothing_tells_apart_are_one_cluster() -> None:
    result = cluster_stores(pd.DataFrame({"store_id": ["A", "B", "C", "D"]}), {})
    assert set(result.assignment.values()) == {"mainstream"}
    assert any("one cluster" in warning for warning in result.warnings)


def test_no_store_or_a_store_twice_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="no store"):
        cluster_stores(pd.DataFrame({"store_id": []}), {})
    with pytest.raises(InvalidInputError, match="A stands twice"):
        cluster_stores(pd.DataFrame({"store_id": ["A", "A"]}), {})


def test_a_forecast_is_split_over_clusters_to_the_unit() -> None:
    stores, sales = three_tiers()
    clustering = cluster_stores(stores, sales)
    shares = [sales[store] / 3000 for store in sales]
    parts = distribute_to_clusters(clustering, list(sales), shares, 1001)
    assert sum(part.total_units for part in parts) == 1001
    assert sum(part.allocation_percentage for part in parts) == pytest.approx(1.0)
    assert [part.store_count for part in parts] == [5, 5, 5]
