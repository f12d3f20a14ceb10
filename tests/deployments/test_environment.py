"""The parts' environment: where the API asks for tokens, the engine asks for a secret."""

import stat

import pytest

from deployments.environment import CLIENT_SECRET, SERVER_SECRET, choose_addresses, service_environment
from schemas.people import read_people
from schemas.settings import Settings


@pytest.fixture(autouse=True)
def _no_secret_given(monkeypatch):
    monkeypatch.delenv(SERVER_SECRET, raising=False)
    monkeypatch.delenv(CLIENT_SECRET, raising=False)


def environment(home, tokens="", **changes):
    settings = Settings(_env_file=None, home=home, api_port=0, prefect_port=0, **changes)
    settings = settings.model_copy(update={"api_tokens": read_people(tokens)})
    return service_environment(settings, choose_addresses(settings))


def test_without_tokens_the_engine_is_as_open_as_the_api(tmp_path):
    assert not {SERVER_SECRET, CLIENT_SECRET} & set(environment(tmp_path))


def test_with_tokens_the_engine_has_a_secret_that_only_its_owner_can_read(tmp_path):
    found = environment(tmp_path, "anna=s3cret")
    assert len(found[SERVER_SECRET]) > 32
    assert found[CLIENT_SECRET] == found[SERVER_SECRET]
    kept = tmp_path / "prefect" / "auth"
    assert kept.read_text().strip() == found[SERVER_SECRET]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert environment(tmp_path, "anna=s3cret")[SERVER_SECRET] == found[SERVER_SECRET]


def test_a_secret_that_is_given_is_taken(tmp_path, monkeypatch):
    monkeypatch.setenv(CLIENT_SECRET, "ops:hush")
    found = environment(tmp_path, "anna=s3cret", prefect_api_url="http://prefect:4200/api")
    assert (found[SERVER_SECRET], found[CLIENT_SECRET]) == ("ops:hush", "ops:hush")
    assert not (tmp_path / "prefect" / "auth").exists()
