"""Backtest rows to one line a model."""

import numpy as np
import pandas as pd

from tasks.evaluation.backtest.peers import PEERS
from tasks.evaluation.backtest.run import ENSEMBLE, LEVELS


def summarise(weekly: pd.DataFrame, totals: pd.DataFrame) -> pd.DataFrame:
    """One row a model, best WAPE first.

    wape: Σ|yhat − y| ÷ Σy over all weeks. mase: mean over series of the absolute error ÷ the history's mean
    absolute seasonal difference (Hyndman and Koehler 2006). bias: Σ(yhat − y) ÷ Σy. total_error: Σ|error of a
    season total| ÷ Σ season total. coverage: share of outcomes inside the interval, where there is one.
    """
    rows = [
        _row(str(model), part, totals[totals["model"] == model]) for model, part in weekly.groupby("model")
    ]
    return pd.DataFrame(rows).sort_values(["wape", "model"], kind="stable", ignore_index=True)


def ratio_to_best_peer(summary: pd.DataFrame) -> float | None:
    """The ensemble's WAPE as a multiple of the best peer's; None where no peer was run."""
    wape = summary.set_index("model")["wape"]
    peers = wape.reindex(PEERS).dropna()
    return None if peers.empty else float(wape[ENSEMBLE] / peers.min())


def _row(model: str, weekly: pd.DataFrame, totals: pd.DataFrame) -> dict[str, object]:
    weekly = weekly.dropna(subset=["y", "yhat"])
    sold, miss = weekly["y"].sum(), weekly["yhat"] - weekly["y"]
    scaled = miss.abs() / weekly["scale"].replace(0, np.nan)
    row: dict[str, object] = {
        "model": model,
        "forecasts": len(totals),
        "wape": miss.abs().sum() / sold,
        "mase": scaled.groupby(weekly["unique_id"]).mean().mean(),
        "bias": miss.sum() / sold,
        "total_error": (totals["yhat"] - totals["y"]).abs().sum() / totals["y"].sum(),
    }
    for level in LEVELS:
        row[f"week_coverage_{level}"] = _coverage(weekly, level)
        row[f"total_coverage_{level}"] = _coverage(totals, level)
    return row


def _coverage(rows: pd.DataFrame, level: int) -> float | None:
    if f"lo{level}" not in rows.columns or rows[f"lo{level}"].isna().all():
        return None
    return float(rows["y"].between(rows[f"lo{level}"], rows[f"hi{level}"]).mean())
