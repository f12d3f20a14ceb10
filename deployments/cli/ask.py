"""What was read out of a sentence, shown in the terminal, and the questions about it, asked there."""

from __future__ import annotations

import string
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

Json = dict[str, Any]
Reply = Callable[[list[Json]], Json]
NARROW_COLUMNS = 100


def is_terminal() -> bool:
    """Whether a person sits at both ends."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def show_reading(console: Console, reply: Json, *, title: str | None = None) -> None:
    """Each parameter with its words, what was said besides, and what is asked."""
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for column in ("parameter", "value", "words", "source", "confidence"):
        table.add_column(column, no_wrap=column == "value")
    for name, field in reply["fields"].items():
        value = "none" if field["value"] is None else str(field["value"])
        words = f"“{field['quote']}”" if field["quote"] else ""
        table.add_row(name, value, words, field["source"], field["confidence"])
    table.add_row("season_end_date", str(reply["parameters"]["season_end_date"]), "", "derived", "")
    console.print(table, markup=False)
    terms = {name: value for name, value in (reply["terms"] or {}).items() if value is not None}
    terms |= {"budget": reply["budget"]} if reply["budget"] is not None else {}
    if terms:
        said = ", ".join(f"{name} {value}" for name, value in terms.items())
        console.print(f"terms: {said}", markup=False)
    if reply["unused"]:
        console.print(f"unused: {', '.join(f'“{said}”' for said in reply['unused'])}", markup=False)
    console.print(f"confidence: {reply['confidence']}", markup=False)
    for question in reply["questions"]:
        console.print(f"  ? {question['text']}", markup=False)


def ask_until_ready(console: Console, reply: Json, answered: Reply) -> Json:
    """Ask what is unclear until nothing is; an empty answer gives up, and leaves the reply as it is.

    Args:
        console: where the readings are shown.
        reply: what was read so far.
        answered: reads the sentence once more, with all answers so far.
    """
    answers: dict[str, Json] = {}
    while not reply["ready"]:
        for question in reply["questions"]:
            said = _ask(question)
            if said is None:
                return reply
            answers[question["id"]] = {"id": question["id"], **said}
        reply = answered([*answers.values()])
        show_reading(console, reply)
    return reply


def _ask(question: Json) -> Json | None:
    """The answer to one question: a letter takes an option, anything else is taken as it is said."""
    options = dict(zip(string.ascii_lowercase, question["options"], strict=False))
    click.echo(question["text"])
    for letter, option in options.items():
        click.echo(f"  {letter}) {option['label']}")
    said = click.prompt("answer (a letter, or words; empty gives up)", default="", show_default=False)
    if not said.strip():
        return None
    chosen = options.get(said.strip().lower())
    return {"value": chosen["value"] if chosen else said.strip()}
