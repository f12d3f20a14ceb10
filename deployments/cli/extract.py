"""`fashion-forecast extract`: season parameters out of sentences, with the words that each was read from."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from schemas.extraction import Extraction
    from tasks.llm.model import ModelSettings

LOCALES = ("US", "UK", "DE", "FR", "ES")


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
    from schemas.settings import get_settings
    from tasks.llm.configured import language_model

    if (sentence is None) == (path is None):
        raise click.UsageError("give either a sentence or --file")
    sentences = [sentence or ""] if path is None else _lines(path)
    settings = get_settings()
    model = None if rules_only else language_model(settings)
    day = today.date() if today else datetime.now(UTC).date()
    found = asyncio.run(_extract_all(sentences, day, locale or settings.locale, model))
    if as_json:
        parts = [extraction.model_dump(mode="json") for extraction in found]
        click.echo(json.dumps(parts[0] if path is None else parts, ensure_ascii=False, indent=2))
        return
    for text, extraction in zip(sentences, found, strict=True):
        _show(text, extraction, titled=path is not None)


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{path} is not UTF-8 text: save it as UTF-8") from error
    return [line.strip() for line in lines if line.strip()]


async def _extract_all(
    sentences: list[str], today: date, locale: str, model: ModelSettings | None
) -> list[Extraction]:
    from rich.console import Console
    from rich.progress import track

    from tasks.parameters.extract import extract

    console = Console(stderr=True)
    shown = track(sentences, "reading", console=console, transient=True, disable=len(sentences) < 2)
    return [await extract(text, today=today, locale=locale, model=model) for text in shown]


def _show(text: str, extraction: Extraction, *, titled: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(soft_wrap=not _is_narrow())
    table = Table(title=f"“{text}”" if titled else None, title_justify="left")
    for column in ("parameter", "value", "words", "source", "confidence"):
        table.add_column(column, no_wrap=column == "value")
    for name, field in extraction.fields.items():
        value = "none" if field.value is None else str(field.value)
        words = f"“{field.quote}”" if field.quote else ""
        table.add_row(name, value, words, field.source.value, field.confidence.value)
    table.add_row("season_end_date", extraction.parameters.season_end_date.isoformat(), "", "derived", "")
    console.print(table, markup=False)
    _tell(console, extraction)


def _is_narrow() -> bool:
    from shutil import get_terminal_size

    return get_terminal_size().columns < 100


def _tell(console: Console, extraction: Extraction) -> None:
    console.print(f"confidence: {extraction.confidence.value}", markup=False)
    for question in extraction.clarifications:
        console.print(f"  ? {question}", markup=False)
