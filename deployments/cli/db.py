"""`fashion-forecast db`: the database's schema."""

import click


@click.group(name="db")
def command() -> None:
    """Upgrade or downgrade the database's schema; DATABASE_URL names the database."""


@command.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the schema up to REVISION (the newest by default)."""
    from models import schema
    from schemas.settings import Settings

    url = Settings().resolved_database_url
    schema.upgrade(url, revision)
    click.echo(f"the schema is at {schema.current(url)}")


@command.command()
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Bring the schema down to REVISION: -1 for the one before, base for nothing."""
    from models import schema
    from schemas.settings import Settings

    url = Settings().resolved_database_url
    schema.downgrade(url, revision)
    click.echo(f"the schema is at {schema.current(url) or 'nothing'}")


@command.command()
def current() -> None:
    """Show the schema's revision."""
    from models import schema
    from schemas.settings import Settings

    found, newest = schema.current(Settings().resolved_database_url), schema.newest()
    note = "" if found == newest else f"; the newest is {newest}: fashion-forecast db upgrade"
    click.echo(f"the schema is at {found or 'nothing'}{note}")
