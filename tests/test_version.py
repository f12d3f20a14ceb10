"""The version stands in pyproject.toml, and everything else reads it there."""

import tomllib
from importlib.metadata import version
from pathlib import Path

from click.testing import CliRunner

from deployments.cli import cli

ROOT = Path(__file__).parent.parent
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def test_the_command_line_tells_the_version() -> None:
    assert version("fashion-forecast") == VERSION
    assert VERSION in CliRunner().invoke(cli, ["--version"]).output


def test_the_changelog_says_what_is_in_it() -> None:
    headings = [line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## ")]
    assert VERSION in headings[0]
