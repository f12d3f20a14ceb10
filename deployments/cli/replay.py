"""`fashion-forecast replay`: past seasons in money."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.cli.replay_files import ECONOMICS_COLUMNS, read_sources, write_tables
from schemas.defaults import SEASON

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from rich.console import Console

    from schemas.forecasts import DemandRecipe
    from tasks.evaluation.replay.case import Sources
    from tasks.evaluation.replay.past_season import Setup
    from tasks.evaluation.replay.run import ForecastInput, PlayedSeason
    from tasks.evaluation.replay.summary import ReplaySummary
    from tasks.planning.demand.pool import KeptFits

COUNTRY = "US"
FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command(name="replay")
@click.option(
    "--sales", type=FILE, multiple=True, help="Sales history with the seasons in it; several are joined."
)
@click.option("--stores", type=FILE, help="Store attributes, for the rules' split.")
@click.option(
    "--seasons", default="auto", show_default=True, help="Season starts, 2012-02-24,2012-05-18; or auto."
)
@click.option("--category", "categories", multiple=True, help="Only this category; may be repeated.")
@click.option(
    "--prices",
    type=FILE,
    help="Price panel (item_id, store_id, week_start, units, price; category where items are not these).",
)
@click.option("--economics", type=FILE, help=f"CSV: category and any of {', '.join(ECONOMICS_COLUMNS)}.")
@click.option("--weeks", default=12, show_default=True, type=click.IntRange(2, 52), help="Weeks in a season.")
@click.option(
    "--lead-weeks", default=12, show_default=True, type=click.IntRange(0, 52), help="Order to season start."
)
@click.option(
    "--replenishment", default="weekly", show_default=True, type=click.Choice(["none", "weekly", "bi-weekly"])
)
@click.option(
    "--holdback",
    default=SEASON.holdback,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Share kept at the distribution centre.",
)
@click.option(
    "--checkpoint-week", default=6, show_default=True, help="Markdowns are weighed after it; 0 for never."
)
@click.option(
    "--threshold",
    default=SEASON.markdown_threshold,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Sell-through asked.",
)
@click.option(
    "--elasticity", type=float, help="How customers answer to a markdown; by default as prices tell."
)
@click.option(
    "--sample", is_flag=True, help="Replay the sample retailer's five scenarios (also beside --sales)."
)
@click.option("--title", default="The given files", help="What the given files are called in reports.")
@click.option("--seed", default=0, show_default=True)
@click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False), help="Folder for tables and picture."
)
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False), help="Write the page on decisions here."
)
@click.option("--json", "as_json", is_flag=True, help="Print the summaries as JSON.")
def command(**options: Any) -> None:
    """Play past seasons in money against simple rules and perfect foresight.

    Plans every season from what was known before it, plays it week by week and store by store against what
    was sold, and writes profit, every decision and the share of the gap that was closed.
    """
    import json

    from rich.console import Console

    from tasks.evaluation.replay.document import write_page
    from tasks.evaluation.replay.summary import summarise

    if not options["sample"] and not options["sales"]:
        raise click.UsageError("Give --sales FILE, or --sample for the sample retailer.")
    _quiet()
    console = Console(stderr=True)
    setup = _setup(options)
    summaries = []
    for title, folder, seasons, skipped in _sets(options, setup, console):
        summary = summarise(seasons, setup, title, skipped)
        summaries.append(summary)
        if options["output"]:
            write_tables(options["output"] / folder, summary, seasons)
    if options["report"]:
        options["report"].write_text(write_page(summaries, _command_line(options)), encoding="utf-8")
    if as_json := options["as_json"]:
        click.echo(json.dumps([summary.model_dump(mode="json") for summary in summaries], indent=2))
    if not as_json:
        for summary in summaries:
            _tell(summary)


def _quiet() -> None:
    """Forecasters chat in the log; a replay fits hundreds."""
    import logging

    for name in ("prophet", "cmdstanpy"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _setup(options: dict[str, Any]) -> Setup:
    from schemas.parameters import ReplenishmentStrategy
    from tasks.evaluation.replay.past_season import Setup

    return Setup(
        weeks=options["weeks"],
        lead_weeks=options["lead_weeks"],
        strategy=ReplenishmentStrategy(options["replenishment"]),
        holdback=options["holdback"],
        checkpoint_week=options["checkpoint_week"] or None,
        threshold=options["threshold"],
        elasticity=options["elasticity"],
    )


def _sets(
    options: dict[str, Any], setup: Setup, console: Console
) -> Iterator[tuple[str, str, list[PlayedSeason], list[str]]]:
    """Title, folder, played seasons and what was left out, of the sample retailer and of the given files."""
    both = options["sample"] and options["sales"]
    if options["sample"]:
        yield "The sample retailer", "sample" if both else "", *_sample_seasons(options, setup, console)
    if options["sales"]:
        from tasks.evaluation.replay.past_season import seasons_within

        sources = read_sources(options)
        starts = _starts(options["seasons"]) or seasons_within(sources.sales, setup)
        runs = [(sources, starts, "")]
        yield options["title"], "files" if both else "", *_play(runs, options, setup, console)


def _sample_seasons(
    options: dict[str, Any], setup: Setup, console: Console
) -> tuple[list[PlayedSeason], list[str]]:
    import pandas as pd

    from data import generate_retailer, truth
    from tasks.evaluation.replay.case import Sources

    retailer = generate_retailer()
    money = {
        each.name: {"price": each.price, "unit_cost": each.unit_cost, "elasticity": each.elasticity}
        for each in truth.CATEGORIES
    }
    runs = [
        (
            Sources(pd.concat([retailer.history, season]), retailer.stores, money),
            [truth.SEASON_START],
            scenario,
        )
        for scenario, season in retailer.seasons.items()
    ]
    return _play(runs, options, setup, console)


def _play(
    runs: Sequence[tuple[Sources, Sequence[date], str]],
    options: dict[str, Any],
    setup: Setup,
    console: Console,
) -> tuple[list[PlayedSeason], list[str]]:
    from deployments.cli.show import progress_bar
    from tasks.evaluation.replay.run import replay
    from tasks.planning.demand.pool import KeptInMemory

    kept = KeptInMemory()

    def forecast(request: ForecastInput) -> DemandRecipe:
        return _forecast(request, options["seed"], kept)

    played: list[PlayedSeason] = []
    skipped: list[str] = []
    categories = list(options["categories"]) or None
    with progress_bar(console) as bar:
        total = sum(
            len(starts) * len(categories or sources.sales["category"].unique()) for sources, starts, _ in runs
        )
        row = bar.add_task("planning and playing", total=total)
        for sources, starts, name in runs:
            for season in replay(
                sources, starts, setup, forecast, name=name, categories=categories, on_skip=skipped.append
            ):
                played.append(season)
                bar.update(row, advance=1, description=f"{season.category} {season.start} {name}")
    return played, skipped


def _forecast(request: ForecastInput, seed: int, kept: KeptFits) -> DemandRecipe:
    import pandas as pd

    from tasks.planning.demand.forecast import forecast_season
    from tasks.planning.demand.pool import fit_pool

    totals = pd.concat([part for part in (request.sales, request.context) if part is not None])
    pool = fit_pool(totals, before=request.as_of, country=COUNTRY, seed=seed, kept=kept)
    return forecast_season(
        request.sales,
        season_start=request.season_start,
        weeks=request.weeks,
        as_of=request.as_of,
        context=request.context,
        pool=pool,
        country=COUNTRY,
        seed=seed,
    ).recipe


def _starts(text: str) -> list[date]:
    from datetime import date

    if text.strip().lower() == "auto":
        return []
    try:
        return [date.fromisoformat(part.strip()) for part in text.split(",")]
    except ValueError as error:
        raise click.UsageError(f"--seasons takes ISO dates with commas, or auto: {error}") from error


def _tell(summary: ReplaySummary) -> None:
    low, high = summary.gap_interval
    click.echo(
        f"{summary.title}: {summary.gap_closed:.1%} of the gap between rules and perfect foresight closed "
        f"(95 % interval {low:.1%} to {high:.1%}, {summary.seasons} seasons)"
    )
    for name, metrics in summary.totals.items():
        click.echo(
            f"  {name:<22} profit {metrics.profit:>16,.0f}  sold {metrics.sold:>11,}  missed "
            f"{metrics.lost_sales:>10,}  left {metrics.leftover:>10,}"
        )
    for row in summary.decisions:
        click.echo(f"  {row.decision:<22} worth  {row.worth:>16,.0f}  {row.share_of_gap:>7.1%} of the gap")
    click.echo(
        f"  {len(summary.losing)} season(s) earned less than by rule, {summary.beyond_limit} of them by over "
        "2 %"
    )


def _command_line(options: dict[str, Any]) -> str:
    """The command as typed, paths by their last two parts."""
    parts = ["fashion-forecast replay"]
    parts += ["--sample"] if options["sample"] else []
    parts += [f"--sales {'/'.join(path.parts[-2:])}" for path in options["sales"]]
    parts += [f"--stores {'/'.join(options['stores'].parts[-2:])}"] if options["stores"] else []
    parts += [f"--seasons {options['seasons']}"] if options["seasons"] != "auto" else []
    return " ".join([*parts, f"--lead-weeks {options['lead_weeks']}", f"--report {options['report'].name}"])
