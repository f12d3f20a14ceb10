from pathlib import Path

import pytest
from pydantic import ValidationError

from schemas.people import Role
from schemas.settings import Settings, environment_name

EXAMPLE = Path(__file__).parent.parent / ".env.example"


def test_the_example_shows_every_setting_with_its_words_and_no_other():
    text = EXAMPLE.read_text(encoding="utf-8")
    shown = [line.partition("=")[0] for line in text.splitlines() if line and not line.startswith("#")]
    assert shown == [environment_name(name) for name in Settings.model_fields]
    for field in Settings.model_fields.values():
        assert f"# {field.description}\n" in text


def test_the_example_gives_the_defaults(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(environment_name(name), raising=False)
    assert Settings(_env_file=EXAMPLE) == Settings(_env_file=None)


def test_tokens_are_read_as_pairs(monkeypatch):
    monkeypatch.setenv("FASHION_FORECAST_API_TOKENS", "anna=s3cret, tom:approver=pa55")
    tokens = Settings(_env_file=None).api_tokens
    assert [(person.name, person.role, person.token.get_secret_value()) for person in tokens] == [
        ("anna", Role.ADMIN, "s3cret"),
        ("tom", Role.APPROVER, "pa55"),
    ]


@pytest.mark.parametrize(
    ("value", "words"),
    [("hush", "name=token"), ("anna:boss=hush", "unknown role"), ("anonymous=hush", "nobody")],
)
def test_a_wrong_token_is_named_and_never_repeated(monkeypatch, value, words):
    monkeypatch.setenv("FASHION_FORECAST_API_TOKENS", value)
    with pytest.raises(ValidationError, match=words) as refused:
        Settings(_env_file=None)
    assert "hush" not in str(refused.value)
