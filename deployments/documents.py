"""Generates the documents that show the product at work: `make docs`. Nothing in them is typed by hand."""

import asyncio
import json
import re
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

from rich.console import Console

from deployments.cli.client import Client, Json
from deployments.cli.demo import SENTENCE
from deployments.cli.player import Decisions, SeasonPlayer
from deployments.cli.season import SCENARIOS
from deployments.cli.seed import seed_sample
from deployments.supervisor import running_service
from models.schema import upgrade
from schemas.settings import Settings

DOCS, EXAMPLES = Path("docs"), Path("api/examples.json")
SHOWN_ITEMS = 2
CATEGORY, TRANSCRIBED = "womens_dresses", "low"
VAGUE = "12 weeks from February 17th 2025, hold most of it at the DC"
ANSWERS = [{"id": "dc_holdback_percentage", "value": "60 %"}]


class RecordingClient(Client):
    """A client that keeps what it said and heard."""

    def __init__(self, url: str, *, indent: int | None = 1) -> None:
        super().__init__(url)
        self._indent = indent
        self.lines: list[str] = []
        self.answers: dict[str, Any] = {}

    def say(self, text: str) -> None:
        """Put a sentence between the calls."""
        self.lines += ["", text, ""]

    def _send(self, method: str, path: str, **options: Any) -> Any:
        answer = super()._send(method, path, **options)
        self.answers[f"{method} {path}"] = answer
        sent = options.get("json") or options.get("data")
        self.lines += [f"**{method} {path}**", ""]
        if sent:
            self.lines += ["```json", self._shown(sent), "```", ""]
        self.lines += ["→", "```json", self._shown(answer), "```", ""]
        return answer

    def _shown(self, value: Any) -> str:
        return json.dumps(_shortened(value), indent=self._indent, ensure_ascii=False)

    def messages(self, workflow_id: str, after: int = 0) -> Generator[Json]:
        """A workflow's messages, kept as they pass."""
        self.lines += [f"**WebSocket /api/workflows/{workflow_id}/stream?after={after}**", "", "```json"]
        try:
            for message in super().messages(workflow_id, after):
                self.lines.append(json.dumps(_shortened(message), ensure_ascii=False))
                yield message
        finally:
            self.lines += ["```", ""]

    def hear(self, workflow_id: str, until: str, after: int = 0) -> Json:
        """Listen until a message of a type."""
        listening = self.messages(workflow_id, after)
        message = next(each for each in listening if each["type"] in {until, "error"})
        listening.close()
        return message


def _shortened(value: Any) -> Any:
    """Long lists cut short, so that a reader sees their shape."""
    if isinstance(value, list):
        shown = [_shortened(item) for item in value[:SHOWN_ITEMS]]
        return [*shown, f"… {len(value) - SHOWN_ITEMS} more"] if len(value) > SHOWN_ITEMS else shown
    if isinstance(value, dict):
        return {key: _shortened(item) for key, item in value.items()}
    return value


def write_season_transcript(url: str, path: Path) -> None:
    """One season planned, from the sentence to the approved order; its answers are OpenAPI's examples too."""
    client = RecordingClient(url)
    client.say("The sentence is read first, on its own:")
    client.post("/api/parameters/extract", {"user_input": SENTENCE})
    client.say("What is unclear in a sentence is answered until it is ready:")
    client.post("/api/parameters/answer", {"user_input": VAGUE, "answers": ANSWERS})
    client.say("Then the season is planned from it:")
    started = client.post("/api/workflows/forecast", {"category_id": CATEGORY, "user_input": SENTENCE})
    workflow_id = started["workflow_id"]
    asked = client.hear(workflow_id, "human_input_required")
    forecast_id = client.get(f"/api/workflows/{workflow_id}")["forecast_id"]
    client.get(f"/api/forecasts/{forecast_id}")
    client.say("What would another safety stock cost? Nothing is committed:")
    body = {"workflow_id": workflow_id, "action": "modify", "safety_stock_pct": 0.25}
    client.post("/api/approvals/manufacturing", body)
    client.say("The recommended order is accepted, and the run goes on:")
    client.post("/api/approvals/manufacturing", {"workflow_id": workflow_id, "action": "accept"})
    client.hear(workflow_id, "workflow_complete", asked["sequence"])
    for thing in (
        "workflows/{w}",
        "workflows/{w}/results",
        "allocations/{f}",
        "markdowns/{f}",
        "workflows/{w}/notes",
        "approvals/{w}",
    ):
        client.get("/api/" + thing.format(w=workflow_id, f=forecast_id))
    for path_ in (
        "/api/workflows",
        "/api/forecasts",
        "/api/stores",
        "/api/categories",
        "/api/stores/clusters",
        "/api/health",
    ):
        client.get(path_)
    lines = client.lines
    document = client.get("/openapi.json")
    client.close()
    _write(path, "A season's transcript", lines[: lines.index("**GET /openapi.json**")])
    examples = _examples(document, client.answers)
    EXAMPLES.write_text(json.dumps(examples, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _examples(document: Json, answers: dict[str, Any]) -> Json:
    """Answers by the routes that gave them."""
    found = {}
    for path in document["paths"]:
        pattern = re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path))
        for call, answer in answers.items():
            method, _, called = call.partition(" ")
            if pattern.fullmatch(called) and method.lower() in document["paths"][path]:
                found[f"{method} {path}"] = _cut(answer)
    return dict(sorted(found.items()))


