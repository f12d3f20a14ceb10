"""Plans drawn for a terminal."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

Json = dict[str, Any]
CHART_WIDTH, OTHER_COLUMNS = 52, 48


def progress_bar(console: Console) -> Progress:
    """A bar with what is being done."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def follow(console: Console, messages: Iterable[Json]) -> Json:
    """Show messages as a bar until a person is asked or the workflow ends; gives back that message."""
    message: Json = {}
    with progress_bar(console) as progress:
        bar = progress.add_task("waiting for a worker", total=100)
        for message in messages:
            kind = message["type"]
            if kind == "agent_started":
                progress.update(bar, description=f"{message['agent']}")
            elif kind == "agent_progress":
                told = f"{message['agent']}: {message['message']}"
                progress.update(bar, description=told, completed=message["progress_pct"])
            elif kind == "agent_completed":
                stage = (message.get("stage") or "").replace("_", " ")
                progress.console.print(
                    f"[green]✓[/] {message['agent']}: {stage} [dim]{message['duration_seconds']:.1f} s[/]"
                )
            elif kind in {"human_input_required", "workflow_complete", "error"}:
                progress.update(bar, completed=100 if kind == "workflow_complete" else None)
                return message
    return message


def draw_forecast(console: Console, forecast: Json) -> None:
    """The weekly curve: a dot for the forecast within its interval's band."""
    weeks = forecast["weekly_demand_curve"]
    highest = max(max(week["confidence_upper"] for week in weeks), 1)
    width = max(min(CHART_WIDTH, console.width - OTHER_COLUMNS), 10)
    table = Table(box=None, padding=(0, 1), title=_title(forecast), title_justify="left")
    for name, side in (("week", "right"), ("from", "left"), ("units", "right"), ("80 % interval", "left")):
        table.add_column(name, justify=side)  # type: ignore[arg-type]
    table.add_column("")
    for week in weeks:
        low, dot, high = (
            round(week[name] / highest * (width - 1))
            for name in ("confidence_lower", "forecasted_units", "confidence_upper")
        )
        band = [" "] * low + ["░"] * (high - low + 1)
        band[min(dot, len(band) - 1)] = "●"
        interval = f"{week['confidence_lower']:,} – {week['confidence_upper']:,}"
        table.add_row(
            str(week["week_number"]),
            week["week_start_date"],
            f"{week['forecasted_units']:,}",
            interval,
            f"[cyan]{''.join(band)}[/]",
        )
    console.print(table)


def _title(forecast: Json) -> str:
    interval = forecast["season_total_interval"]
    return (
        f"{forecast['category_name']}: {forecast['total_season_demand']:,} units, "
        f"{interval['level']:.0%} interval {interval['lower']:,.0f} – {interval['upper']:,.0f}"
    )


def show_warnings(console: Console, warnings: Iterable[str]) -> None:
    """What to know before deciding, a line each."""
    for warning in warnings:
        console.print(f"[yellow]![/] {warning}", highlight=False)


def show_order(console: Console, data: Json) -> None:
    """The order that waits for approval, and what it is expected to bring, below what to know of it."""
    show_warnings(console, data.get("warnings", ()))
    table = Table(title="To approve", title_justify="left", box=None, padding=(0, 1))
    for name in ("", "units", "expected profit", "missed", "left over", "sell-through"):
        table.add_column(name, justify="left" if not name else "right")
    for label in ("recommended", "newsvendor", "planners"):
        row = data.get(label)
        if row:
            table.add_row(
                f"{label} ({row['safety_stock_pct']:.0%} safety stock)",
                f"{row['quantity']:,}",
                f"{row['expected_profit']:,.0f} ± {row['expected_profit_se']:,.0f}",
                f"{row['expected_lost_sales']:,.0f}",
                f"{row['expected_leftover']:,.0f}",
                f"{row['sell_through']:.0%}",
            )
    console.print(table)
    console.print(data["reasoning"])


def show_plan(console: Console, forecast: Json, allocation: Json, clusters: list[Json]) -> None:
    """The approved plan: units by cluster, adding up."""
    table = Table(title="The plan", title_justify="left", box=None, padding=(0, 1))
    for name in ("cluster", "stores", "first shipment", "held back", "season"):
        table.add_column(name, justify="left" if name == "cluster" else "right")
    for cluster in clusters:
        rows = [row for row in allocation["store_allocations"] if row["cluster_id"] == cluster["cluster_id"]]
        table.add_row(
            cluster["cluster_name"],
            f"{len(rows)}",
            f"{sum(row['initial_allocation'] for row in rows):,}",
            f"{sum(row['holdback_allocation'] for row in rows):,}",
            f"{sum(row['total_season_allocation'] for row in rows):,}",
        )
    table.add_section()
    table.add_row(
        "total",
        f"{len(allocation['store_allocations'])}",
        f"{allocation['initial_allocation_total']:,}",
        f"{allocation['holdback_total']:,}",
        f"{allocation['manufacturing_qty']:,}",
    )
    console.print(table)
    console.print(
        f"Make {allocation['manufacturing_qty']:,} for a forecast of {forecast['total_season_demand']:,} "
        f"(safety stock {allocation['safety_stock_percentage']:.0%}); peak in week {forecast['peak_week']}."
    )
