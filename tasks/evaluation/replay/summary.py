"""The headline of a replay, and what stands behind it."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from schemas.errors import InvalidInputError
from tasks.evaluation.replay.choices import DECISIONS, RULES_OF_THUMB
from tasks.evaluation.replay.past_season import Setup
from tasks.evaluation.replay.run import ADVISED, DEEPENING, FULL_PRICE, UNBOUNDED, PlayedSeason
from tasks.evaluation.replay.score import SeasonMetrics, gap_closed

LOSS_LIMIT = -0.02


class DecisionWorth(BaseModel):
    """What one decision is worth: the product's profit less its profit with that decision taken by rule."""

    model_config = ConfigDict(frozen=True)

    decision: str
    worth: float
    share_of_gap: float


class LosingSeason(BaseModel):
    """A season in which the product earned less than the rules.

    Attributes:
        loss: how much less.
        against_rules: the loss ÷ the rules' profit, negative.
    """

    model_config = ConfigDict(frozen=True)

    scenario: str
    category: str
    season_start: str
    loss: float
    against_rules: float
    forecast_total: int
    demand: int
    why: str


class ReplaySummary(BaseModel):
    """A replay in figures.

    Attributes:
        gap_closed: (product − rules) ÷ (perfect − rules), all seasons together; `gap_interval` at 95 %.
        full_price_gap_closed: the share against perfect foresight that sells all at full price and could be
            beaten where a markdown earns more than full price.
        unbounded_gap_closed: the same where the newsvendor quantity is made whatever can be approved.
        deepening_gap_closed: the same where the markdown is weighed again every week after the checkpoint.
        advised_gap_closed: the same where the computed holdback is kept in place of the asked one.
        losing: seasons that lost money against the rules, the worst first.
        beyond_limit: how many of them lost more than 2 % of the rules' profit.
    """

    model_config = ConfigDict(frozen=True)

    title: str
    seasons: int
    gap_closed: float
    gap_interval: tuple[float, float]
    gap_clusters: int
    full_price_gap_closed: float
    unbounded_gap_closed: float
    deepening_gap_closed: float
    advised_gap_closed: float
    totals: dict[str, SeasonMetrics]
    decisions: tuple[DecisionWorth, ...]
    losing: tuple[LosingSeason, ...]
    beyond_limit: int
    assumptions: tuple[str, ...]
    notes: tuple[str, ...]


def summarise(
    played: Sequence[PlayedSeason], setup: Setup, title: str = "", skipped: Sequence[str] = ()
) -> ReplaySummary:
    """Add up a replay.

    Args:
        skipped: a sentence for each season that was left out.

    Raises:
        InvalidInputError: no season was played.
    """
    if not played:
        raise InvalidInputError(f"No season could be replayed. {' '.join(skipped[:3])}".strip())
    profits = {name: [season.metrics[name].profit for season in played] for name in played[0].metrics}
    starts = [season.start.isoformat() for season in played]
    closed = gap_closed(profits["product"], profits["rules"], profits["perfect"], starts)
    unbounded = gap_closed(profits[UNBOUNDED], profits["rules"], profits["perfect"], starts)
    deepening = gap_closed(profits[DEEPENING], profits["rules"], profits["perfect"], starts)
    advised = gap_closed(profits[ADVISED], profits["rules"], profits["perfect"], starts)
    at_full_price = gap_closed(profits["product"], profits["rules"], profits[FULL_PRICE], starts)
    losing = _losing(played)
    return ReplaySummary(
        title=title,
        seasons=len(played),
        gap_closed=closed.share,
        gap_interval=(closed.lower, closed.upper),
        gap_clusters=closed.clusters,
        full_price_gap_closed=at_full_price.share,
        unbounded_gap_closed=unbounded.share,
        deepening_gap_closed=deepening.share,
        advised_gap_closed=advised.share,
        totals={name: _total([season.metrics[name] for season in played]) for name in profits},
        decisions=_decisions(played, sum(profits["perfect"]) - sum(profits["rules"])),
        losing=losing,
        beyond_limit=sum(season.against_rules < LOSS_LIMIT for season in losing),
        assumptions=_assumptions(played, setup),
        notes=tuple(
            dict.fromkeys(
                [*skipped, *(f"{season.category}: {note}" for season in played for note in season.notes)]
            )
        ),
    )


