"""The first stage as a Prefect task."""

from schemas.stages import EXTRACT_PARAMETERS
from tasks.parameters import service
from tasks.runtime import stage_task

extract_parameters = stage_task(EXTRACT_PARAMETERS, service.settle_parameters, timeout_seconds=60)
