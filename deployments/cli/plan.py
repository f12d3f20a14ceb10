"""`fashion-forecast plan`: plan a season on the running service."""

import click


@click.command(name="plan")
@click.argument("category")
@click.argument("sentence")
@click.option("--url", help="The service; the settings' own by default.")
@click.option("--key", help="Idempotency key: the same key gives the same workflow.")
@click.option("--no-wait", is_flag=True, help="Start, and do not wait for the approval.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def command(
    category: str, sentence: str, url: str | None, key: str | None, no_wait: bool, as_json: bool
) -> None:
    """Plan CATEGORY's season from a planner's SENTENCE, up to the approval."""
    import json

    from rich.console import Console

    from deployments.cli.client import running_client
    from deployments.cli.show import draw_forecast, follow, show_order
    from schemas.errors import FashionForecastError

    console = Console(stderr=as_json)
    with running_client(url) as client:
        started = client.post(
            "/api/workflows/forecast",
            {"category_id": category, "user_input": sentence},
            {"Idempotency-Key": key} if key else None,
        )
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
