"""What the deviations from the recommendations that were approved in a stored season were worth."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session as DatabaseSession

from models.approvals import list_approvals
from models.catalogue import list_stores
from models.workflows import list_followups
from schemas.attributes import STORE_NUMBERS
from schemas.overrides import OverrideView
from schemas.stages import WorkflowType
from tasks.evaluation.replay.overrides import OverrideKind, override_worth
from tasks.evaluation.replay.past_season import Season, Terms
from tasks.evaluation.replay.planner import Brief
from tasks.seasons import SeasonInProgress, load_season

SMALLEST_DIFFERENCE = 1e-6


def stored_overrides(session: DatabaseSession, forecast_id: str) -> list[OverrideView]:
    """Every approved deviation with both numbers, and its worth in money once the season has ended.

    Raises:
        NotFoundError: there is no such forecast.
        WrongStateError: its order is not approved.
    """
    season = load_season(session, forecast_id)
    found = list(_deviations(session, season))
    if season.done < season.weeks:
        return [OverrideView(kind=kind, recommended=mine, chosen=theirs) for kind, mine, theirs in found]
    brief = _brief(session, season)
    played = _played(season, brief)
    return [
        OverrideView.model_validate(
            override_worth(brief, played, kind=kind, recommended=mine, chosen=theirs).model_dump()
        )
        for kind, mine, theirs in found
    ]


def _deviations(
    session: DatabaseSession, season: SeasonInProgress
) -> Iterator[tuple[OverrideKind, float, float]]:
    kept: list[tuple[OverrideKind, float, float]] = []
    for approval in list_approvals(session, season.root.workflow_id):
        before, after = approval.before or approval.data, approval.after or approval.data
        kept.append(("safety_stock", before["safety_stock_pct"], after["safety_stock_pct"]))
        advice = before.get("holdback_advice")
        if advice:
            kept.append(("holdback", advice["holdback_pct"], advice["planners_pct"]))
    for workflow_id in list_followups(session, WorkflowType.MARKDOWN, season.root.forecast_id):
        for approval in list_approvals(session, workflow_id):
            if approval.decision == "accept":
                before, after = approval.before or approval.data, approval.after or approval.data
                kept.append(("elasticity", before["elasticity_coefficient"], after["elasticity_coefficient"]))
    return (each for each in kept if abs(each[1] - each[2]) > SMALLEST_DIFFERENCE)


def _terms(season: SeasonInProgress) -> Terms:
    parameters, defaults = season.parameters, Terms()
    threshold = parameters.markdown_threshold
    return Terms(
        weeks=season.weeks,
        strategy=parameters.replenishment_strategy,
        checkpoint_week=parameters.markdown_checkpoint_week,
        threshold=defaults.threshold if threshold is None else threshold,
    )


def _brief(session: DatabaseSession, season: SeasonInProgress) -> Brief:
    known = {store.store_id: store for store in list_stores(session)}
    rows = [[getattr(known[store], name) for name in STORE_NUMBERS] for store in season.recipe.store_ids]
    markdown = season.markdown
    return Brief(
        recipe=season.recipe,
        economics=season.order.economics,
        terms=_terms(season),
        parameters=season.parameters,
        attributes=pd.DataFrame(rows, columns=list(STORE_NUMBERS)),
        elasticity=markdown.elasticity_coefficient if markdown else 2.0,
        quantity=season.stock.made,
        holdback=season.parameters.dc_holdback_percentage,
    )


def _played(season: SeasonInProgress, brief: Brief) -> Season:
    """The season's sales as its demand, taken back to full price where a markdown stood."""
    lifts = np.array([season.lift(week) for week in range(1, season.weeks + 1)])
    demand = np.floor(season.stock.sold / lifts[:, None] + 0.5).astype(np.int64)
    return Season(
        name=season.root.season,
        category=season.root.category_id,
        start=season.root.season_start_date,
        store_ids=tuple(season.recipe.store_ids),
        demand=demand,
        economics=brief.economics,
        terms=brief.terms,
        elasticity=brief.elasticity,
    )
