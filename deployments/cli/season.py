"""`fashion-forecast season`: play a season of the sample retailer against the running service."""

import click

from schemas.defaults import ELASTICITY, SAFETY_STOCK

SCENARIOS = ("normal", "high", "low", "underperform", "severe")


@click.group(name="season")
def command() -> None:
    """Play seasons of the sample retailer against the running service."""


@command.command()
@click.option("--scenario", type=click.Choice(SCENARIOS), default="low", show_default=True)
@click.option(
    "--category", default="womens_dresses", show_default=True, help="Category of the sample retailer."
)
@click.option(
    "--safety-stock",
    type=click.FloatRange(SAFETY_STOCK.low, SAFETY_STOCK.high),
    help="Instead of the recommended one.",
)
@click.option(
    "--elasticity",
    type=click.FloatRange(ELASTICITY.low, ELASTICITY.high),
    help="Instead of the markdown's own.",
)
@click.option("--reject-markdown", is_flag=True, help="Keep the price whatever is recommended.")
@click.option("--url", help="The service; the settings' own by default.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def run(
    scenario: str,
    category: str,
    safety_stock: float | None,
    elasticity: float | None,
    reject_markdown: bool,
    url: str | None,
    as_json: bool,
) -> None:
    """Plan a season from 2025-02-17, decide its approvals as told, sell a scenario's demand week by week from
    the stock that is there, and print what happened."""
    import json

    from rich.console import Console

    from deployments.cli.client import running_client
    from deployments.cli.player import Decisions, SeasonPlayer, show_season

    console = Console(stderr=as_json)
    with running_client(url) as client:
        player = SeasonPlayer(client, category, Decisions(safety_stock, elasticity, reject_markdown))
        told = player.play(scenario, console)
    if as_json:
        click.echo(json.dumps(told))
    else:
        show_season(console, told)
