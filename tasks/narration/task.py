"""The narration stages as Prefect tasks: one for each kind of run that makes something to explain."""

from schemas.stages import NARRATE_MARKDOWN, NARRATE_PLAN, NARRATE_REVISION
from tasks.narration import service
from tasks.runtime import stage_task

TIMEOUT_SECONDS = 60
narrate_plan = stage_task(NARRATE_PLAN, service.narrate_plan, timeout_seconds=TIMEOUT_SECONDS)
narrate_revision = stage_task(NARRATE_REVISION, service.narrate_revision, timeout_seconds=TIMEOUT_SECONDS)
narrate_markdown = stage_task(NARRATE_MARKDOWN, service.narrate_markdown, timeout_seconds=TIMEOUT_SECONDS)
