"""A replay as tables: what every planner decided and what came of it, enough to compute the money again."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from tasks.evaluation.replay.play import Ledger
from tasks.evaluation.replay.run import PLANNERS, PlayedSeason


def seasons_table(played: Sequence[PlayedSeason]) -> pd.DataFrame:
    """One row a season and planner: the money and units of `SeasonMetrics`."""
    rows = []
    for season in played:
        profits = {name: metrics.profit for name, metrics in season.metrics.items()}
        gap = profits["perfect"] - profits["rules"]
        for planner, metrics in season.metrics.items():
            closed = (profits[planner] - profits["rules"]) / gap if gap > 0 else None
            rows.append(
                {
                    **_key(season, planner),
                    "forecast_total": season.forecast_total,
                    **metrics.model_dump(),
                    "gap_closed": None if closed is None else round(closed, 4),
                    "profit_against_rules": round(profits[planner] - profits["rules"], 2),
                }
            )
    return pd.DataFrame(rows)


def orders_table(played: Sequence[PlayedSeason]) -> pd.DataFrame:
    """One row a season and planner: what was made and the money that it is graded in.

    profit = Σ price · (1 − markdown) · sold + salvage_value · (made − Σ sold) − unit_cost · made.
    """
    rows = []
    for season, planner, ledger in _ledgers(played):
        money = season.season.economics
        rows.append(
            {
                **_key(season, planner),
                "made": ledger.made,
                "first_shipment": int(ledger.shipped[0].sum()),
                "kept_at_centre": ledger.made - int(ledger.shipped[0].sum()),
                "centre_left": ledger.centre_left,
                "price": money.price,
                "unit_cost": money.unit_cost,
                "salvage_value": money.salvage_value,
                "true_elasticity": season.season.elasticity,
                "believed_elasticity": season.elasticity_believed,
            }
        )
    return pd.DataFrame(rows)


def prices_table(played: Sequence[PlayedSeason]) -> pd.DataFrame:
    """One row a season, planner and week: the markdown and the price."""
    rows = [
        {
            **_key(season, planner),
            "week": week + 1,
            "markdown": float(depth),
            "price": round(season.season.economics.price * (1 - float(depth)), 6),
        }
        for season, planner, ledger in _ledgers(played)
        for week, depth in enumerate(ledger.depths)
    ]
    return pd.DataFrame(rows)


def weeks_tables(played: Sequence[PlayedSeason]) -> Iterator[pd.DataFrame]:
    """One frame a season and planner, a row a week and store: full-price demand, demand faced, shipped,
    sold."""
    for season, planner, ledger in _ledgers(played):
        weeks, stores = ledger.shipped.shape
        yield pd.DataFrame(
            {
                **_key(season, planner),
                "week": np.repeat(np.arange(1, weeks + 1), stores),
                "store_id": np.tile(np.asarray(season.season.store_ids), weeks),
                "demand_at_full_price": season.season.demand.ravel(),
                "demand_faced": ledger.faced.ravel(),
                "shipped": ledger.shipped.ravel(),
                "sold": ledger.sold.ravel(),
            }
        )


def _ledgers(played: Sequence[PlayedSeason]) -> Iterator[tuple[PlayedSeason, str, Ledger]]:
    for season in played:
        for planner in (*PLANNERS, *sorted(set(season.ledgers) - set(PLANNERS))):
            yield season, planner, season.ledgers[planner]


def _key(season: PlayedSeason, planner: str) -> dict[str, str]:
    return {
        "scenario": season.name,
        "category": season.category,
        "season_start": season.start.isoformat(),
        "planner": planner,
    }
