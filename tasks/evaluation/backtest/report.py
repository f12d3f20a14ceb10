"""What a backtest leaves behind: CSV, JSON and a picture, the same to the last byte for the same seed.

Seconds, which are never the same, have a file of their own.
"""

import json
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from tasks.evaluation.backtest.panel import BacktestPlan
from tasks.evaluation.backtest.run import ENSEMBLE, BacktestRows
from tasks.evaluation.backtest.score import compare_with_best, compare_with_statsforecast

COLUMNS = ["unique_id", "cutoff", "ds", "model", "yhat", "lo80", "hi80", "lo95", "hi95", "y"]
PICTURED_SERIES = 6


def write_report(
    directory: Path, plan: BacktestPlan, rows: BacktestRows, summary: pd.DataFrame
) -> list[Path]:
    """Write forecasts.csv, totals.csv, summary.csv, summary.json, seconds.csv and forecasts.png."""
    directory.mkdir(parents=True, exist_ok=True)
    rows.weekly.reindex(columns=COLUMNS).to_csv(directory / "forecasts.csv", index=False, float_format="%.4f")
    rows.totals.drop(columns="scale", errors="ignore").to_csv(
        directory / "totals.csv", index=False, float_format="%.4f"
    )
    summary.to_csv(directory / "summary.csv", index=False, float_format="%.6f")
    (directory / "summary.json").write_text(
        json.dumps(_facts(plan, rows, summary), indent=2) + "\n", encoding="utf-8"
    )
    timing = pd.DataFrame({"model": list(rows.seconds), "seconds_per_series": list(rows.seconds.values())})
    timing.to_csv(directory / "seconds.csv", index=False, float_format="%.4f")
    draw(directory / "forecasts.png", rows.weekly)
    return sorted(directory.iterdir())


def _facts(plan: BacktestPlan, rows: BacktestRows, summary: pd.DataFrame) -> dict[str, object]:
    models = [
        {str(key): value for key, value in row.items() if pd.notna(value)}
        for row in summary.to_dict("records")
    ]
    best, single = compare_with_best(rows.weekly), compare_with_statsforecast(rows.weekly)
    return {
        "level": plan.level,
        "horizon": plan.weeks,
        "gap": plan.gap,
        "cutoffs": [cutoff.isoformat() for cutoff in plan.cutoffs],
        "country": plan.country,
        "seed": plan.seed,
        "ratio_to_best_peer": None if best is None else round(best.ratio, 6),
        "best_peer": None if best is None else asdict(best),
        "best_statsforecast": None if single is None else asdict(single),
        "models": models,
        "failed": rows.failed,
        "see_no_season": sorted(rows.blind),
        "slow_fitted_on_a_sample_only": list(rows.spared),
    }


def draw(path: Path, weekly: pd.DataFrame) -> None:
    """The largest series: what was sold, what was forecast and its 80 % interval, from every cutoff."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    ours = weekly[weekly["model"] == ENSEMBLE]
    largest = (
        ours.groupby("unique_id")["y"]
        .sum()
        .sort_values(ascending=False, kind="stable")
        .index[:PICTURED_SERIES]
    )
    figure = Figure(figsize=(10, 2.6 * len(largest)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(largest), 1, squeeze=False)[:, 0]
    for axis, unique_id in zip(axes, largest, strict=True):
        series = ours[ours["unique_id"] == unique_id]
        sold = series.drop_duplicates("ds").sort_values("ds")
        axis.plot(sold["ds"], sold["y"], color="black", linewidth=1.2, label="sold")
        for number, (_, part) in enumerate(series.groupby("cutoff")):
            label = {} if number else {"label": "forecast and its 80 % interval"}
            axis.plot(part["ds"], part["yhat"], color="tab:blue", linewidth=1, **label)
            axis.fill_between(
                part["ds"], part["lo80"], part["hi80"], color="tab:blue", alpha=0.12, linewidth=0
            )
        axis.set_title(str(unique_id), loc="left", fontsize=9)
        axis.set_ylim(bottom=0)
    axes[0].legend(fontsize=8, loc="upper right")
    figure.savefig(path, dpi=100, metadata={"Software": None})
