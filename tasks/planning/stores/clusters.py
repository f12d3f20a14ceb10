"""Stores grouped into three clusters of like stores, named by their rank."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from schemas.attributes import STORE_NUMBERS
from schemas.errors import InvalidInputError
from tasks.planning.units import Floats

CLUSTERS: dict[str, str] = {
    "fashion_forward": "Fashion Forward",
    "mainstream": "Mainstream",
    "value_conscious": "Value Conscious",
}
WEEKLY_SALES = "weekly_sales"


@dataclass(frozen=True)
class ClusteringDefaults:
    """Clusters asked for, the features that are read where they exist, and the restarts of K-means.

    `competitor_density` helps to tell stores apart but says nothing of rank, so it is not ranked by.
    """

    clusters: int = 3
    attributes: tuple[str, ...] = STORE_NUMBERS
    unranked: tuple[str, ...] = ("competitor_density",)
    restarts: int = 10
    seed: int = 0


DEFAULTS = ClusteringDefaults()


class StoreClusterView(BaseModel):
    """One cluster: its stores and the mean of each feature in its own unit."""

    model_config = ConfigDict(frozen=True)

    cluster_id: str
    cluster_name: str
    store_ids: tuple[str, ...]
    feature_means: dict[str, float]


class Clustering(BaseModel):
    """Which store belongs to which cluster.

    Attributes:
        clusters: by rank, the strongest first; empty clusters are left out.
        assignment: store id → cluster id.
        silhouette: how well apart the clusters lie, −1 to 1; None where it is not defined.
        features: what the stores were compared by.
        warnings: what was missing, in words.
    """

    model_config = ConfigDict(frozen=True)

    clusters: tuple[StoreClusterView, ...]
    assignment: dict[str, str]
    silhouette: float | None
    features: tuple[str, ...]
    warnings: tuple[str, ...]


def cluster_stores(stores: pd.DataFrame, weekly_sales: Mapping[str, float]) -> Clustering:
    """Group stores by K-means on standardised features; the same stores give the same clusters in any order.

    Args:
        stores: store_id and whichever attributes are known, one row a store.
        weekly_sales: mean weekly units of the trailing year by store id.

    Raises:
        InvalidInputError: there is no store, or one stands twice.
    """
    table = _feature_table(stores, weekly_sales)
    features, warnings = _complete(table)
    if not len(features.columns):
        warnings.append("Neither sales nor attributes tell the stores apart; all are in one cluster.")
    scaled = _standardised(features)
    labels = _labels(scaled, warnings)
    order = _rank(features, scaled, labels)
    names = ["mainstream"] if len(order) == 1 else list(CLUSTERS)[: len(order)]
    named = dict(zip(order, names, strict=True))
    assignment = {str(store): named[label] for store, label in zip(features.index, labels, strict=True)}
    return Clustering(
        clusters=tuple(_view(features, labels, label, named[label]) for label in order),
        assignment=assignment,
        silhouette=_silhouette(scaled, labels),
        features=tuple(features.columns),
        warnings=tuple(warnings),
    )


def _feature_table(stores: pd.DataFrame, weekly_sales: Mapping[str, float]) -> pd.DataFrame:
    if stores.empty:
        raise InvalidInputError("There is no store to cluster; import stores or a sales history first.")
    ids = stores["store_id"].astype(str)
    if ids.duplicated().any():
        raise InvalidInputError(f"Store {ids[ids.duplicated()].iloc[0]} stands twice; keep one row a store.")
    known = [name for name in DEFAULTS.attributes if name in stores.columns]
    table = stores[known].apply(pd.to_numeric, errors="coerce").astype(float).set_axis(ids, axis=0)
    table.insert(0, WEEKLY_SALES, [float(weekly_sales.get(store, np.nan)) for store in ids])
    ordered: pd.DataFrame = table.sort_index()
    return ordered


def _complete(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Drop what no store has or all share; fill single holes with the median."""
    warnings = []
    if table[WEEKLY_SALES].notna().any():
        missing = int(table[WEEKLY_SALES].isna().sum())
        if missing:
            warnings.append(f"{missing} store(s) without sales were taken as selling nothing.")
        table = table.assign(**{WEEKLY_SALES: table[WEEKLY_SALES].fillna(0.0)})
    kept = table.loc[:, table.notna().any(axis=0)]
    if not set(kept.columns) - {WEEKLY_SALES}:
        warnings.append("No store attributes are known; stores are compared by their sales alone.")
    for name in kept.columns[kept.isna().any(axis=0)]:
        count = int(kept[name].isna().sum())
        warnings.append(f"{name} is missing for {count} store(s) and was taken as the median there.")
    filled = kept.fillna(kept.median())
    return filled.loc[:, filled.max() > filled.min()], warnings


def _standardised(features: pd.DataFrame) -> Floats:
    values = features.to_numpy(dtype=float)
    if not values.shape[1]:
        return np.zeros((len(features), 1))
    return np.asarray((values - values.mean(axis=0)) / values.std(axis=0))


def _labels(scaled: Floats, warnings: list[str]) -> NDArray[np.int64]:
    distinct = len(np.unique(scaled, axis=0))
    count = min(DEFAULTS.clusters, distinct)
    if count < DEFAULTS.clusters and scaled.any():
        warnings.append(
            f"Only {distinct} distinct store(s): {count} cluster(s) instead of {DEFAULTS.clusters}."
        )
    if count == 1:
        return np.zeros(len(scaled), dtype=np.int64)
    model = KMeans(n_clusters=count, n_init=DEFAULTS.restarts, random_state=DEFAULTS.seed)
    return np.asarray(model.fit_predict(scaled), dtype=np.int64)


def _rank(features: pd.DataFrame, scaled: Floats, labels: NDArray[np.int64]) -> list[int]:
    """Labels, the strongest first: by the mean of the standardised features that speak of rank."""
    ranked = [i for i, name in enumerate(features.columns) if name not in DEFAULTS.unranked] or [0]
    score = scaled[:, ranked].mean(axis=1)
    means = {int(label): float(score[labels == label].mean()) for label in np.unique(labels)}
    return sorted(means, key=lambda label: (-means[label], label))


def _silhouette(scaled: Floats, labels: NDArray[np.int64]) -> float | None:
    count = len(np.unique(labels))
    if not 2 <= count < len(labels):
        return None
    return round(float(silhouette_score(scaled, labels)), 4)


def _view(features: pd.DataFrame, labels: NDArray[np.int64], label: int, cluster_id: str) -> StoreClusterView:
    mine = features[labels == label]
    return StoreClusterView(
        cluster_id=cluster_id,
        cluster_name=CLUSTERS[cluster_id],
        store_ids=tuple(str(store) for store in mine.index),
        feature_means={str(name): round(float(value), 4) for name, value in mine.mean().items()},
    )
