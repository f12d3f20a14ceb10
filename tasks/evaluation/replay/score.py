"""What a played season earned, and how much of the way from the rules to perfect foresight a planner came."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict

from tasks.evaluation.replay.play import Ledger


class SeasonMetrics(BaseModel):
    """One planner's season in money and units.

    Attributes:
        service_level: units sold ÷ units asked for at the prices that were set.
        markdown_spend: price given away on units sold.
        units_moved: units shipped after the first shipment.
        plan_churn: Σ |change of the expected remaining units| over all re-forecasts ÷ the season's forecast.
    """

    model_config = ConfigDict(frozen=True)

    profit: float
    revenue: float
    made: int
    demand: int
    sold: int
    lost_sales: int
    leftover: int
    sell_through: float
    service_level: float
    markdown_spend: float
    deepest_markdown: float
    units_moved: int
    plan_churn: float


def score(ledger: Ledger, *, plan_churn: float = 0.0) -> SeasonMetrics:
    """Compute a season's money from its ledger.

    profit = Σ price · (1 − depth) · sold + salvage · leftover − cost · made.
    """
    money = ledger.season.economics
    weekly = ledger.sold.sum(axis=1)
    sold, faced = int(weekly.sum()), int(ledger.faced.sum())
    revenue = float((money.price * (1 - ledger.depths) * weekly).sum())
    leftover = ledger.made - sold
    return SeasonMetrics(
        profit=round(revenue + money.salvage_value * leftover - money.unit_cost * ledger.made, 2),
        revenue=round(revenue, 2),
        made=ledger.made,
        demand=int(ledger.season.demand.sum()),
        sold=sold,
        lost_sales=faced - sold,
        leftover=leftover,
        sell_through=round(sold / ledger.made, 4) if ledger.made else 1.0,
        service_level=round(sold / faced, 4) if faced else 1.0,
        markdown_spend=round(float((money.price * ledger.depths * weekly).sum()), 2),
        deepest_markdown=round(float(ledger.depths.max()), 2),
        units_moved=int(ledger.shipped[1:].sum()),
        plan_churn=round(plan_churn, 4),
    )


@dataclass(frozen=True)
class GapClosed:
    """Share of Σ(perfect − rules) that Σ(product − rules) makes up, with a bootstrap interval over seasons.

    Attributes:
        clusters: what was drawn with replacement: season starts, or single seasons where starts are few.
    """

    share: float
    lower: float
    upper: float
    level: float
    clusters: int


BOOTSTRAP_DRAWS = 2000
INTERVAL_LEVEL = 0.95
MIN_STARTS = 5


def gap_closed(
    product: Sequence[float],
    rules: Sequence[float],
    perfect: Sequence[float],
    starts: Sequence[str],
    *,
    seed: int = 0,
) -> GapClosed:
    """How much of the gap is closed; seasons that start together are drawn together where starts are enough.

    Args:
        product, rules, perfect: profit of each season.
        starts: each season's start.
    """
    gained = np.asarray(product) - np.asarray(rules)
    possible = np.asarray(perfect) - np.asarray(rules)
    names = list(starts) if len(set(starts)) >= MIN_STARTS else [str(i) for i in range(len(gained))]
    codes = np.unique(names, return_inverse=True)[1]
    sums = np.column_stack([np.bincount(codes, weights=gained), np.bincount(codes, weights=possible)])
    drawn = np.random.default_rng(seed).integers(0, len(sums), (BOOTSTRAP_DRAWS, len(sums)))
    totals = sums[drawn].sum(axis=1)
    shares = totals[:, 0] / np.where(totals[:, 1] > 0, totals[:, 1], np.nan)
    tail = (1 - INTERVAL_LEVEL) / 2
    lower, upper = np.nanquantile(shares, [tail, 1 - tail]) if np.isfinite(shares).any() else (np.nan, np.nan)
    whole = float(sums[:, 0].sum() / sums[:, 1].sum()) if sums[:, 1].sum() > 0 else float("nan")
    return GapClosed(
        round(whole, 4), round(float(lower), 4), round(float(upper), 4), INTERVAL_LEVEL, len(sums)
    )