def _cut(value: Any) -> Any:
    """Lists cut to their first items, and nothing put in the place of the rest."""
    if isinstance(value, list):
        return [_cut(item) for item in value[:SHOWN_ITEMS]]
    return {key: _cut(item) for key, item in value.items()} if isinstance(value, dict) else value


def write_seasons(url: str, path: Path, console: Console) -> None:
    """The five sample seasons played, and the transcript of one week's calls."""
    lines = [
        "Each season is planned, then sold week by week from the stock that is there, through the contract "
        "(`fashion-forecast season run --scenario …`). A re-forecast starts by itself where cumulative sales "
        "part from the forecast by more than 20 %.",
        "",
    ]
    for scenario in SCENARIOS:
        client = RecordingClient(url, indent=None)
        told = SeasonPlayer(client, CATEGORY, Decisions()).play(scenario, console)
        client.close()
        lines += _season_lines(told)
        if scenario == TRANSCRIBED:
            _write(DOCS / "season-transcript.md", f"The season “{scenario}”, call by call", client.lines)
    _write(path, "Five seasons, week by week", lines)


def _season_lines(told: Json) -> list[str]:
    lines = [
        f"## {told['scenario']}",
        "",
        f"Forecast {told['forecast']:,}, demand {told['demand']:,}. Made {told['made']:,} = sold "
        f"{told['sold']:,} + in stores {told['in_stores']:,} + at the centre {told['at_centre']:,}"
        f" ({'conserved' if told['conserved'] else 'NOT CONSERVED'}).",
        "",
        "| week | sold | variance | re-forecast | shipped for the next week | markdown |",
        "|--:|--:|--:|---|--:|--:|",
    ]
    for row in told["weeks"]:
        depth = "" if row["markdown_pct"] is None else f"{row['markdown_pct']:.0%}"
        lines.append(
            f"| {row['week']} | {row['sold']:,} | {row['variance_pct']:+.1%} | "
            f"{'started' if row['reforecast'] else ''} | {row['shipped']:,} | {depth} |"
        )
    lines.append("")
    lines += [
        f"- Re-forecast after week {each['after_week']}: WAPE of the remaining weeks "
        f"{each['corrected_wape']:.1%}, as first forecast {each['original_wape']:.1%}."
        for each in told["errors"]
    ]
    return [*lines, ""]


def _write(path: Path, title: str, lines: list[str]) -> None:
    head = [f"# {title}", "", "Generated by `make docs`; lists are cut short.", ""]
    path.write_text("\n".join([*head, *lines]).rstrip() + "\n", encoding="utf-8")


async def main() -> None:
    """Start a service of its own on the sample retailer, and write both documents."""
    console = Console()
    with tempfile.TemporaryDirectory(prefix="ff-docs-") as home:
        settings = Settings().model_copy(
            update={
                "home": Path(home),
                "database_url": "",
                "prefect_api_url": "",
                "api_port": 0,
                "prefect_port": 0,
            }
        )
        upgrade(settings.resolved_database_url)
        seed_sample(settings, console)
        async with running_service(settings, tell=console.print) as service:
            await service.wait_until_ready()
            url = service.addresses.api_url
            await asyncio.to_thread(write_season_transcript, url, DOCS / "api.md")
            await asyncio.to_thread(write_seasons, url, DOCS / "season.md", console)


if __name__ == "__main__":
    asyncio.run(main())
