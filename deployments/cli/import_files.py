"""`fashion-forecast import`: files into the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

MEBIBYTE = 1024 * 1024
FILE = click.argument("file", type=click.Path(path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")


@click.group(name="import")
def command() -> None:
    """Import a CSV file (plain or .gz): whole, or not at all with each offending row and column."""


@command.command()
@FILE
@JSON
def history(file: Path, as_json: bool) -> None:
    """Import a sales history: date, category, store_id, quantity_sold, revenue; daily or weekly."""
    from datetime import UTC, datetime, timedelta

    from models.imports import import_history
    from schemas.settings import Settings
    from tasks.demand.service import learn_from_all

    today = datetime.now(UTC).date()
    with _importing(file) as (database, options):
        told = import_history(database, file, today=today, **options)
        learn_from_all(database, Settings(), before=today + timedelta(days=1))
    _tell(
        told.model_dump(mode="json"),
        f"{told.rows_imported:,} rows from {told.date_range.start} to {told.date_range.end}: "
        f"{', '.join(told.categories_detected)}",
        as_json,
    )


@command.command()
@FILE
@JSON
def stores(file: Path, as_json: bool) -> None:
    """Import stores: store_id, store_name and whichever attributes are known."""
    from models.imports import import_stores

    with _importing(file) as (database, options):
        told = import_stores(database, file, **options)
    _tell(told.model_dump(mode="json"), f"{told.rows_imported:,} stores", as_json)


@command.command()
@FILE
@JSON
def promotions(file: Path, as_json: bool) -> None:
    """Import a promotion calendar, past and ahead: category, start_date, end_date, discount, store_id."""
    from models.imports import import_promotions

    with _importing(file) as (database, options):
        told = import_promotions(database, file, **options)
    _tell(
        told.model_dump(mode="json"),
        f"{told.rows_imported:,} promotions from {told.date_range.start} to {told.date_range.end}: "
        f"{', '.join(told.categories_detected)}",
        as_json,
    )


@command.command()
@FILE
@click.option("--forecast", "forecast_id", required=True, help="The season's forecast: fc_…")
@click.option("--url", help="The service; the settings' own by default.")
@JSON
def weekly(file: Path, forecast_id: str, url: str | None, as_json: bool) -> None:
    """Upload a season's actual sales to the running service, which checks the variance: store_id, week_number
    and units_sold; or date, store_id and quantity_sold."""
    from deployments.cli.client import running_client

    with running_client(url) as client, file.open("rb") as content:
        told = client.upload(
            "/api/data/upload-weekly-sales", file.name, content, {"forecast_id": forecast_id}
        )
    check = told["variance_check"] or {"variance_pct": 0.0, "action_taken": "none"}
    action = f", {check['action_taken'].replace('_', ' ')}" if check["action_taken"] != "none" else ""
    _tell(
        told,
        f"{told['rows_imported']:,} rows, complete up to week {told['week_number']}: "
        f"variance {check['variance_pct']:+.1%}{action}",
        as_json,
    )


@contextmanager
def _importing(file: Path) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The database, the limits and a bar on standard error."""
    from rich.console import Console

    from deployments.cli.show import progress_bar
    from models.schema import upgrade
    from models.session import Database
    from schemas.settings import Settings

    settings = Settings()
    upgrade(settings.resolved_database_url)
    database = Database(settings.resolved_database_url)
    with progress_bar(Console(stderr=True)) as progress:
        bar = progress.add_task(f"reading {file.name}", total=None)

        def read(done: int, total: int) -> None:
            progress.update(bar, completed=done, total=total)
            if done >= total:
                progress.update(bar, description=f"storing {file.name}", total=None)

        on_progress: Callable[[int, int], None] = read
        options = {"max_bytes": settings.max_upload_mb * MEBIBYTE, "on_progress": on_progress}
        yield database, options
    database.close()


def _tell(answer: dict[str, Any], sentence: str, as_json: bool) -> None:
    import json

    if as_json:
        click.echo(json.dumps(answer))
        return
    click.echo(sentence)
    for warning in answer["warnings"]:
        click.echo(f"warning: {warning}", err=True)
