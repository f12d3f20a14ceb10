"""`fashion-forecast seed`: the sample retailer."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from models.session import Database
    from schemas.settings import Settings

SAMPLE_FOLDER = "sample"


@click.command(name="seed")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def command(as_json: bool) -> None:
    """Write the sample retailer's files under the home directory, and store its stores and history."""
    import json

    from rich.console import Console

    from models.schema import upgrade
    from schemas.settings import Settings

    settings = Settings()
    upgrade(settings.resolved_database_url)
    told = seed_sample(settings, Console(stderr=as_json))
    if as_json:
        click.echo(json.dumps(told))


def seed_sample(settings: "Settings", console: "Console") -> dict[str, object]:
    """Generate the sample retailer, write its files, and store it; done again, nothing changes."""
    from data import generate_retailer, write_retailer
    from models.session import Database

    folder: Path = settings.home.resolve() / SAMPLE_FOLDER
    with console.status("generating the sample retailer"):
        retailer = generate_retailer()
        write_retailer(folder, retailer=retailer)
    database = Database(settings.resolved_database_url)
    with console.status(f"storing {len(retailer.history):,} days of sales"):
        rows = _store(database, retailer.stores, retailer.history)
    database.close()
    console.print(
        f"Sample retailer: {len(retailer.stores)} stores, {rows:,} rows of history, "
        f"{len(retailer.seasons)} seasons in {folder}"
    )
    return {"stores": len(retailer.stores), "rows": rows, "folder": str(folder)}


def _store(database: "Database", stores: "pd.DataFrame", history: "pd.DataFrame") -> int:
    import pandas as pd

    from models.catalogue import save_categories, save_stores
    from models.sales import save_history

    rows = [
        {str(column): None if pd.isna(value) else value for column, value in row.items()}
        for row in stores.to_dict("records")
    ]
    with database.write() as session:
        save_stores(session, rows)
        categories = save_categories(session, sorted(history["category"].unique()))
        return save_history(session, [history], categories)
