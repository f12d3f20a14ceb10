"""`fashion-forecast benchmark`: every set, ours and the peers, into one page."""

from __future__ import annotations

import os
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pandas as pd

    from tasks.evaluation.backtest.page import Measured, Scaling
    from tasks.evaluation.backtest.panel import BacktestPlan


@click.command(name="benchmark")
@click.option("--set", "sets", multiple=True, metavar="NAME=FILE", help="A sales file; may be repeated.")
@click.option("--sample/--no-sample", default=True, show_default=True, help="The sample retailer too.")
@click.option("--gap", "gaps", multiple=True, type=click.IntRange(0, 52), default=(0,), show_default=True)
@click.option("--horizon", default=12, show_default=True, type=click.IntRange(1, 52))
@click.option("--origins", default=8, show_default=True, type=click.IntRange(1))
@click.option("--step", default=4, show_default=True, type=click.IntRange(1, 52))
@click.option("--scaling", default="", help="Numbers of made-up series to time, such as 10,100,1000.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1))
@click.option("--page", required=True, type=click.Path(dir_okay=False, path_type=Path))
def command(**options: Any) -> None:
    """Measure the forecast beside other methods on every set and write the page about it."""
    os.environ.setdefault("NIXTLA_NUMBA_CACHE", "1")  # the peers are compiled once, not at every call
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from schemas.errors import InvalidInputError
    from tasks.evaluation.backtest.page import write_page
    from tasks.evaluation.backtest.panel import plan_backtest

    page: Path = options["page"]
    asked = {name: options[name] for name in ("horizon", "origins", "step")}
    measured: list[Measured] = []
    for name, sales in _load(options["sets"], sample=options["sample"]):
        for gap in options["gaps"]:
            try:
                plan = plan_backtest(sales, gap=gap, **asked)
            except InvalidInputError as error:
                click.echo(f"{name}, gap {gap}: {error}", err=True)
                continue
            measured.append(_measure(name, sales, plan, options["jobs"]))
            page.write_text(write_page(measured, []), encoding="utf-8")
    times = [_time(int(number), options["jobs"]) for number in options["scaling"].split(",") if number]
    page.write_text(write_page(measured, times), encoding="utf-8")
    click.echo(f"wrote {page}")


def _load(sets: tuple[str, ...], *, sample: bool) -> list[tuple[str, pd.DataFrame]]:
    from data import generate_retailer
    from deployments.cli.backtest import read_history

    named = [(name, Path(path)) for name, _, path in (one.partition("=") for one in sets)]
    made = [("Sample retailer", generate_retailer().history)] if sample else []
    return made + [(name, read_history(path)) for name, path in named]


def _measure(name: str, sales: pd.DataFrame, plan: BacktestPlan, jobs: int) -> Measured:
    from tasks.evaluation.backtest.page import Measured
    from tasks.evaluation.backtest.peers import run_peers
    from tasks.evaluation.backtest.run import join_peers, run_backtest
    from tasks.evaluation.backtest.score import summarise

    rows = run_backtest(sales, plan, jobs=jobs)
    rows = join_peers(rows, run_peers(sales, plan), sales, plan)
    summary = summarise(rows.weekly, rows.totals)
    click.echo(f"{name}, gap {plan.gap}\n{summary.round(4).to_string()}\n{rows.seconds}", err=True)
    return Measured(name, plan, rows, summary)


def _time(series: int, jobs: int) -> Scaling:
    from tasks.evaluation.backtest.page import Scaling, made_up_sales
    from tasks.evaluation.backtest.panel import plan_backtest
    from tasks.evaluation.backtest.run import run_backtest

    sales = made_up_sales(series)
    began = perf_counter()
    run_backtest(sales, plan_backtest(sales, origins=1), jobs=jobs)
    took = Scaling(series, jobs, perf_counter() - began)
    click.echo(f"{took}", err=True)
    return took
