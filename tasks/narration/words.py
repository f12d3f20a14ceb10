"""Numbers in a planner's words."""


def units(value: float) -> str:
    """12034 → “12,034”."""
    return f"{round(value):,}"


def percent(fraction: float) -> str:
    """0.4512 → “45.1 %”, 0.45 → “45 %”."""
    return f"{round(100 * fraction, 1):g} %"


def money(value: float, currency: str = "") -> str:
    """1234.5 → “1,234 EUR”, with the currency where one is known."""
    return f"{round(value):,} {currency}".strip()


def several(words: list[str]) -> str:
    """“a, b and c”."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
