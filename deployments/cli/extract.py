"""`fashion-forecast extract`: season parameters out of sentences, with the words that each was read from."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

if TYPE_CHECKING:
    from rich.console import Console

    from schemas.extraction import Answer, Extraction
    from tasks.llm.model import ModelSettings

    Again = Callable[[Sequence[Answer]], Coroutine[Any, Any, list[Extraction]]]

LOCALES = ("US", "UK", "DE", "FR", "ES")


@dataclass(frozen=True)
class How:
    """What sentences are read against, and with which model."""

    today: date
    locale: str
    model: ModelSettings | None


@click.command(name="extract")
@click.argument("sentence", required=False)
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read many sentences, one a line.",
)
@click.option(
    "--today", type=click.DateTime(["%Y-%m-%d"]), help="What dates are read against; today by default."
)
@click.option(
    "--locale", type=click.Choice(LOCALES), help="US reads 03/04 month first, all others day first."
)
@click.option("--rules-only", is_flag=True, help="Ask no language model, even where one is configured.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON: one object for a sentence, a list for a file."
)
def command(
    sentence: str | None,
    path: Path | None,
    today: datetime | None,
    locale: str | None,
    *,
    rules_only: bool,
    as_json: bool,
) -> None:
    """Read season parameters out of SENTENCE, or out of every line of a file."""
    from rich.console import Console

    from deployments.cli.ask import NARROW_COLUMNS, is_terminal, show_reading
    from schemas.settings import get_settings
    from tasks.llm.configured import language_model

    if (sentence is None) == (path is None):
        raise click.UsageError("give either a sentence or --file")
    sentences = [sentence or ""] if path is None else _lines(path)
    settings = get_settings()
    model = None if rules_only else language_model(settings)
    day = today.date() if today else datetime.now(ZoneInfo(settings.time_zone)).date()
    how = How(day, locale or settings.locale, model)
    found = asyncio.run(_extract_all(sentences, how))
    if as_json:
        parts = [extraction.model_dump(mode="json") for extraction in found]
        click.echo(json.dumps(parts[0] if path is None else parts, ensure_ascii=False, indent=2))
        return
    console = Console(soft_wrap=shutil.get_terminal_size().columns >= NARROW_COLUMNS)
    for text, extraction in zip(sentences, found, strict=True):
        show_reading(console, extraction.model_dump(mode="json"), title=f"“{text}”" if path else None)
    if sentence is not None and is_terminal():
        _ask_on(console, found[0], lambda answers: _extract_all([sentence], how, answers))


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{path} is not UTF-8 text: save it as UTF-8") from error
    return [line.strip() for line in lines if line.strip()]


async def _extract_all(sentences: list[str], how: How, answers: Sequence[Answer] = ()) -> list[Extraction]:
    from rich.console import Console
    from rich.progress import track

    from tasks.parameters.extract import extract

    console = Console(stderr=True)
    shown = track(sentences, "reading", console=console, transient=True, disable=len(sentences) < 2)
    return [
        await extract(text, today=how.today, locale=how.locale, model=how.model, answers=answers)
        for text in shown
    ]


def _ask_on(console: Console, found: Extraction, again: Again) -> None:
    """Ask in the terminal what is unclear, and read the sentence once more with the answers."""
    from deployments.cli.ask import ask_until_ready
    from schemas.extraction import Answer

    def answered(answers: list[dict[str, Any]]) -> dict[str, Any]:
        (read,) = asyncio.run(again([Answer.model_validate(answer) for answer in answers]))
        shown: dict[str, Any] = read.model_dump(mode="json")
        return shown

    ask_until_ready(console, found.model_dump(mode="json"), answered)
