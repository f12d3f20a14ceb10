"""The files that a replay reads and writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pandas as pd

    from tasks.evaluation.replay.case import Sources
    from tasks.evaluation.replay.run import PlayedSeason
    from tasks.evaluation.replay.summary import ReplaySummary

MAX_BYTES = 4 * 1024**3
ECONOMICS_COLUMNS = (
    "price",
    "unit_cost",
    "salvage_value",
    "minimum_order_quantity",
    "budget",
    "elasticity",
)
PRICE_COLUMNS = ("item_id", "store_id", "week_start", "units", "price")


def read_sources(options: dict[str, Any]) -> Sources:
    """The replay's files, checked as on import.

    Raises:
        InvalidFileError: a sales file has faults.
    """
    from datetime import UTC, datetime

    import pandas as pd

    from schemas.csv import read_sales_history
    from tasks.evaluation.replay.case import Sources

    frames = []
    for path in options["sales"]:
        with read_sales_history(path, max_bytes=MAX_BYTES, today=datetime.now(UTC).date()) as history:
            frames.append(pd.concat(list(history.chunks()), ignore_index=True))
    stores = pd.read_csv(options["stores"], dtype={"store_id": str}) if options["stores"] else pd.DataFrame()
    economics = {}
    if options["economics"]:
        table = _table(options["economics"], ("category",)).set_index("category")
        known = [name for name in ECONOMICS_COLUMNS if name in table.columns]
        economics = {
            str(name): {column: float(row[column]) for column in known} for name, row in table.iterrows()
        }
    prices = _table(options["prices"], PRICE_COLUMNS) if options["prices"] else None
    return Sources(pd.concat(frames, ignore_index=True), stores, economics, prices)


def _table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    table = pd.read_csv(path)
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise click.ClickException(f"{path} has no column {', '.join(missing)}; add it.")
    return table


def write_tables(folder: Path, summary: ReplaySummary, played: list[PlayedSeason]) -> None:
    """Write what every planner decided, what came of it, the summary and the picture."""
    from tasks.evaluation.replay.picture import draw
    from tasks.evaluation.replay.tables import orders_table, prices_table, seasons_table, weeks_tables

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "summary.json").write_text(summary.model_dump_json(indent=2) + "\n", encoding="utf-8")
    seasons_table(played).to_csv(folder / "seasons.csv", index=False)
    orders_table(played).to_csv(folder / "orders.csv", index=False)
    prices_table(played).to_csv(folder / "prices.csv", index=False)
    with (folder / "weeks.csv").open("w", encoding="utf-8", newline="") as file:
        for number, table in enumerate(weeks_tables(played)):
            table.to_csv(file, index=False, header=number == 0)
    draw(summary, played).savefig(folder / "replay.png", dpi=110)
