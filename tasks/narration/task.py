"""The narration stage as a Prefect task."""

from schemas.stages import NARRATE_PLAN
from tasks.narration import service
from tasks.runtime import stage_task

narrate_plan = stage_task(NARRATE_PLAN, service.narrate_plan, timeout_seconds=60)
