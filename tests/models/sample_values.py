"""Typed values that rows are made of in tests."""

from schemas.economics import Economics
from schemas.forecasts import BacktestSummary, DemandRecipe, Explanation, NotableWeek, TotalInterval
from schemas.markdowns import (
    ElasticityEstimate,
    LadderRow,
    MarkdownPlan,
    MarkdownProposal,
    MarkdownRecommendation,
    PlannedMarkdown,
)
from schemas.orders import HoldbackAdvice, ManufacturingOrder, MoneyRow, split_order

RECIPE = DemandRecipe(
    weekly_mean=(60.0, 40.0),
    total_factors=(0.9, 1.1),
    week_sigma=(0.1, 0.1),
    store_ids=("S1", "S2"),
    store_shares=(0.5, 0.5),
)
INTERVAL = TotalInterval(level=0.8, lower=80, upper=120)
BACKTEST = BacktestSummary(wape=0.1, naive_wape=0.2, coverage=None, origins=4)
EXPLANATION = Explanation(
    components=(), notable_weeks=(NotableWeek(week_number=1, units=60, why="the peak"),), members=()
)
MONEY = MoneyRow(
    safety_stock_pct=0.2,
    quantity=120,
    wanted_quantity=120,
    expected_profit=50.0,
    expected_profit_se=1.0,
    expected_lost_sales=2.0,
    expected_lost_sales_se=0.1,
    expected_leftover=20.0,
    expected_leftover_se=0.2,
    sell_through=0.8,
    sell_through_se=0.01,
)
PLANNED = PlannedMarkdown(
    plan=MarkdownPlan(
        checkpoint_week=6,
        threshold=0.6,
        expected_sell_through=0.7,
        sell_through_interval=(0.5, 0.9),
        chance_needed=0.2,
        elasticity_coefficient=2.0,
        reasoning="",
    ),
    elasticity=ElasticityEstimate(elasticity=None, observations=3, refusal="too little", reasoning=""),
)
RECOMMENDED = MarkdownRecommendation(
    recommended_markdown_pct=0.3,
    expected_demand_lift_pct=1.04,
    elasticity_coefficient=2.0,
    elasticity_source="default",
    stock=60,
    weeks_left=6,
    sell_through_pct=0.5,
    target_sell_through_pct=0.6,
    gap_pct=0.1,
    triggered=True,
    do_nothing_value=10.0,
    expected_gain=5.0,
    ladder=(LadderRow(markdown_pct=0.3, expected_value=15.0, gain=5.0, demand_lift_pct=1.04),),
    rule_markdown_pct=0.2,
    reasoning="",
)
PROPOSED = MarkdownProposal(
    markdown_id="md_2",
    recommended_markdown_pct=0.3,
    elasticity_coefficient=2.0,
    gap_pct=0.1,
    expected_demand_lift_pct=1.04,
    reasoning="",
    week_number=6,
    sell_through_pct=0.5,
    target_sell_through_pct=0.6,
    details=RECOMMENDED,
)


def order_of(quantity: int = 120) -> ManufacturingOrder:
    """An order of so many units, 45 % of them held back."""
    initial, holdback = split_order(quantity, 0.45)
    return ManufacturingOrder(
        manufacturing_qty=quantity,
        initial_allocation=initial,
        holdback=holdback,
        safety_stock_pct=0.2,
        forecast_total=100,
        holdback_pct=0.45,
        service_level=0.6,
        economics=Economics(),
        chosen=MONEY,
        recommended=MONEY,
        newsvendor=MONEY,
        planners=MONEY,
        curve=(MONEY.model_copy(update={"safety_stock_pct": 0.1}), MONEY),
        reasoning="",
        holdback_advice=HoldbackAdvice(
            holdback_pct=0.2, planners_pct=0.45, gain=1.0, gain_se=0.5, reasoning=""
        ),
    )
