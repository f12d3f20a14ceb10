"""Two or more plans of one category side by side, in money and units; nothing is stored."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from schemas.errors import InvalidInputError
from schemas.orders import MoneyRow
from schemas.parameters import SeasonParameters
from tasks.planning.planner import SeasonBrief, plan_checkpoint, propose_order


class PlanRow(BaseModel):
    """One plan.

    Attributes:
        money: what the order is expected to bring, with standard errors.
        better_holdback_pct, holdback_gain: the share to keep back that earns most, and by how much.
        chance_of_markdown: None where the plan has no checkpoint.
        profit_against_best: expected profit less the best plan's; zero for the best.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    parameters: SeasonParameters
    total_season_demand: int
    manufacturing_qty: int
    safety_stock_pct: float
    initial_allocation: int
    holdback: int
    money: MoneyRow
    better_holdback_pct: float
    holdback_gain: float
    expected_checkpoint_sell_through: float | None
    chance_of_markdown: float | None
    profit_against_best: float
    reasoning: str


class PlanComparison(BaseModel):
    """The plans, in the order they were given, and the one with the highest expected profit."""

    model_config = ConfigDict(frozen=True)

    plans: tuple[PlanRow, ...]
    best: str
    reasoning: str


def compare_plans(plans: Mapping[str, SeasonBrief]) -> PlanComparison:
    """Compare plans by name, each on what may be known when it starts.

    Raises:
        InvalidInputError: fewer than two plans.
    """
    if len(plans) < 2:
        raise InvalidInputError("A comparison takes two plans or more; add another set of parameters.")
    rows = [_row(name, brief) for name, brief in plans.items()]
    best = max(rows, key=lambda row: row.money.expected_profit)
    told = tuple(
        row.model_copy(
            update={"profit_against_best": round(row.money.expected_profit - best.money.expected_profit, 2)}
        )
        for row in rows
    )
    others = "; ".join(
        f"{row.name} {-row.profit_against_best:,.0f} less" for row in told if row.name != best.name
    )
    text = f"{best.name} is expected to earn most, {best.money.expected_profit:,.0f}: {others}."
    return PlanComparison(plans=told, best=best.name, reasoning=text)


def _row(name: str, brief: SeasonBrief) -> PlanRow:
    order = propose_order(brief)
    markdown = plan_checkpoint(brief, made=order.manufacturing_qty)
    return PlanRow(
        name=name,
        parameters=brief.parameters,
        total_season_demand=order.forecast_total,
        manufacturing_qty=order.manufacturing_qty,
        safety_stock_pct=order.safety_stock_pct,
        initial_allocation=order.initial_allocation,
        holdback=order.holdback,
        money=order.chosen,
        better_holdback_pct=order.holdback_advice.holdback_pct,
        holdback_gain=order.holdback_advice.gain,
        expected_checkpoint_sell_through=markdown.expected_sell_through if markdown else None,
        chance_of_markdown=markdown.chance_needed if markdown else None,
        profit_against_best=0.0,
        reasoning=order.reasoning,
    )
