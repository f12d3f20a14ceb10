"""The weekly review as Prefect tasks: each season by itself, so that one that fails holds up no other."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger
from prefect.runtime import flow_run

from schemas.settings import get_settings
from schemas.stages import REVIEW_SEASONS
from tasks.prefect_operator import PrefectOperator
from tasks.runtime import open_database
from tasks.variance import service

SEASON_TIMEOUT_SECONDS = 300


@task(name="open_review", cache_policy=NO_CACHE, persist_result=False)
def open_review(forecast_id: str | None, as_of: date | None, workflow_id: str | None) -> dict[str, Any]:
    """Put the review on record, where the API has not, and find the seasons to look at."""
    day = as_of or datetime.now(ZoneInfo(get_settings().time_zone)).date()
    found, seasons = service.open_review(
        open_database(), run_id=str(flow_run.id), forecast_id=forecast_id, day=day, workflow_id=workflow_id
    )
    return {"workflow_id": found, "as_of": day, "seasons": seasons}


@task(name=REVIEW_SEASONS.name, cache_policy=NO_CACHE, persist_result=False)
def close_review(workflow_id: str, done: list[dict[str, Any]], failed: dict[str, str]) -> dict[str, Any]:
    """Keep what the review did, and show it to the operator."""
    told = f"{len(done)} seasons reviewed, {len(failed)} failed"
    PrefectOperator().table("weekly-review", "seasons", told, done)
    return service.close_review(open_database(), workflow_id, done, failed)


@task(
    name="review_season",
    task_run_name="review {forecast_id}",
    timeout_seconds=SEASON_TIMEOUT_SECONDS,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def review_season(forecast_id: str, as_of: date) -> dict[str, Any]:
    """Do what a season's week asks for; what it calls for is on record, and started by the API. Done again,
    nothing doubles."""
    threshold = get_settings().variance_threshold
    reviewed = service.review_season(open_database(), forecast_id, as_of, threshold=threshold)
    missing = reviewed.report["missing_weeks"]
    if missing:
        get_run_logger().warning("%s: no sales reported for weeks %s", forecast_id, missing)
    return reviewed.report
