"""A season's week by the real flows: reviewed, forecast again, marked down once a person agrees."""

from datetime import date
from typing import Any

import numpy as np
from flow_runs import REAL_FLOWS, Engine
from prefect.client.schemas.objects import StateType
from small_retailer import PARAMETERS, Prepared

from models.approvals import MARKDOWN
from models.plans import get_forecast
from models.seasons import approved_markdown, current_of
from models.workflows import SeasonParametersRow, load_stage_result
from schemas.economics import NOTHING_GIVEN
from schemas.seasons import WeeklyReviewRequest
from schemas.stages import REVIEW_SEASONS
from tasks.variance.service import record_review

pytestmark = REAL_FLOWS

WEEKS = 2  # up to the checkpoint


def reviewed(engine: Engine, forecast_id: str | None) -> dict[str, Any]:
    """Run the weekly review as the API asks for it; what it did with its seasons."""
    request = WeeklyReviewRequest(forecast_id=forecast_id, as_of=date(2025, 3, 3))
    workflow_id = record_review(engine.database, request).workflow_id
    engine.start()
    state = engine.run(workflow_id)
    engine.start()  # what the review called for
    with engine.database.read() as session:
        kept = load_stage_result(session, workflow_id, REVIEW_SEASONS.name)
    assert kept is not None
    return {"state": state.type, "message": state.message, **kept.summary}


def test_a_week_is_reviewed_forecast_again_and_marked_down(engine: Engine, prepared: Prepared) -> None:
    forecast_id = engine.season.plan(PARAMETERS, NOTHING_GIVEN, prepared.forecast)
    slow = engine.season.season(forecast_id).state.recipe.weekly_mean[0] * 0.4
    stores = len(engine.season.season(forecast_id).state.recipe.store_ids)
    for week in range(1, WEEKS + 1):
        engine.season.sell(forecast_id, week, lambda _week, _depth: np.full(stores, int(slow / stores)))

    review = reviewed(engine, forecast_id)
    assert review["state"] == StateType.COMPLETED
    [did] = review["seasons"]
    assert did["weeks_reported"] == WEEKS
    assert did["reforecast"] is not None

    assert engine.run(did["reforecast"]).type == StateType.COMPLETED
    with engine.database.read() as session:
        revised = current_of(session, forecast_id)
    assert revised.revision == 2
    assert revised.first_week == WEEKS + 1
    assert revised.total_season_demand < prepared.forecast.total_season_demand

    assert engine.run(did["markdown"]).type == StateType.PAUSED
    engine.season.decide(did["markdown"], MARKDOWN, "accept")
    engine.resume(did["markdown"], {"action": "accept", "decided_by": "anna", "note": ""})
    assert engine.run(did["markdown"]).type == StateType.COMPLETED
    with engine.database.read() as session:
        markdown = approved_markdown(session, forecast_id)
    assert markdown is not None
    assert (markdown.recommended_markdown_pct or 0) > 0
    assert engine.season.season(forecast_id).state.depth == markdown.recommended_markdown_pct


def test_a_markdown_that_is_rejected_keeps_the_price(engine: Engine, prepared: Prepared) -> None:
    forecast_id = engine.season.plan(PARAMETERS, NOTHING_GIVEN, prepared.forecast)
    stores = len(engine.season.season(forecast_id).state.recipe.store_ids)
    for week in range(1, WEEKS + 1):
        engine.season.sell(forecast_id, week, lambda _week, _depth: np.ones(stores, dtype=np.int64))
    [did] = reviewed(engine, forecast_id)["seasons"]

    engine.run(did["markdown"])
    engine.season.decide(did["markdown"], MARKDOWN, "reject")
    engine.resume(did["markdown"], {"action": "reject", "decided_by": "anna", "note": ""})

    assert engine.run(did["markdown"]).type == StateType.CANCELLED
    assert engine.season.season(forecast_id).state.depth == 0


def test_a_season_that_fails_holds_up_no_other(engine: Engine, prepared: Prepared) -> None:
    well = engine.season.plan(PARAMETERS, NOTHING_GIVEN, prepared.forecast)
    broken = engine.season.plan(PARAMETERS, NOTHING_GIVEN, prepared.forecast)
    with engine.database.write() as session:
        lost = session.get_one(SeasonParametersRow, get_forecast(session, broken).workflow_id)
        session.delete(lost)

    review = reviewed(engine, None)
    assert review["state"] == StateType.FAILED
    assert [did["forecast_id"] for did in review["seasons"]] == [well]
    assert list(review["failed"]) == [broken]
