"""`fashion-forecast restore`: the database out of a backup."""

from pathlib import Path

import click


@click.command(name="restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask; what is in the database now is replaced.")
def command(file: Path, yes: bool) -> None:
    """Bring the database back from FILE; safe while everything runs. A damaged file changes nothing."""
    from models.backup import restore
    from schemas.settings import Settings

    if not yes:
        click.confirm("What is in the database now is replaced. Go on?", abort=True)
    revision = restore(Settings().resolved_database_url, file)
    click.echo(f"restored {file} (taken at schema {revision})")
