"""The command line. Each command's module is imported only when it is called, so that --help is quick."""

import importlib
import sys

import click

SHOWN_ERRORS = 10
COMMANDS: dict[str, str] = {
    "up": "Serve the product until Ctrl-C: Prefect server, worker and API.",
    "demo": "Plan one season of the sample retailer, from a sentence to the approved order.",
    "seed": "Write the sample retailer's files and import them.",
    "import": "Import a sales history, stores or weekly sales.",
    "plan": "Plan a season on the running service.",
    "approve": "Decide an approval that waits.",
    "status": "Show the service's health and its workflows.",
    "extract": "Read season parameters out of sentences.",
    "backtest": "Measure the forecast on past seasons of any sales file.",
    "benchmark": "Measure the forecast beside other methods on many files, as one page.",
    "replay": "Play past seasons in money against simple rules and perfect foresight.",
    "season": "Play a season of the sample retailer against the running service.",
    "backup": "Copy the database to a file, safely while running.",
    "restore": "Bring the database back from a backup.",
    "db": "Upgrade or downgrade the database's schema.",
}


class LazyGroup(click.Group):
    """A group whose commands live in modules of their own names."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table above."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"deployments.cli.{cmd_name.replace('import', 'import_files')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fashion-forecast")
def cli() -> None:
    """Plans a retailer's season: demand, buy, allocation, replenishment and markdown."""


def main() -> None:
    """Run the command line: every error is one clear line and a non-zero exit."""
    try:
        sys.exit(cli.main(standalone_mode=False) or 0)
    except click.exceptions.Exit as ending:
        sys.exit(ending.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
    except Exception as error:  # noqa: BLE001  the edge: _fail raises what it cannot say
        _fail(error)


def _fail(error: Exception) -> None:
    """One line for what we know how to say; a stack trace for what we do not."""
    from schemas.errors import FashionForecastError

    if isinstance(error, FashionForecastError):
        click.echo(f"error: {error.detail}", err=True)
        for place in error.errors[:SHOWN_ERRORS]:
            where = f"row {place['row']}, {place['column']}: {place['value']!r} " if "row" in place else ""
            click.echo(f"  {where}{place.get('msg', place)}", err=True)
        if error.total_errors > SHOWN_ERRORS:
            click.echo(f"  … and {error.total_errors - SHOWN_ERRORS} more", err=True)
        sys.exit(1)
    module = type(error).__module__
    if module.startswith(("sqlalchemy", "httpx", "pydantic")) or isinstance(error, OSError):
        line = " ".join(str(error).split())
        click.echo(f"error: {line}", err=True)
        sys.exit(1)
    raise error


if __name__ == "__main__":
    main()
