"""The clustering stage as a Prefect task."""

from schemas.stages import CLUSTER_STORES
from tasks.clustering import service
from tasks.runtime import stage_task

cluster_stores = stage_task(CLUSTER_STORES, service.cluster, timeout_seconds=120)