def _total(metrics: Sequence[SeasonMetrics]) -> SeasonMetrics:
    names = (
        "profit",
        "revenue",
        "made",
        "demand",
        "sold",
        "lost_sales",
        "leftover",
        "markdown_spend",
        "units_moved",
    )
    sums = {name: sum(getattr(each, name) for each in metrics) for name in names}
    faced = sums["sold"] + sums["lost_sales"]
    return SeasonMetrics(
        **{name: round(value, 2) for name, value in sums.items()},
        sell_through=round(sums["sold"] / sums["made"], 4) if sums["made"] else 1.0,
        service_level=round(sums["sold"] / faced, 4) if faced else 1.0,
        deepest_markdown=max(each.deepest_markdown for each in metrics),
        plan_churn=round(sum(each.plan_churn for each in metrics) / len(metrics), 4),
    )


def _decisions(played: Sequence[PlayedSeason], gap: float) -> tuple[DecisionWorth, ...]:
    whole = sum(season.metrics["product"].profit for season in played)
    rows = []
    for decision in DECISIONS:
        if all(decision in season.without for season in played):
            worth = whole - sum(season.without[decision] for season in played)
            share = round(worth / gap, 4) if gap > 0 else 0.0
            rows.append(DecisionWorth(decision=decision, worth=round(worth, 2), share_of_gap=share))
    return tuple(rows)


def _losing(played: Sequence[PlayedSeason]) -> tuple[LosingSeason, ...]:
    rows = []
    for season in played:
        ours, rules = season.metrics["product"], season.metrics["rules"]
        if ours.profit < rules.profit:
            relative = (ours.profit - rules.profit) / abs(rules.profit) if rules.profit else -1.0
            rows.append(
                LosingSeason(
                    scenario=season.name,
                    category=season.category,
                    season_start=season.start.isoformat(),
                    loss=round(rules.profit - ours.profit, 2),
                    against_rules=round(relative, 4),
                    forecast_total=season.forecast_total,
                    demand=ours.demand,
                    why=_why(season),
                )
            )
    return tuple(sorted(rows, key=lambda row: row.against_rules))


def _why(season: PlayedSeason) -> str:
    ours, rules = season.metrics["product"], season.metrics["rules"]
    off = season.forecast_total / ours.demand - 1 if ours.demand else 0.0
    forecast = f"the forecast was {abs(off):.0%} too {'high' if off > 0 else 'low'}"
    if ours.made < rules.made and ours.lost_sales > rules.lost_sales:
        return f"{forecast}, and the rules' larger buy happened to be right"
    if ours.made > rules.made and ours.leftover > rules.leftover:
        return f"{forecast}, and more was bought than by rule because past errors were wide"
    if ours.deepest_markdown > rules.deepest_markdown:
        return f"{forecast}, and the markdown went deeper than needed"
    return f"{forecast}, and stock lay in the wrong stores or came too late"


def _assumptions(played: Sequence[PlayedSeason], setup: Setup) -> tuple[str, ...]:
    first = played[0].season
    elasticities = sorted({season.season.elasticity for season in played})
    told = ", ".join(f"{value:.2g}" for value in elasticities)
    assumed = sorted({name for season in played for name in season.season.economics.assumed})
    notes = [
        "Recorded sales are taken as demand at full price; where stores were sold out, demand was higher.",
        f"Customers answer to a markdown m with (1 − m)^(−ε), ε = {told}: as given, else as all "
        "prices in the files tell, else 2; planners believe what prices before their order tell. Units are "
        "rounded half up.",
        f"Orders are placed {setup.lead_weeks} weeks before a season of {first.calendar.weeks}, with "
        "nothing known after that day until the season starts.",
        f"The product is taken as it proposes: {setup.holdback:.0%} is kept back, as the season's "
        "parameters ask, and every markdown that it recommends is accepted.",
        f"The distribution centre ships {setup.strategy.value}; what is decided on the sales up to a week "
        "arrives before the next. A missed sale is lost. Moving and holding units costs nothing.",
        f"A markdown is weighed once, after week {setup.checkpoint_week}, where sell-through is under "
        f"{setup.threshold:.0%}; it applies from the next week on."
        if setup.checkpoint_week
        else "Nothing is marked down.",
        f"The rules have the product's own forecast and make {1 + RULES_OF_THUMB.safety_stock:.2f} times it, "
        f"keep {RULES_OF_THUMB.holdback:.0%} back, split by 70 % sales and 30 % attributes, ship what "
        "remains ÷ deliveries left, and mark down by gap × elasticity.",
        "Perfect foresight makes and ships exactly what is asked for, at the prices that earn most under the "
        "same checkpoint; no plan can earn more.",
    ]
    if assumed:
        notes.append(f"Not given and assumed from the price: {', '.join(assumed)}.")
    return tuple(notes)
