"""`fashion-forecast approve`: decide an approval that waits."""

import click

from schemas.defaults import SAFETY_STOCK


@click.command(name="approve")
@click.argument("workflow_id")
@click.option(
    "--safety-stock",
    type=click.FloatRange(SAFETY_STOCK.low, SAFETY_STOCK.high),
    help="Instead of the recommended one.",
)
@click.option("--modify", "action", flag_value="modify", help="Only show what another safety stock costs.")
@click.option("--reject", "action", flag_value="reject", help="End the plan.")
@click.option("--accept", "action", flag_value="accept", default="accept", help="Commit the order (default).")
@click.option("--note", help="Why; kept with the decision.")
@click.option("--url", help="The service; the settings' own by default.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def command(
    workflow_id: str,
    safety_stock: float | None,
    action: str,
    note: str | None,
    url: str | None,
    as_json: bool,
) -> None:
    """Decide the manufacturing order of WORKFLOW_ID: accept it, modify it, or reject it."""
    import json

    from rich.console import Console

    from deployments.cli.client import running_client
    from deployments.cli.show import show_warnings

    body = {"workflow_id": workflow_id, "action": action, "safety_stock_pct": safety_stock, "note": note}
    with running_client(url) as client:
        planned = client.get(f"/api/workflows/{workflow_id}")["forecast_id"]
        if planned is not None and not as_json:
            show_warnings(Console(), client.get(f"/api/forecasts/{planned}")["warnings"])
        answer = client.post("/api/approvals/manufacturing", body)
    if as_json:
        click.echo(json.dumps(answer))
        return
    click.echo(
        f"{answer['status']}: {answer['manufacturing_qty']:,} units for a forecast of "
        f"{answer['forecast_total']:,} (safety stock {answer['safety_stock_pct']:.0%}), "
        f"{answer['initial_allocation']:,} shipped first, {answer['holdback']:,} held back"
    )
    click.echo(answer["reasoning"])
