"""`fashion-forecast status`: the service's health and its workflows."""

from typing import Any

import click


@click.command(name="status")
@click.argument("workflow_id", required=False)
@click.option(
    "--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="Workflows to list."
)
@click.option("--url", help="The service; the settings' own by default.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def command(workflow_id: str | None, limit: int, url: str | None, as_json: bool) -> None:
    """Show the service's health and its newest workflows, or WORKFLOW_ID alone."""
    import json

    from rich.console import Console
    from rich.table import Table

    from deployments.cli.client import running_client

    with running_client(url) as client:
        if workflow_id:
            found: dict[str, Any] = {"workflows": [client.get(f"/api/workflows/{workflow_id}")]}
        else:
            found = {"health": client.get("/api/health")}
            found["workflows"] = client.get("/api/workflows", limit=limit)["workflows"]
    if as_json:
        click.echo(json.dumps(found))
        return
    console = Console()
    for name, check in found.get("health", {"checks": {}})["checks"].items():
        console.print(f"{'[green]✓[/]' if check['ok'] else '[red]✗[/]'} {name}: {check['detail']}")
    table = Table(box=None, padding=(0, 1))
    for name in ("workflow", "type", "category", "status", "progress", "created", ""):
        table.add_column(name)
    for view in found["workflows"]:
        table.add_row(
            view["workflow_id"],
            view["workflow_type"],
            view["category_id"],
            view["status"],
            f"{view['progress_pct']:.0f} %",
            view["created_at"][:16].replace("T", " "),
            view["error_message"] or "",
        )
    console.print(table)
