"""The clustering stage: like stores together, and what of the forecast falls to each group."""

from datetime import UTC, datetime, timedelta

import pandas as pd
from sqlalchemy.orm import Session

from models.catalogue import list_stores, save_clusters
from models.plans import Forecast, ForecastClusterShare, require_forecast_of, save_cluster_shares
from models.sales import load_store_totals
from schemas.attributes import STORE_NUMBERS
from schemas.stages import CLUSTER_STORES
from tasks.artifacts import publish_table
from tasks.planning.paths import DemandRecipe
from tasks.planning.stores.clusters import Clustering
from tasks.planning.stores.clusters import cluster_stores as cluster
from tasks.planning.stores.distribution import ClusterUnits, distribute_to_clusters
from tasks.runtime import StageRun, Summary, stage_task

TIMEOUT_SECONDS = 120
TRAILING_WEEKS = 52


@stage_task(CLUSTER_STORES, timeout_seconds=TIMEOUT_SECONDS)
def cluster_stores(run: StageRun) -> Summary:
    """Group the stores by sales and attributes, and split the forecast over the groups."""
    with run.database.read() as session:
        forecast = require_forecast_of(session, run.workflow_id)
        stores = _store_frame(session)
        start = forecast.season_start_date
        totals = load_store_totals(session, start - timedelta(weeks=TRAILING_WEEKS), start)
    recipe = DemandRecipe.model_validate(forecast.recipe)
    run.report(0.3, f"grouping {len(stores)} stores")
    clustering = cluster(stores, {store: units / TRAILING_WEEKS for store, units in totals.items()})
    split = distribute_to_clusters(
        clustering, recipe.store_ids, recipe.store_shares, forecast.total_season_demand
    )
    publish_table(
        "clusters",
        forecast.category_id,
        _described(clustering),
        [each.model_dump(exclude={"store_ids"}) for each in split],
    )
    return _store(run, forecast, clustering, split)


def _store_frame(session: Session) -> pd.DataFrame:
    columns = ["store_id", "store_name", *STORE_NUMBERS]
    return pd.DataFrame(
        [[getattr(store, column) for column in columns] for store in list_stores(session)], columns=columns
    )


def _described(clustering: Clustering) -> str:
    quality = "" if clustering.silhouette is None else f"; silhouette {clustering.silhouette:.2f}"
    notes = " ".join(clustering.warnings)
    return (
        f"{len(clustering.assignment)} stores by {', '.join(clustering.features)}{quality}. {notes}".strip()
    )


def _store(
    run: StageRun, forecast: Forecast, clustering: Clustering, split: tuple[ClusterUnits, ...]
) -> Summary:
    summary: Summary = {
        "clusters": {each.cluster_id: each.store_count for each in split},
        "silhouette": clustering.silhouette,
        "features": list(clustering.features),
        "warnings": list(clustering.warnings),
    }
    clusters = [
        {
            "cluster_id": view.cluster_id,
            "cluster_name": view.cluster_name,
            "fashion_tier": view.cluster_id,
            "silhouette": clustering.silhouette,
        }
        for view in clustering.clusters
    ]
    shares = [
        ForecastClusterShare(forecast_id=forecast.forecast_id, **each.model_dump(mode="json"))
        for each in split
    ]
    with run.database.write() as session:
        save_clusters(session, clusters, clustering.assignment, datetime.now(UTC))
        save_cluster_shares(session, forecast.forecast_id, shares)
        return run.finish(session, summary)
