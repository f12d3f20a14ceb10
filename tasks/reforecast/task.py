"""The stages of a re-forecast as Prefect tasks."""

from schemas.stages import REALLOCATE_STOCK, REFORECAST_DEMAND
from tasks.reforecast import service
from tasks.runtime import stage_task

TIMEOUT_SECONDS = 300

reforecast_demand = stage_task(REFORECAST_DEMAND, service.correct, timeout_seconds=TIMEOUT_SECONDS)
reallocate_stock = stage_task(REALLOCATE_STOCK, service.share_out, timeout_seconds=TIMEOUT_SECONDS)
