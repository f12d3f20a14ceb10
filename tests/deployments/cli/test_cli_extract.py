"""`fashion-forecast extract` as a planner calls it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from deployments.cli.extract import command

SENTENCE = "12 weeks from 03/04, fortnightly, keep 20% back"


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def test_a_sentence_is_shown_with_the_words_of_each_value() -> None:
    result = CliRunner().invoke(
        command, ["--today", "2026-01-14", "--locale", "US", "--rules-only", SENTENCE]
    )
    assert result.exit_code == 0
    assert "“03/04”" in result.output
    assert "2026-03-04" in result.output


def test_json_is_the_extraction_itself() -> None:
    arguments = ["--today", "2026-01-14", "--locale", "UK", "--rules-only", "--json", SENTENCE]
    found = json.loads(CliRunner().invoke(command, arguments).output)
    assert found["parameters"]["season_start_date"] == "2026-04-03"
    assert found["fields"]["dc_holdback_percentage"]["quote"] == "20%"


def test_a_file_is_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "sentences.txt"
    path.write_text(f"{SENTENCE}\n\n80 weeks\n", encoding="utf-8")
    result = CliRunner().invoke(command, ["--rules-only", "--json", "--file", str(path)])
    found = json.loads(result.stdout)
    assert [one["confidence"] for one in found] == ["high", "low"]


@pytest.mark.parametrize("arguments", [[], ["--locale", "XX", SENTENCE], ["--today", "soon", SENTENCE]])
def test_a_wrong_call_is_one_clear_line(arguments: list[str]) -> None:
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 2
    assert "Error:" in result.output
