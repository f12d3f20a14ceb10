"""Categories, stores and clusters."""

from fastapi import APIRouter, Request

from api.database import database_of
from api.errors import problem_responses
from models.catalogue import list_clusters, list_stores
from models.sales import list_categories
from schemas.resources import CategoryView, ClusterView, StoreView

router = APIRouter(prefix="/api", tags=["catalogue"])


@router.get("/categories", summary="List categories", responses=problem_responses(401, 503))
def read_categories(request: Request) -> list[CategoryView]:
    """Every category with its number of history rows."""
    with database_of(request).read() as session:
        return [
            CategoryView(
                category_id=category.category_id, category_name=category.category_name, row_count=row_count
            )
            for category, row_count in list_categories(session)
        ]


@router.get("/stores", summary="List stores", responses=problem_responses(401, 503))
def read_stores(request: Request) -> list[StoreView]:
    """Every store with its attributes and its cluster."""
    with database_of(request).read() as session:
        return [StoreView.model_validate(store) for store in list_stores(session)]


@router.get("/stores/clusters", summary="List clusters", responses=problem_responses(401, 503))
def read_clusters(request: Request) -> list[ClusterView]:
    """Every cluster with its stores; none before the first season is planned."""
    with database_of(request).read() as session:
        return [
            ClusterView(
                cluster_id=cluster.cluster_id,
                cluster_name=cluster.cluster_name,
                fashion_tier=cluster.fashion_tier,
                store_count=len(stores),
                stores=stores,
            )
            for cluster, stores in list_clusters(session)
        ]
