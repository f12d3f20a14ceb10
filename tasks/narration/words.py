"""Numbers in a planner's words, and words made fit to be shown."""

import html
import re


def units(value: float) -> str:
    """12034 → “12,034”."""
    return f"{round(value):,}"


def percent(fraction: float) -> str:
    """0.4512 → “45.1 %”, 0.45 → “45 %”."""
    return f"{round(100 * fraction, 1):g} %"


def money(value: float) -> str:
    """1234.5 → “1,234”, in the retailer's currency."""
    return f"{round(value):,}"


def sentence(clause: str) -> str:
    """A clause as a sentence of its own."""
    whole = clause[:1].upper() + clause[1:]
    return whole if whole.endswith((".", "?", "!")) else f"{whole}."


def escaped(text: str) -> str:
    """A text as Markdown and HTML show it letter by letter: no link, no emphasis, no tag."""
    return re.sub(r"([\\`*_{}\[\]()#+!|~-])", r"\\\1", html.escape(text))


def several(words: list[str]) -> str:
    """“a, b and c”."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
