"""The environment in which the parts of a running service find each other."""

import os
import socket
from dataclasses import dataclass

from schemas.settings import Settings, environment_name


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
        "PREFECT_SERVER_UI_API_URL": "/api",  # or the UI looks at port 4200
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL": "1",
        "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_LOOP_SECONDS": "5",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT_WORKER_QUERY_SECONDS": "0.5",  # the default polls every 10 s
        "PREFECT_LOGGING_LEVEL": settings.log_level,
        "PREFECT_CLI_COLORS": "false",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "true",
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),  # runs share the cores, not threads
    }
