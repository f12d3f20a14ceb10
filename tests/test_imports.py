"""Importing a module of ours defines things and does nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).with_name("import_quietly.py")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("imports")
    environment = {**os.environ, "PREFECT_HOME": str(home), "HOME": str(home)}
    command = [sys.executable, "-B", str(PROGRAM)]
    ran = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def test_every_room_is_imported(told: dict[str, Any]) -> None:
    assert {name.partition(".")[0] for name in told["modules"]} == {
        "api",
        "data",
        "deployments",
        "flows",
        "models",
        "schemas",
        "tasks",
    }


def test_an_import_writes_connects_and_starts_nothing(told: dict[str, Any]) -> None:
    assert told["opened"] == []


def test_an_import_leaves_environment_logs_warnings_and_signals_as_they_are(told: dict[str, Any]) -> None:
    assert told["changed"] == []
