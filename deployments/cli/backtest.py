"""`fashion-forecast backtest`: how the forecast would have done on past seasons of any sales file."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console
    from rich.progress import Progress

    from tasks.evaluation.backtest.panel import BacktestPlan
    from tasks.evaluation.backtest.run import BacktestRows

MAX_FILE_BYTES = 4 * 1024**3
FILE = click.Path(dir_okay=False, path_type=Path, exists=True)
WEEKS = click.IntRange(0, 52)
SHOWN = {
    "wape": "WAPE",
    "bias": "bias",
    "total_error": "total",
    "total_coverage_80": "tot 80",
    "total_coverage_95": "tot 95",
    "week_coverage_80": "wk 80",
    "mase": "MASE",
}


def _origins(_context: click.Context, _parameter: click.Parameter, value: str) -> int | list[date]:
    try:
        return (
            int(value) if value.isdigit() else [date.fromisoformat(day.strip()) for day in value.split(",")]
        )
    except ValueError as error:
        raise click.BadParameter("write a number, or first days of seasons: 2024-02-05,2024-08-05") from error


@click.command(name="backtest")
@click.option("--sales", required=True, type=FILE, help="Sales history: .csv or .csv.gz, daily or weekly.")
@click.option("--stores", type=FILE, help="Stores; sales of others are refused.")
@click.option("--promotions", type=FILE, help="Promotion calendar, known in advance.")
@click.option(
    "--horizon", default=12, show_default=True, type=click.IntRange(1, 52), help="Weeks of a season."
)
@click.option("--gap", default=0, show_default=True, type=WEEKS, help="Weeks between history and season.")
@click.option(
    "--origins",
    default="4",
    show_default=True,
    callback=_origins,
    help="How many past seasons, or their starts.",
)
@click.option(
    "--step", default=4, show_default=True, type=click.IntRange(1, 52), help="Weeks between origins."
)
@click.option("--level", default="category", show_default=True, type=click.Choice(["category", "store"]))
@click.option("--peers", is_flag=True, help="Run other methods on the same origins (extra `peers`).")
@click.option(
    "--forecasters",
    "--members",
    is_flag=True,
    help="Write the forecasts of all that are in the ensemble, not only of the named ones.",
)
@click.option("--country", default="US", show_default=True, help="Country whose holidays count.")
@click.option("--seed", default=0, show_default=True, help="Seed of every draw.")
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(1), help="Processes; same result.")
@click.option(
    "--output", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to fill."
)
def command(**options: Any) -> None:
    """Forecast past seasons from what was known then, and score every model against what was sold."""
    os.environ.setdefault("NIXTLA_NUMBA_CACHE", "1")  # the peers are compiled once, not at every call
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: processes share the work, not threads
    from rich.console import Console

    from tasks.evaluation.backtest.panel import plan_backtest
    from tasks.evaluation.backtest.report import write_report
    from tasks.evaluation.backtest.score import summarise

    console = Console(stderr=True)
    history = read_history(options["sales"], options["stores"])
    named = ("level", "horizon", "gap", "origins", "step", "country", "seed")
    plan = plan_backtest(history, **{name: options[name] for name in named})
    with _bar(console) as progress:
        rows = _forecast(history, plan, progress, options)
    summary = summarise(rows.weekly, rows.totals)
    for path in write_report(options["output"], plan, rows, summary):
        console.print(f"wrote {path}", highlight=False)
    _print(summary, rows)
    _print_comparison(rows)


def read_history(sales: Path, stores: Path | None = None) -> pd.DataFrame:
    """The whole, checked history in one frame."""
    import pandas as pd

    from schemas.csv.history import read_sales_history
    from schemas.csv.stores import read_stores

    known = None
    if stores is not None:
        known = {str(record["store_id"]) for record in read_stores(stores, max_bytes=MAX_FILE_BYTES).records}
    today = datetime.now(UTC).date()
    with read_sales_history(sales, max_bytes=MAX_FILE_BYTES, today=today, known_stores=known) as history:
        return pd.concat(history.chunks(), ignore_index=True)


def _forecast(
    history: pd.DataFrame, plan: BacktestPlan, progress: Progress, options: dict[str, Any]
) -> BacktestRows:
    from tasks.evaluation.backtest.peers import run_peers
    from tasks.evaluation.backtest.run import join_peers, run_backtest

    bar = progress.add_task("forecasting", total=None)
    rows = run_backtest(
        history,
        plan,
        jobs=options["jobs"],
        all_forecasters=options["forecasters"],
        promotions=_calendar(options["promotions"]),
        on_progress=lambda done, of: progress.update(bar, completed=done, total=of),
    )
    if options["peers"]:
        other = progress.add_task("peers", total=None)
        peers = run_peers(
            history,
            plan,
            jobs=options["jobs"],
            on_progress=lambda done, of: progress.update(other, completed=done, total=of),
        )
        rows = join_peers(rows, peers, history, plan)
    return rows


def _calendar(path: Path | None) -> pd.DataFrame | None:
    from schemas.csv.promotions import read_promotions

    return None if path is None else read_promotions(path, max_bytes=MAX_FILE_BYTES).frame


def _bar(console: Console) -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:>12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def _print(summary: pd.DataFrame, rows: BacktestRows) -> None:
    import pandas as pd
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None)
    table.add_column("model", no_wrap=True)
    for title in (*SHOWN.values(), "sec"):
        table.add_column(title, no_wrap=True, justify="right")
    for row in summary.to_dict("records"):
        figures = ["" if pd.isna(row[name]) else f"{row[name]:.3f}" for name in SHOWN]
        spent = rows.seconds.get(str(row["model"]))
        blind = " (sees no season)" if row["model"] in rows.blind else ""
        table.add_row(f"{row['model']}{blind}", *figures, "" if spent is None else f"{spent:.3f}")
    for name, error in rows.failed.items():
        table.add_row(f"{name} failed: {error}")
    if rows.spared:
        table.add_row(f"fitted on a sample of the series only: {', '.join(rows.spared)}")
    Console().print(table)


def _print_comparison(rows: BacktestRows) -> None:
    from tasks.evaluation.backtest.score import compare_with_best, compare_with_statsforecast

    for name, found in {
        "statsforecast model": compare_with_statsforecast(rows.weekly),
        "peer": compare_with_best(rows.weekly),
    }.items():
        if found is not None:
            click.echo(
                f"WAPE relative to the best {name}: {found.ratio:.3f} ({found.model}; 95 % interval "
                f"{found.lower:.3f} to {found.upper:.3f})"
            )
