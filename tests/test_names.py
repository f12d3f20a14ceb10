"""One word for one thing, and a method that knows no engine, no database and no settings."""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("api", "data", "deployments", "flows", "models", "schemas", "tasks")
OUTSIDE = re.compile(r"prefect|sqlalchemy|from models|schemas\.settings")


def modules(*rooms: str) -> Iterator[Path]:
    for room in rooms:
        yield from (ROOT / room).rglob("*.py")


def test_no_two_classes_share_a_name() -> None:
    places = defaultdict(list)
    for path in modules(*ROOMS):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(path.relative_to(ROOT)))
    assert places
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_the_method_does_not_even_speak_of_what_runs_it() -> None:
    read = {path.relative_to(ROOT): path.read_text().splitlines() for path in modules("tasks/planning")}
    assert len(read) > 20
    said = [f"{path}: {line}" for path, lines in read.items() for line in lines if OUTSIDE.search(line)]
    assert said == []


def test_the_import_contracts_know_every_stage() -> None:
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    [inside] = [each for each in tool["contracts"] if each["name"].startswith("Inside a stage")]
    [starts] = [each for each in tool["contracts"] if each["name"].startswith("The API starts runs")]
    stages = [path.parent.name for path in (ROOT / "tasks").glob("*/service.py")]
    tasks = {f"tasks.{path.parent.name}.task" for path in (ROOT / "tasks").glob("*/task.py")}
    assert {f"tasks.{stage}.service" for stage in stages} <= set(inside["source_modules"])
    assert tasks <= set(inside["forbidden_modules"])
    assert tasks <= set(starts["forbidden_modules"])
