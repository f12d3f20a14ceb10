"""The environment in which the parts of a running service find each other."""

import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from schemas.settings import Settings, environment_name

SERVER_SECRET, CLIENT_SECRET = "PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING"
SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class Addresses:
    """Where the parts of one running service listen."""

    host: str
    api_port: int
    prefect_api_url: str
    starts_prefect: bool

    @property
    def api_url(self) -> str:
        """Root of the product's API."""
        return f"http://{self.host}:{self.api_port}"

    @property
    def prefect_ui_url(self) -> str:
        """Root of the Prefect UI."""
        return self.prefect_api_url.removesuffix("/api")


def choose_addresses(settings: Settings) -> Addresses:
    """Take the settings' ports; a port of 0 becomes a free one."""
    host = settings.host
    api_port = settings.api_port or _free_port(host)
    if settings.prefect_api_url:
        return Addresses(host, api_port, settings.prefect_api_url.rstrip("/"), starts_prefect=False)
    prefect_port = settings.prefect_port or _free_port(host)
    return Addresses(host, api_port, f"http://{host}:{prefect_port}/api", starts_prefect=True)


def _free_port(host: str) -> int:
    with socket.socket() as listener:
        listener.bind((host, 0))
        return int(listener.getsockname()[1])


def heartbeat_file(settings: Settings) -> Path:
    """The file that a worker touches for as long as it is alive."""
    return settings.home.resolve() / "worker.alive"


def service_environment(settings: Settings, addresses: Addresses) -> dict[str, str]:
    """Environment variables of every part: ours, and Prefect's as measured to work well together."""
    home = settings.home.resolve()
    prefect_home = home / "prefect"
    database = settings.prefect_database_url or f"sqlite+aiosqlite:///{prefect_home / 'prefect.db'}"
    return {
        **os.environ,
        environment_name("home"): str(home),
        environment_name("database_url"): settings.resolved_database_url,
        environment_name("api_port"): str(addresses.api_port),
        "PREFECT_HOME": str(prefect_home),
        "PREFECT_PROFILES_PATH": str(prefect_home / "profiles.toml"),
        "PREFECT_API_URL": addresses.prefect_api_url,
        "PREFECT_UI_URL": addresses.prefect_ui_url,
        "PREFECT_API_DATABASE_CONNECTION_URL": database,
        **_engine_secret(settings, addresses, prefect_home),
        "PREFECT_SERVER_UI_API_URL": "/api",  # or the UI looks at port 4200
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL": "1",
        "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_LOOP_SECONDS": "5",
        "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",  # its writes contend for SQLite's lock
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(
            int(settings.keep_runs_days * SECONDS_A_DAY)
        ),
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT_WORKER_QUERY_SECONDS": "0.5",  # the default polls every 10 s
        "PREFECT_LOGGING_LEVEL": settings.log_level,
        "PREFECT_CLI_COLORS": "false",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "true",
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),  # runs share the cores, not threads
    }


def _engine_secret(settings: Settings, addresses: Addresses, prefect_home: Path) -> dict[str, str]:
    """What Prefect's own API and UI ask for, so that they are no way around our tokens; nothing without any.

    A secret that is given is taken; else one is made, and kept where whoever runs the service can read it.
    """
    given = os.environ.get(SERVER_SECRET) or os.environ.get(CLIENT_SECRET)
    if given is None and not (settings.guarded and addresses.starts_prefect):
        return {}
    secret = given or _kept_secret(secret_file(prefect_home))
    return {SERVER_SECRET: secret, CLIENT_SECRET: secret}


def secret_file(prefect_home: Path) -> Path:
    """Where the secret of Prefect's API and UI is kept, in the form `name:password`."""
    return prefect_home / "auth"


def _kept_secret(file: Path) -> str:
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="utf-8").strip()
    with os.fdopen(descriptor, "w", encoding="utf-8") as kept:
        kept.write(f"operator:{secrets.token_urlsafe(32)}\n")
    return file.read_text(encoding="utf-8").strip()
