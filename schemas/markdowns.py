"""A markdown: planned before the season, recommended at its checkpoint, decided by a person."""

from schemas.values import Value


class ElasticityEstimate(Value):
    """An elasticity, or why there is none.

    Attributes:
        elasticity: ε in demand ∝ price^(−ε); None where it cannot be told.
        lower, upper: its 95 % interval, clustered by item and week.
        usable: the estimate within 1.0 to 3.0, which markdowns may use.
        refusal: why it cannot be told.
    """

    elasticity: float | None
    lower: float | None = None
    upper: float | None = None
    usable: float | None = None
    observations: int
    refusal: str | None = None
    reasoning: str


class MarkdownPlan(Value):
    """What will be asked at the checkpoint.

    Attributes:
        expected_sell_through: units sold ÷ made by the end of the checkpoint week, mean of the sampled
            futures.
        sell_through_interval: its central 80 %.
        chance_needed: share of the futures whose sell-through lies under the threshold.
    """

    checkpoint_week: int
    threshold: float
    expected_sell_through: float
    sell_through_interval: tuple[float, float]
    chance_needed: float
    elasticity_coefficient: float
    reasoning: str


class LadderRow(Value):
    """What marking down to a depth now is expected to bring, deeper later where that pays.

    Attributes:
        expected_value: revenue plus salvage of the stock that is left.
        demand_lift_pct: demand at this depth above demand at full price.
    """

    markdown_pct: float
    expected_value: float
    gain: float
    demand_lift_pct: float


class MarkdownRecommendation(Value):
    """The depth to take, beside every other and beside doing nothing.

    Attributes:
        do_nothing_value: revenue plus salvage if the price stays as it is to the end.
        expected_gain: of the recommended depth over doing nothing.
        rule_markdown_pct: gap × elasticity, for comparison only.
    """

    recommended_markdown_pct: float
    expected_demand_lift_pct: float
    elasticity_coefficient: float
    elasticity_source: str
    stock: int
    weeks_left: int
    sell_through_pct: float
    target_sell_through_pct: float
    gap_pct: float
    triggered: bool
    do_nothing_value: float
    expected_gain: float
    ladder: tuple[LadderRow, ...]
    rule_markdown_pct: float
    reasoning: str


class PlannedMarkdown(Value):
    """What is known of a markdown before the season.

    Attributes:
        elasticity: of a plan made before an order's money told it.
    """

    plan: MarkdownPlan
    elasticity: ElasticityEstimate | None = None


MarkdownDetails = PlannedMarkdown | MarkdownRecommendation


class MarkdownProposal(Value):
    """A markdown as a person is asked to decide it, or as it was decided.

    Attributes:
        details: every depth of the ladder, in money.
    """

    markdown_id: str
    recommended_markdown_pct: float
    elasticity_coefficient: float
    gap_pct: float
    expected_demand_lift_pct: float
    reasoning: str
    week_number: int
    sell_through_pct: float
    target_sell_through_pct: float
    details: MarkdownRecommendation
