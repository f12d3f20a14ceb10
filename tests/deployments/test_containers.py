"""What Dockerfile and compose.yaml name is there: no container engine is needed to see that."""

import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from prefect.settings import Settings as PrefectSettings

from deployments.cli import cli
from deployments.environment import Addresses, service_environment
from schemas.settings import Settings, environment_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
POSTGRES = {"POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"}
TOOLS = {"PATH", "PYTHONUNBUFFERED", "MPLBACKEND", "OMP_NUM_THREADS"}
PLAIN_IMAGE = re.compile(r"[a-z-]+(:[a-z0-9.-]+)?")


def instructions(word: str) -> list[list[str]]:
    lines = [shlex.split(line) for line in DOCKERFILE.splitlines() if not line.startswith("#")]
    return [line[1:] for line in lines if line and line[0] == word]


def named_variables() -> dict[str, str]:
    """Every variable that either file sets, but those of the build's own tool."""
    found = {}
    for pairs in instructions("ENV"):
        found |= dict(pair.split("=", 1) for pair in pairs)
    for service in SERVICES.values():
        found |= service.get("environment", {})
    return {name: str(value) for name, value in found.items() if not name.startswith("UV_")}


def prefect_names() -> set[str]:
    """The variables that Prefect reads."""

    def walk(model: type[Any]) -> set[str]:
        names = set()
        for name, field in model.model_fields.items():
            inner = field.annotation
            if isinstance(inner, type) and hasattr(inner, "model_fields"):
                names |= walk(inner)
                continue
            names.add((model.model_config.get("env_prefix", "") + name).upper())
            choices = getattr(field.validation_alias, "choices", [])
            names |= {str(choice).upper() for choice in choices if isinstance(choice, str)}
        return names

    return walk(PrefectSettings)


def test_what_is_copied_is_there_and_is_all_that_the_wheel_is_made_of() -> None:
    copied = {source for *sources, _ in instructions("COPY") for source in sources}
    copied = {source for source in copied if not source.startswith(("--from", "/app"))}
    assert {source for source in copied if not (ROOT / source).exists()} == set()
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    metadata = [PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]]
    assert copied == {*wheel, *metadata, "pyproject.toml", "uv.lock"}
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert kept == copied


def test_images_are_plain_names_and_nothing_runs_as_root() -> None:
    images = [line[0] for line in instructions("FROM")] + [each["image"] for each in SERVICES.values()]
    assert [image for image in images if not PLAIN_IMAGE.fullmatch(image)] == []
    assert instructions("USER")[-1] != ["root"]


def test_only_the_locked_versions_are_installed() -> None:
    syncs = [line for line in instructions("RUN") if line[:2] == ["uv", "sync"]]
    assert syncs
    assert all("--locked" in line for line in syncs)


@pytest.mark.parametrize("name", OURS)
def test_each_command_exists(name: str) -> None:
    program, *rest = SERVICES[name]["command"]
    if program == "python":
        assert importlib.util.find_spec(f"{rest[rest.index('-m') + 1]}.__main__")
    elif program in PROJECT["project"]["scripts"]:
        group: click.Command = cli
        while rest:
            assert isinstance(group, click.Group)
            _, found, rest = group.resolve_command(click.Context(group), rest)
            assert found is not None
            group = found
    else:
        assert shutil.which(program, path=str(Path(sys.executable).parent))


@pytest.mark.slow
def test_prefects_server_takes_the_options_that_it_is_given() -> None:
    program, *rest = SERVICES["prefect"]["command"]
    words = [word for word in rest if not word[0].isdigit()]
    command = [str(Path(sys.executable).parent / program), *[w for w in words if w[0] != "-"], "--help"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert all(option in told for option in words if option.startswith("--"))


def test_each_variable_is_a_setting_of_ours_or_of_what_is_run() -> None:
    ours = {environment_name(field) for field in Settings.model_fields}
    assert set(named_variables()) - ours - prefect_names() - POSTGRES - TOOLS == set()


def test_prefect_is_set_as_it_is_by_up() -> None:
    addresses = Addresses("127.0.0.1", 8000, "http://127.0.0.1:4200/api", starts_prefect=True)
    local = service_environment(Settings(_env_file=None), addresses)
    places = {"PREFECT_HOME", "PREFECT_API_URL", "PREFECT_API_DATABASE_CONNECTION_URL"}
    said = {k: v for k, v in named_variables().items() if k.startswith("PREFECT_") and k not in places}
    assert said == {name: local[name] for name in said}


def test_services_wait_for_services_that_tell_their_health_and_keep_their_data_in_volumes() -> None:
    for service in SERVICES.values():
        for other, awaited in service.get("depends_on", {}).items():
            if awaited["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other]
            else:
                assert SERVICES[other]["restart"] == "no"
        volumes = {volume.partition(":")[0] for volume in service["volumes"]}
        assert volumes <= set(COMPOSE["volumes"])
