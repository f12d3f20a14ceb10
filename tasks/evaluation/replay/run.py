"""Seasons planned from what was known, then played: the product, the rules, perfect foresight."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from schemas.errors import InvalidInputError
from schemas.forecasts import DemandRecipe
from tasks.evaluation.replay.case import Case, Sources, brief_of, notes_on, season_of
from tasks.evaluation.replay.choices import (
    DECISIONS,
    PRODUCT,
    PRODUCT_ADVISED,
    PRODUCT_DEEPENING,
    PRODUCT_UNBOUNDED,
    RULES,
    Choices,
)
from tasks.evaluation.replay.foresight import PerfectForesight
from tasks.evaluation.replay.past_season import PastSeason, Setup
from tasks.evaluation.replay.planner import Brief, ChoosingPlanner
from tasks.evaluation.replay.play import Ledger, play
from tasks.evaluation.replay.score import SeasonMetrics, score

PLANNERS = ("product", "rules", "perfect")
UNBOUNDED = "product_unbounded_buy"
DEEPENING = "product_deepening"
ADVISED = "product_advised_holdback"
FULL_PRICE = "perfect_full_price"


@dataclass(frozen=True)
class ForecastInput:
    """One category's forecasting problem; `sales` and `context` end before `as_of`."""

    sales: pd.DataFrame
    context: pd.DataFrame | None
    season_start: date
    weeks: int
    as_of: date


ForecastSeason = Callable[[ForecastInput], DemandRecipe]


@dataclass(frozen=True)
class PlayedSeason:
    """One season, played by every planner.

    Attributes:
        name: where the season comes from, a scenario or the file.
        metrics, ledgers: by planner: `PLANNERS`, the product's variants, and foresight at full price.
        without: profit of the product with one decision switched back to the rule.
        forecast_total: units that were forecast.
        notes: what was left out, in words.
    """

    name: str
    category: str
    start: date
    season: PastSeason
    forecast_total: int
    elasticity_believed: float
    metrics: Mapping[str, SeasonMetrics]
    ledgers: Mapping[str, Ledger]
    without: Mapping[str, float]
    notes: tuple[str, ...]


def replay(
    sources: Sources,
    starts: Sequence[date],
    setup: Setup,
    forecast: ForecastSeason,
    *,
    name: str = "",
    categories: Sequence[str] | None = None,
    switch_back: bool = True,
    on_skip: Callable[[str], None] | None = None,
) -> Iterator[PlayedSeason]:
    """Play every category's season at every start, one by one.

    Args:
        on_skip: called with a sentence for each season that cannot be planned, which is then left out;
            without it, the first one raises.

    Raises:
        InvalidInputError: the sales do not reach over a season, or a category is unknown.
    """
    known = sorted(str(value) for value in sources.sales["category"].unique())
    unknown = sorted(set(categories or ()) - set(known))
    if unknown:
        raise InvalidInputError(
            f"The sales hold no category {', '.join(unknown)}; there are {', '.join(known)}."
        )
    dated = sources.sales.assign(date=pd.to_datetime(sources.sales["date"]))
    last = dated["date"].max()
    for start in starts:
        if pd.Timestamp(start) + timedelta(weeks=setup.weeks - 1) > last:
            raise InvalidInputError(
                f"The season from {start} runs past the sales, which end on {last.date()}; choose an earlier "
                "one."
            )
    for start in starts:
        for category in categories or known:
            case = Case(dated, sources, category, start, setup, name)
            try:
                played = _play_case(case, forecast, switch_back=switch_back)
            except InvalidInputError as error:
                if on_skip is None:
                    raise
                on_skip(f"{category} from {start} is left out: {error.detail}")
            else:
                yield played


def _play_case(case: Case, forecast: ForecastSeason, *, switch_back: bool) -> PlayedSeason:
    weeks = case.setup.weeks
    recipe = forecast(ForecastInput(case.known, case.context, case.start, weeks, case.as_of))
    brief = brief_of(case, recipe)
    season = season_of(case, brief)
    choices = {
        "product": PRODUCT,
        "rules": RULES,
        UNBOUNDED: PRODUCT_UNBOUNDED,
        DEEPENING: PRODUCT_DEEPENING,
        ADVISED: PRODUCT_ADVISED,
    }
    ledgers, metrics = {}, {}
    for planner, choice in choices.items():
        ledgers[planner], metrics[planner] = _played(season, brief, choice)
    for planner, marks_down in (("perfect", True), (FULL_PRICE, False)):
        ledgers[planner] = play(season, PerfectForesight(season, marks_down=marks_down))
        metrics[planner] = score(ledgers[planner])
    without = {
        decision: _played(season, brief, PRODUCT.switched_back(decision))[1].profit
        for decision in (DECISIONS if switch_back else ())
    }
    return PlayedSeason(
        name=case.name,
        category=case.category,
        start=case.start,
        season=season,
        forecast_total=round(sum(recipe.weekly_mean)),
        elasticity_believed=brief.season.economics.elasticity,
        metrics=metrics,
        ledgers=ledgers,
        without=without,
        notes=notes_on(case, season),
    )


def _played(season: PastSeason, brief: Brief, choices: Choices) -> tuple[Ledger, SeasonMetrics]:
    planner = ChoosingPlanner(brief, choices)
    ledger = play(season, planner)
    return ledger, score(ledger, plan_churn=planner.plan_churn)
