"""`fashion-forecast plan`: plan a season on the running service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from deployments.cli.client import Client

Json = dict[str, Any]


@click.command(name="plan")
@click.argument("category")
@click.argument("sentence")
@click.option("--url", help="The service; the settings' own by default.")
@click.option("--key", help="Idempotency key: the same key gives the same workflow.")
@click.option("--no-wait", is_flag=True, help="Start, and do not wait for the approval.")
@click.option("--yes", is_flag=True, help="Start what was read without asking.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def command(
    category: str, sentence: str, url: str | None, key: str | None, no_wait: bool, yes: bool, as_json: bool
) -> None:
    """Plan CATEGORY's season from a planner's SENTENCE, up to the approval. What was read is read back
    first, and what is unclear is asked in the terminal."""
    import json

    from rich.console import Console

    from deployments.cli.ask import is_terminal
    from deployments.cli.client import running_client
    from deployments.cli.show import draw_forecast, follow, show_order
    from schemas.errors import FashionForecastError

    console = Console(stderr=as_json)
    with running_client(url) as client:
        request = _request(client, console, category, sentence, asks=is_terminal() and not (yes or as_json))
        started = client.post("/api/workflows/forecast", request, {"Idempotency-Key": key} if key else None)
        workflow_id = started["workflow_id"]
        if not no_wait:
            message = follow(console, client.messages(workflow_id))
            if message.get("type") == "error":
                raise FashionForecastError(message["error_message"])
            view = client.get(f"/api/workflows/{workflow_id}")
            if not as_json and message.get("type") == "human_input_required":
                draw_forecast(console, client.get(f"/api/forecasts/{view['forecast_id']}"))
                show_order(console, message["data"])
                console.print(f"Decide with: fashion-forecast approve {workflow_id}")
            started = view
        elif not as_json:
            console.print(f"Started {workflow_id}")
        if as_json:
            click.echo(json.dumps(started))


def _request(client: Client, console: Console, category: str, sentence: str, *, asks: bool) -> Json:
    """What to start: the sentence as it is, or its parameters once questions were answered."""
    from deployments.cli.ask import ask_until_ready, show_reading

    reply = client.post("/api/parameters/extract", {"user_input": sentence, "category_id": category})
    show_reading(console, reply)
    as_said = {"category_id": category, "user_input": sentence}
    if not asks:
        return as_said
    if not reply["ready"]:
        reply = ask_until_ready(
            console,
            reply,
            lambda answers: client.post(
                "/api/parameters/answer", {"user_input": sentence, "answers": answers}
            ),
        )
        as_said = {"category_id": category, "parameters": reply["parameters"], **_terms(reply)}
    if not reply["ready"] or not click.confirm("Start this season?", default=True):
        raise click.Abort
    return as_said


def _terms(reply: Json) -> Json:
    """The money that the sentence stated, as a season takes it."""
    taken = ("price", "unit_cost", "salvage_value", "minimum_order_quantity", "elasticity")
    said = {
        name: value for name, value in (reply["terms"] or {}).items() if name in taken and value is not None
    }
    budget = {} if reply["budget"] is None else {"budget": reply["budget"]}
    return {**({"terms": said} if said else {}), **budget}
