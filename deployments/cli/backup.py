"""`fashion-forecast backup`: the database into a file."""

from pathlib import Path

import click


@click.command(name="backup")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def command(file: Path, as_json: bool) -> None:
    """Copy the database, as it is at one moment, to FILE; safe while everything runs."""
    import json

    from models.backup import backup
    from schemas.settings import Settings

    size = backup(Settings().resolved_database_url, file)
    click.echo(
        json.dumps({"file": str(file), "bytes": size}) if as_json else f"{file}: {size / 1024:,.0f} KiB"
    )
