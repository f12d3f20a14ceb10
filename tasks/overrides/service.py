"""What the deviations from the recommendations that were approved in a stored season were worth."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from models.approvals import list_approvals
from models.catalogue import list_stores
from models.session import Database
from models.workflows import list_followups
from schemas.attributes import STORE_NUMBERS
from schemas.markdowns import MarkdownProposal
from schemas.orders import ManufacturingOrder
from schemas.overrides import OverrideView
from schemas.stages import WorkflowType
from tasks.evaluation.replay.overrides import OverrideKind, override_worth
from tasks.evaluation.replay.past_season import PastSeason
from tasks.evaluation.replay.planner import Brief
from tasks.planning.paths import DemandPaths
from tasks.planning.planner import SeasonBrief
from tasks.seasons.service import StoredSeason, load_season

SMALLEST_DIFFERENCE = 1e-6


def stored_overrides(database: Database, forecast_id: str) -> list[OverrideView]:
    """Every approved deviation with both numbers, and its worth in money once the season has ended.

    Raises:
        NotFoundError: there is no such forecast.
        WrongStateError: its order is not approved.
    """
    with database.read() as session:
        season = load_season(session, forecast_id)
        found = list(_deviations(session, season))
        brief = _brief(session, season)
    if season.state.done < season.state.weeks:
        return [OverrideView(kind=kind, recommended=mine, chosen=theirs) for kind, mine, theirs in found]
    played = _past(season, brief)
    return [
        OverrideView.model_validate(
            override_worth(brief, played, kind=kind, recommended=mine, chosen=theirs).model_dump()
        )
        for kind, mine, theirs in found
    ]


def _deviations(session: Session, season: StoredSeason) -> Iterator[tuple[OverrideKind, float, float]]:
    found: list[tuple[OverrideKind, float, float]] = []
    for approval in list_approvals(session, season.root.workflow_id):
        before, after = approval.before or approval.data, approval.after or approval.data
        if isinstance(before, ManufacturingOrder) and isinstance(after, ManufacturingOrder):
            found.append(("safety_stock", before.safety_stock_pct, after.safety_stock_pct))
            advice = before.holdback_advice
            found.append(("holdback", advice.holdback_pct, advice.planners_pct))
    for workflow_id in list_followups(session, WorkflowType.MARKDOWN, season.root.forecast_id):
        for approval in list_approvals(session, workflow_id):
            asked, decided = approval.before, approval.after
            if approval.decision != "accept":
                continue
            if isinstance(asked, MarkdownProposal) and isinstance(decided, MarkdownProposal):
                found.append(("elasticity", asked.elasticity_coefficient, decided.elasticity_coefficient))
    return (each for each in found if abs(each[1] - each[2]) > SMALLEST_DIFFERENCE)


def _brief(session: Session, season: StoredSeason) -> Brief:
    """The season as it was planned, with the quantity that was made."""
    state = season.state
    known = {store.store_id: store for store in list_stores(session)}
    rows = [[getattr(known[store], name) for name in STORE_NUMBERS] for store in state.recipe.store_ids]
    money = state.economics
    if state.markdowns:
        money = money.model_copy(update={"elasticity": state.markdowns[-1].elasticity})
    return Brief(
        season=SeasonBrief(DemandPaths(state.recipe), state.parameters, money),
        attributes=pd.DataFrame(rows, columns=list(STORE_NUMBERS)),
        quantity=state.stock.made,
    )


def _past(season: StoredSeason, brief: Brief) -> PastSeason:
    """The season's sales as its demand, taken back to full price where a markdown stood."""
    state = season.state
    lifts = np.array([state.lift(week) for week in range(1, state.weeks + 1)])
    demand = np.floor(state.stock.sold / lifts[:, None] + 0.5).astype(np.int64)
    return PastSeason(
        name=season.root.season,
        category=season.root.category_id,
        start=season.root.season_start_date,
        store_ids=tuple(state.recipe.store_ids),
        demand=demand,
        economics=brief.season.economics,
        calendar=brief.season.calendar,
        elasticity=brief.season.economics.elasticity,
    )
