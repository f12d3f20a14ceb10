"""`fashion-forecast demo`: one season of the sample retailer, from a sentence to the approved order."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from deployments.cli.client import Client
    from deployments.environment import Addresses
    from schemas.settings import Settings

SENTENCE = (
    "12-week spring season from February 17th 2025, weekly replenishment, 45% holdback, "
    "markdown at week 6 if below 60% sell-through"
)
CATEGORY = "womens_dresses"


@click.command(name="demo")
@click.option("--yes", is_flag=True, help="Accept the order without asking.")
@click.option("--category", default=CATEGORY, show_default=True, help="Category of the sample retailer.")
@click.option("--sentence", default=SENTENCE, help="The planner's sentence.")
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    default=Path("var/demo"),
    show_default=True,
    help="Where databases, results and logs are kept.",
)
def command(yes: bool, category: str, sentence: str, home: Path) -> None:
    """Seed the sample retailer, start the service on free ports, plan one season, and end it all again."""
    from rich.console import Console

    from deployments.cli.seed import seed_sample
    from models.schema import upgrade
    from schemas.settings import Settings

    settings = Settings().model_copy(
        update={"home": home, "database_url": "", "prefect_api_url": "", "api_port": 0, "prefect_port": 0}
    )
    console = Console()
    upgrade(settings.resolved_database_url)
    seed_sample(settings, console)
    asked = not yes and sys.stdin.isatty()
    asyncio.run(_run(settings, console, category, sentence, asked))


async def _run(settings: "Settings", console: "Console", category: str, sentence: str, asked: bool) -> None:
    from deployments.cli.client import Client
    from deployments.supervisor import running_service

    async with running_service(settings, tell=console.print) as service:
        with console.status("starting Prefect server, worker and API") as status:
            await service.wait_until_ready(
                lambda checks: status.update(
                    "starting: " + ", ".join(n for n, ok in checks.items() if not ok)
                )
            )
        token = next((person.token.get_secret_value() for person in settings.api_tokens), None)
        client = Client(service.addresses.api_url, token)
        try:
            await asyncio.to_thread(_plan, client, console, category, sentence, asked)
            _tell_where(console, service.addresses, settings)
            if asked:
                await asyncio.to_thread(console.input, "\nLook around; Enter ends the demo. ")
        finally:
            client.close()
    console.print("[dim]Everything that was started has ended; the data are kept.[/]")


def _plan(client: "Client", console: "Console", category: str, sentence: str, asked: bool) -> None:
    from deployments.cli.show import draw_forecast, follow, show_order, show_plan
    from schemas.errors import FashionForecastError

    console.print(f"\n[bold]Planner:[/] {sentence}")
    body = {"category_id": category, "user_input": sentence}
    workflow_id = client.post("/api/workflows/forecast", body)["workflow_id"]
    message = follow(console, client.messages(workflow_id))
    if message.get("type") != "human_input_required":
        raise FashionForecastError(message.get("error_message", "the workflow ended before its approval"))
    forecast = client.get(f"/api/forecasts/{client.get(f'/api/workflows/{workflow_id}')['forecast_id']}")
    draw_forecast(console, forecast)
    show_order(console, message["data"])
    answer = _ask(console) if asked else None
    decided = client.post(
        "/api/approvals/manufacturing",
        {"workflow_id": workflow_id, "action": "accept", "safety_stock_pct": answer},
    )
    console.print(f"[bold]{decided['status']}[/]: {decided['manufacturing_qty']:,} units")
    ending = follow(console, client.messages(workflow_id, after=message["sequence"]))
    if ending.get("type") != "workflow_complete":
        raise FashionForecastError(ending.get("error_message", "the workflow did not complete"))
    allocation = client.get(f"/api/allocations/{forecast['forecast_id']}")
    show_plan(console, forecast, allocation, client.get("/api/stores/clusters"))
    if ending["result"].get("markdown_id"):
        console.print(client.get(f"/api/markdowns/{forecast['forecast_id']}")["reasoning"])


def _ask(console: "Console") -> float | None:
    """The safety stock to accept with; Enter takes the recommended one."""
    while True:
        typed = console.input("Accept? Enter takes it; or type another safety stock in per cent (10 to 30): ")
        if not typed.strip():
            return None
        try:
            percent = float(typed.strip().rstrip("%"))
        except ValueError:
            percent = 0.0
        if 10 <= percent <= 30:
            return percent / 100
        console.print("a number from 10 to 30, please")


def _tell_where(console: "Console", addresses: "Addresses", settings: "Settings") -> None:
    console.print(f"\nAPI        {addresses.api_url}/docs")
    console.print(f"Prefect UI {addresses.prefect_ui_url}")
    console.print(f"Data       {settings.resolved_database_url}")
    console.print(f"Logs       {settings.home.resolve() / 'logs'}")
