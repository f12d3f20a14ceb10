"""What the OpenAPI document says of every route alike: who may call it, what goes wrong, and real answers."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from api.errors import Problem, problem_responses
from api.security import right_needed

EXAMPLES = Path(__file__).parent / "examples.json"
SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token of the service's settings; its role says what it may do. Not asked for where "
    "none are set.",
}
GUARDED, WITH_BODY = (401, 403, 503), (400, 413, 415)
Json = dict[str, Any]


def describe(app: FastAPI, *, guarded: bool) -> None:
    """Complete the document that the routes give.

    Args:
        app: its `openapi` is replaced.
        guarded: whether tokens are asked for.
    """
    make = app.openapi

    @cache
    def openapi() -> Json:
        document = make()
        schemas = document["components"]["schemas"]
        schemas["Problem"] = Problem.model_json_schema()
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        document["components"]["securitySchemes"] = {"bearer": SCHEME}
        examples = _examples()
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                _complete(operation, method.upper(), path, guarded=guarded)
                example = examples.get(f"{method.upper()} {path}")
                if example is not None:
                    _show(operation, example)
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(operation: Json, method: str, path: str, *, guarded: bool) -> None:
    statuses: list[int] = []
    if right_needed(method, path) is not None:
        statuses += GUARDED
        operation["security"] = [{"bearer": []}] if guarded else [{}, {"bearer": []}]
    if "requestBody" in operation:
        statuses += WITH_BODY
    if "requestBody" in operation or "parameters" in operation:
        statuses.append(422)
    responses = operation["responses"]
    for status, response in problem_responses(*statuses).items():
        responses[str(status)] = response
    operation["responses"] = dict(sorted(responses.items()))


def _show(operation: Json, example: Any) -> None:
    for status in ("200", "202"):
        content = operation["responses"].get(status, {}).get("content", {})
        content.get("application/json", {})["example"] = example


def _examples() -> Json:
    """Answers that a running service gave, kept by `make docs`."""
    examples: Json = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return examples
