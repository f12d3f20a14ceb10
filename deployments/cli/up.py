"""`fashion-forecast up`: serve until Ctrl-C."""

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from schemas.settings import Settings


@click.command(name="up")
@click.option("--home", type=click.Path(path_type=Path), help="Where databases, results and logs are kept.")
@click.option("--port", type=int, help="Port of the API; 0 takes a free one.")
@click.option("--prefect-port", type=int, help="Port of the Prefect server; 0 takes a free one.")
def command(home: Path | None, port: int | None, prefect_port: int | None) -> None:
    """Serve the product until Ctrl-C: Prefect server, worker and API, each restarted when it dies."""
    from schemas.settings import Settings

    chosen = {"home": home, "api_port": port, "prefect_port": prefect_port}
    settings = Settings().model_copy(
        update={name: value for name, value in chosen.items() if value is not None}
    )
    asyncio.run(_serve(settings))


async def _serve(settings: "Settings") -> None:
    from deployments.supervisor import running_service
    from models.schema import upgrade

    upgrade(settings.resolved_database_url)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with running_service(settings, tell=lambda line: click.echo(line, err=True)) as service:
        click.echo(f"starting; logs in {service.logs}")
        waiting = asyncio.create_task(stopped.wait())
        lost = asyncio.create_task(service.until_lost())
        ready = asyncio.create_task(service.wait_until_ready())
        await asyncio.wait({ready, waiting, lost}, return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            await ready
            click.echo(f"API        {service.addresses.api_url}/docs")
            guarded = settings.guarded and service.addresses.starts_prefect
            secret = f" (it asks for what {settings.home / 'prefect' / 'auth'} holds)" if guarded else ""
            click.echo(f"Prefect UI {service.addresses.prefect_ui_url}{secret}")
            click.echo("Ctrl-C ends it all.")
        await asyncio.wait({waiting, lost}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if lost.done():
            await lost
        click.echo("stopping")
