"""Like stores together, and what of the forecast falls to each group."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
from sqlalchemy.orm import Session

from models.catalogue import list_stores, save_clusters
from models.plans import Forecast, ForecastClusterShare, require_forecast_of, save_cluster_shares
from models.sales import load_store_totals
from models.session import Database
from schemas.attributes import STORE_NUMBERS
from tasks.planning.stores.clusters import Clustering, cluster_stores
from tasks.planning.stores.distribution import ClusterUnits, distribute_to_clusters
from tasks.stage import StageRun, Summary

TRAILING_WEEKS = 52


def cluster(run: StageRun) -> Summary:
    """Group the stores by sales and attributes, and split the forecast over the groups."""
    with run.database.read() as session:
        forecast = require_forecast_of(session, run.workflow_id)
        stores, weekly = _stores_before(session, forecast.season_start_date)
    recipe = forecast.recipe
    run.report(0.3, f"grouping {len(stores)} stores")
    clustering = cluster_stores(stores, weekly)
    split = distribute_to_clusters(
        clustering, recipe.store_ids, recipe.store_shares, forecast.total_season_demand
    )
    run.operator.table(
        "clusters",
        forecast.category_id,
        _described(clustering),
        [each.model_dump(exclude={"store_ids"}) for each in split],
    )
    return _store(run, forecast, clustering, split)


def cluster_now(database: Database, season_start: date) -> tuple[Clustering, dict[str, str]]:
    """The stores grouped by what is known before a season, and their names; nothing is stored."""
    with database.read() as session:
        stores, weekly = _stores_before(session, season_start)
    return cluster_stores(stores, weekly), dict(zip(stores["store_id"], stores["store_name"], strict=True))


def _stores_before(session: Session, season_start: date) -> tuple[pd.DataFrame, dict[str, float]]:
    """Every store with its attributes, and its mean weekly sales of the year before."""
    columns = ["store_id", "store_name", *STORE_NUMBERS]
    stores = pd.DataFrame(
        [[getattr(store, column) for column in columns] for store in list_stores(session)], columns=columns
    )
    totals = load_store_totals(session, season_start - timedelta(weeks=TRAILING_WEEKS), season_start)
    return stores, {store: units / TRAILING_WEEKS for store, units in totals.items()}


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
    shares = [ForecastClusterShare(forecast_id=forecast.forecast_id, **each.model_dump()) for each in split]
    with run.database.write() as session:
        save_clusters(session, clusters, clustering.assignment, datetime.now(UTC))
        save_cluster_shares(session, forecast.forecast_id, shares)
        return run.finish(session, summary)
