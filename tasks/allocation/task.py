"""The inventory stages as Prefect tasks."""

from schemas.stages import ALLOCATE_INVENTORY, FINALISE_ORDER
from tasks.allocation import service
from tasks.runtime import stage_task

TIMEOUT_SECONDS = 300

allocate_inventory = stage_task(ALLOCATE_INVENTORY, service.propose, timeout_seconds=TIMEOUT_SECONDS)
finalise_order = stage_task(FINALISE_ORDER, service.finalise, timeout_seconds=TIMEOUT_SECONDS)
