"""The pricing stages as Prefect tasks."""

from schemas.stages import ANALYZE_MARKDOWN, PLAN_MARKDOWN, SETTLE_MARKDOWN
from tasks.markdown import service
from tasks.runtime import stage_task

TIMEOUT_SECONDS = 120

plan_markdown = stage_task(PLAN_MARKDOWN, service.plan, timeout_seconds=TIMEOUT_SECONDS)
analyze_markdown = stage_task(ANALYZE_MARKDOWN, service.analyse, timeout_seconds=TIMEOUT_SECONDS)
settle_markdown = stage_task(SETTLE_MARKDOWN, service.settle, timeout_seconds=TIMEOUT_SECONDS)
