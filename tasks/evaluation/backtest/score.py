"""Backtest rows to one line a model, and ours beside the best of the others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tasks.evaluation.backtest.peers import PEERS, STATSFORECAST
from tasks.evaluation.backtest.run import ENSEMBLE, LEVELS

RESAMPLES = 2000


@dataclass(frozen=True)
class Comparison:
    """Our WAPE as a multiple of another model's, with its 95 % interval by paired bootstrap over seasons."""

    model: str
    ratio: float
    lower: float
    upper: float

    @property
    def is_tie(self) -> bool:
        """Whether the data cannot tell which of the two is better."""
        return self.lower <= 1.0 <= self.upper


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


def compare_with_best(weekly: pd.DataFrame, models: Sequence[str] = PEERS) -> Comparison | None:
    """Ours beside the best of `models`, each over the seasons that it forecast; None where none was run."""
    known = weekly.dropna(subset=["y", "yhat"])
    misses = known.assign(miss=(known["yhat"] - known["y"]).abs())
    keys = ["unique_id", "cutoff"]
    missed = misses.pivot_table(index=keys, columns="model", values="miss", aggfunc="sum")
    both = {model: missed[[ENSEMBLE, model]].dropna() for model in models if model in missed.columns}
    if not both:
        return None
    best = max(both, key=lambda model: _ratio(both[model]))
    ours, theirs = both[best].to_numpy().T
    drawn = np.random.default_rng(0).integers(len(ours), size=(RESAMPLES, len(ours)))
    ratios = ours[drawn].sum(axis=1) / np.maximum(theirs[drawn].sum(axis=1), 1e-9)
    lower, upper = np.quantile(ratios, [0.025, 0.975])
    return Comparison(best, _ratio(both[best]), float(lower), float(upper))


def _ratio(missed: pd.DataFrame) -> float:
    ours, theirs = missed.sum()
    return float(ours / max(theirs, 1e-9))


def compare_with_statsforecast(weekly: pd.DataFrame) -> Comparison | None:
    """Ours beside the best single model of statsforecast."""
    return compare_with_best(weekly, STATSFORECAST)


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
