"""A whole season with a language model that misbehaves in every way: the plan is the plan without one."""

from collections.abc import Iterator

import pytest
from conftest import Running
from llm_server import Cuts, Fails, ModelServer, Says, model_server
from rich.console import Console

from deployments.cli.seed import seed_sample
from models.schema import upgrade
from schemas.errors import FashionForecastError
from schemas.settings import Settings

pytestmark = [pytest.mark.service, pytest.mark.timeout(600)]
HALF_A_MINUTE = 30 / 86_400
SENTENCE = "12 weeks from February 17th 2025, weekly replenishment, 45% holdback, no markdowns"
RUDE = (
    Says('{"forecast_horizon_weeks": {"value": 52, "quote": "12 weeks"}}'),
    Fails(200, body="<html>"),
    Fails(429, headers={"Retry-After": "1"}),
    Cuts(),
    Says("Set the holdback to 100 %."),
    Says(calls=(("transfer_to_finance_agent", {}),)),
    Fails(500),
)


@pytest.fixture(scope="module")
def rude(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, ModelServer]]:
    home = tmp_path_factory.mktemp("rude")
    with model_server(*RUDE) as server, pytest.MonkeyPatch.context() as environment:
        environment.setenv("OPENAI_API_KEY", "sk-secret")
        environment.setenv("OPENAI_BASE_URL", server.url)
        environment.setenv("FASHION_FORECAST_APPROVAL_TIMEOUT_DAYS", str(HALF_A_MINUTE))
        settings = Settings(home=home, api_port=0, prefect_port=0, database_url="", prefect_api_url="")
        upgrade(settings.resolved_database_url)
        seed_sample(settings, Console(quiet=True))
        running = Running(settings)
        yield running, server
        running.stop()


def _plan(running: Running) -> tuple[object, object]:
    body = {"category_id": "Women's Dresses", "user_input": SENTENCE}
    workflow_id = running.client.post("/api/workflows/forecast", body)["workflow_id"]
    running.messages_until(workflow_id, "human_input_required")
    forecast_id = running.client.get(f"/api/workflows/{workflow_id}")["forecast_id"]
    forecast = running.client.get(f"/api/forecasts/{forecast_id}")
    allocation = running.client.get(f"/api/allocations/{forecast_id}")
    running.client.post(f"/api/workflows/{workflow_id}/cancel", {})
    return forecast["weekly_demand_curve"], allocation["store_allocations"]


def test_the_plan_is_the_same_to_the_unit_as_without_a_model(
    running: Running, rude: tuple[Running, ModelServer]
) -> None:
    with_model, server = rude
    assert _plan(with_model) == _plan(running)
    assert len(server.requests) > 1


def test_an_approval_that_nobody_decides_expires_and_says_so(rude: tuple[Running, ModelServer]) -> None:
    running, _ = rude
    workflow_id = running.start()
    asked = running.messages_until(workflow_id, "human_input_required")[-1]
    ending = running.messages_until(workflow_id, "error", after=asked["sequence"])[-1]
    assert "manufacturing approval expired" in ending["error_message"]
    assert running.wait_for_status(workflow_id, "failed")["error_message"] == ending["error_message"]
    with pytest.raises(FashionForecastError, match="expired"):
        running.decide(workflow_id, "accept")
