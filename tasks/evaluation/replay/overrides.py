"""What a planner's deviation from a recommendation was worth, once the season is over."""

from dataclasses import replace
from typing import Literal

from pydantic import BaseModel, ConfigDict

from schemas.orders import manufacturing_quantity
from tasks.evaluation.replay.choices import PRODUCT, Choices
from tasks.evaluation.replay.past_season import PastSeason
from tasks.evaluation.replay.planner import Brief, ChoosingPlanner
from tasks.evaluation.replay.play import play
from tasks.evaluation.replay.score import score

OverrideKind = Literal["safety_stock", "quantity", "holdback", "elasticity"]


class OverrideWorth(BaseModel):
    """Both numbers, and the season's profit with each, all else equal.

    Attributes:
        worth: profit with what was chosen less profit with what was recommended.
    """

    model_config = ConfigDict(frozen=True)

    kind: OverrideKind
    recommended: float
    chosen: float
    profit_recommended: float
    profit_chosen: float
    worth: float
    reasoning: str


def override_worth(
    brief: Brief,
    season: PastSeason,
    *,
    kind: OverrideKind,
    recommended: float,
    chosen: float,
    choices: Choices = PRODUCT,
) -> OverrideWorth:
    """Play the season with each number and compare."""
    profits = [
        score(play(season, ChoosingPlanner(_with(brief, kind, value), choices))).profit
        for value in (recommended, chosen)
    ]
    worth = round(profits[1] - profits[0], 2)
    verb = "earned" if worth >= 0 else "cost"
    return OverrideWorth(
        kind=kind,
        recommended=recommended,
        chosen=chosen,
        profit_recommended=profits[0],
        profit_chosen=profits[1],
        worth=worth,
        reasoning=f"A {kind.replace('_', ' ')} of {chosen:g}, not {recommended:g}, {verb} {abs(worth):,.0f}.",
    )


def _with(brief: Brief, kind: OverrideKind, value: float) -> Brief:
    if kind == "safety_stock":
        total = float(brief.season.paths.mean.sum())
        return replace(brief, quantity=manufacturing_quantity(total, value))
    if kind == "quantity":
        return replace(brief, quantity=round(value))
    if kind == "holdback":
        return replace(brief, holdback=value)
    believed = brief.season.economics.model_copy(update={"elasticity": value})
    return replace(brief, season=replace(brief.season, economics=believed))
