"""The OpenAPI document tells the truth: requests made from it get the answers that it names, and no other."""

import subprocess
import sys
from pathlib import Path

import pytest

from api.app import create_app
from schemas.people import read_people
from schemas.settings import Settings

FUZZ = Path(__file__).parents[2] / "benchmarks" / "fuzz.py"
TOLD_WHAT_THEY_ARE = {"pattern", "enum", "const", "format", "contentMediaType"}
OPEN_TO_ALL = {"/api/health"}


def document(**changes):
    return create_app(Settings(_env_file=None).model_copy(update=changes)).openapi()


def operations(found):
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def texts(part, found, place):
    """Every text that a part of a request may be, by its place."""
    if isinstance(part, list):
        for each in part:
            yield from texts(each, found, place)
    if not isinstance(part, dict):
        return
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        yield from texts(found["components"]["schemas"][name], found, f"{place} {name}")
    if part.get("type") == "string":
        yield place, part
    for key, value in part.items():
        if key not in {"example", "examples", "default"}:
            yield from texts(value, found, f"{place}.{key}")


def test_every_text_that_is_sent_says_what_it_may_be():
    found = document()
    loose = {
        place
        for name, operation in operations(found)
        for part in [*operation.get("parameters", []), operation.get("requestBody", {})]
        for place, text in texts(part, found, name)
        if not TOLD_WHAT_THEY_ARE & set(text)
    }
    assert not loose


@pytest.mark.parametrize(("tokens", "security"), [("", [{}, {"bearer": []}]), ("a=b", [{"bearer": []}])])
def test_every_operation_says_who_may_call_it_and_what_can_go_wrong(tokens, security):
    for name, operation in operations(document(api_tokens=read_people(tokens))):
        responses = set(operation["responses"])
        if name.partition(" ")[2] not in OPEN_TO_ALL:
            assert operation["security"] == security, name
            assert {"401", "403", "503"} <= responses, name
        if "requestBody" in operation:
            assert {"400", "413", "415", "422"} <= responses, name


@pytest.mark.timeout(400)
def test_requests_made_from_the_document_get_answers_that_it_names():
    tried = subprocess.run(
        [sys.executable, FUZZ, "--examples", "4", "--minutes", "5"],
        capture_output=True,
        text=True,
        check=False,
        cwd=FUZZ.parents[1],
    )
    assert tried.returncode == 0, tried.stdout[-6000:] + tried.stderr[-2000:]
