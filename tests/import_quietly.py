"""Imports the product's modules and tells what that did: run as a program of its own, it prints JSON.

What libraries do when they are imported is theirs, so they come first; what happens afterwards is ours.
"""

import ast
import importlib
import json
import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
OURS = {"api", "data", "deployments", "flows", "models", "schemas", "tasks"}
STARTED = {"deployments.warm", "models.migrations.env"}  # run for what their import does
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def sources() -> dict[str, Path]:
    """Every module of ours with its file, but those that are programs."""
    found = {}
    for room in sorted(OURS):
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            if name not in STARTED and parts[-1] != "__main__" and parts[:2] != ("models", "migrations"):
                found[name] = path
    return found


def imported_libraries(path: Path) -> Iterator[tuple[str, str]]:
    """What a file imports when it is imported itself, and is not ours: modules, and the names out of them."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            names = [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [(node.module, alias.name) for alias in node.names]
        else:
            continue
        yield from (pair for pair in names if pair[0].partition(".")[0] not in OURS)


def import_libraries(paths: Iterable[Path]) -> None:
    """Import all that the files import."""
    for name, member in sorted({pair for path in paths for pair in imported_libraries(path)}):
        module = importlib.import_module(name)
        if member and not hasattr(module, member):
            importlib.import_module(f"{name}.{member}")


def state() -> dict[str, Any]:
    """What an import must leave as it is."""
    loggers = {"root": logging.getLogger(), **logging.Logger.manager.loggerDict}
    return {
        "environment": dict(os.environ),
        "folder": os.getcwd(),  # noqa: PTH109
        "path": list(sys.path),
        "warnings": [repr(each) for each in warnings.filters],
        "signals": [repr(signal.getsignal(number)) for number in sorted(signal.valid_signals())],
        "loggers": {
            name: (each.level, each.disabled, each.propagate, len(each.handlers))
            for name, each in loggers.items()
            if isinstance(each, logging.Logger) and (name.partition(".")[0] not in OURS or each.handlers)
        },
    }


def main() -> None:
    """Import the libraries, then our modules, and print what the latter opened and changed."""
    sys.path.insert(0, str(ROOT))
    modules = sources()
    import_libraries(modules.values())
    opened: list[str] = []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING:
            opened.append(str(arguments[0]))
        elif event in {"socket.connect", "subprocess.Popen"}:
            opened.append(event)

    start = threading.Thread.start

    def watched_start(thread: threading.Thread) -> None:
        opened.append(f"thread {thread.name}")
        start(thread)

    before = state()
    sys.addaudithook(watch)
    threading.Thread.start = watched_start  # type: ignore[method-assign]
    for name in modules:
        importlib.import_module(name)
    after, did = state(), list(opened)
    changed = [
        f"{what}: {before[what]} → {after[what]}"
        for what in before
        if what != "loggers" and before[what] != after[what]
    ]
    changed += [
        f"logger {name}: {before['loggers'].get(name)} → {values}"
        for name, values in after["loggers"].items()
        if values != before["loggers"].get(name, (0, False, True, 0))
    ]
    sys.stdout.write(json.dumps({"modules": sorted(modules), "opened": did, "changed": changed}))


if __name__ == "__main__":
    main()
