"""Try the OpenAPI document at length: `python benchmarks/fuzz.py`; loopback only, and bounded.

Starts the API by itself, on a fresh database and without a workflow engine, so that no season starts, and
makes requests from its document, right ones and wrong ones, with every check that schemathesis has.
"""

import argparse
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

NO_ENGINE = "http://127.0.0.1:9/api"  # the discard port: connections are refused at once
START_SECONDS = 120.0
SCRIPTS = Path(sys.executable).parent


@contextlib.contextmanager
def lonely_api(home: Path, database_url: str = "") -> Iterator[str]:
    """The address of an API that has a fresh database, and nothing else."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    environment = {
        **os.environ,
        "FASHION_FORECAST_HOME": str(home),
        "FASHION_FORECAST_API_PORT": str(port),
        "FASHION_FORECAST_EXTRACTIONS_PER_MINUTE": "1000000",
        "DATABASE_URL": database_url,
        "PREFECT_API_URL": NO_ENGINE,
        "PREFECT_HOME": str(home / "prefect"),
    }
    subprocess.run([str(SCRIPTS / "fashion-forecast"), "db", "upgrade"], env=environment, check=True)
    with (home / "api.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "api"], env=environment, stdout=log, stderr=log)
        try:
            _wait_for(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def _wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"{address}/openapi.json", timeout=30)
            return
        time.sleep(0.2)
    raise SystemExit(f"the API did not start (exit code {process.poll()})")


def main() -> int:
    """Run schemathesis against it; its exit code is ours."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=250, help="requests of each kind for each operation")
    parser.add_argument("--minutes", type=float, default=30.0, help="the longest that it may take")
    parser.add_argument("--database", default="", help="PostgreSQL's URL; a fresh SQLite file by default")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, lonely_api(Path(home), chosen.database) as address:
        began = time.monotonic()
        command = [
            str(SCRIPTS / "schemathesis"),
            "run",
            f"{address}/openapi.json",
            "--max-examples",
            str(chosen.examples),
        ]
        command += ["--seed", str(chosen.seed), "--continue-on-failure", "--generation-database", "none"]
        try:
            code = subprocess.run(command, timeout=chosen.minutes * 60, check=False).returncode
        except subprocess.TimeoutExpired:
            sys.stdout.write(f"stopped after {chosen.minutes:g} minutes\n")
            code = 2
        log = (Path(home) / "api.log").read_text(encoding="utf-8", errors="replace")
        faults = [line for line in log.splitlines() if "unexpected_error" in line]
        sys.stdout.write(f"{time.monotonic() - began:.0f} s, {len(faults)} faults in the API's log\n")
        sys.stdout.writelines(f"{line}\n" for line in faults[:5])
    return code


if __name__ == "__main__":
    sys.exit(main())
