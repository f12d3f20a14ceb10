"""How well sentences of a file are read: `python tests/tasks/parameters/scoring.py FILE…`, from the root.

A file holds `reference_date` and `sentences`, each with text, locale, the expected parameters, and `clarify`
where the overall confidence must be low.
"""

import json
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

from schemas.extraction import Extraction
from schemas.parameters import Confidence
from tasks.parameters.extract import parse

NAMES = {
    "horizon_weeks": "forecast_horizon_weeks",
    "start": "season_start_date",
    "replenishment": "replenishment_strategy",
    "holdback": "dc_holdback_percentage",
    "md_week": "markdown_checkpoint_week",
    "md_threshold": "markdown_threshold",
}
CLOSE = 0.005


@dataclass(frozen=True)
class Scored:
    """A sentence's reading beside what was expected: the fields that are wrong, and whether it knew."""

    text: str
    wrong: dict[str, tuple[Any, Any]]
    confidence: Confidence
    clarify: bool
    seconds: float

    @property
    def is_wrong_and_confident(self) -> bool:
        return bool(self.wrong) and self.confidence is not Confidence.LOW

    @property
    def asks_rightly(self) -> bool:
        return (self.confidence is Confidence.LOW) == self.clarify


def score(path: Path) -> list[Scored]:
    """Read every sentence of a file by the rules."""
    data = json.loads(path.read_text(encoding="utf-8"))
    today = date.fromisoformat(data["reference_date"])
    return [_scored(sentence, today) for sentence in data["sentences"]]


def _scored(sentence: dict[str, Any], today: date) -> Scored:
    began = process_time()
    found: Extraction = parse(sentence["text"], today=today, locale=sentence["locale"])
    seconds = process_time() - began
    pairs = {key: (found.fields[name].value, sentence["expected"][key]) for key, name in NAMES.items()}
    wrong = {key: pair for key, pair in pairs.items() if not _agree(*pair)}
    return Scored(sentence["text"], wrong, found.confidence, sentence["clarify"], seconds)


def _agree(got: object, expected: object) -> bool:
    if isinstance(got, int | float) and isinstance(expected, int | float):
        return abs(got - expected) < CLOSE
    return got == expected


def main() -> None:
    """Print the score of each file, and what is wrong."""
    for name in sys.argv[1:]:
        results = score(Path(name))
        wrong = sum(len(result.wrong) for result in results)
        fields = len(results) * len(NAMES)
        exact = sum(not result.wrong for result in results)
        asked = sum(result.asks_rightly for result in results)
        bold = sum(result.is_wrong_and_confident for result in results)
        clear = [result for result in results if not result.clarify]
        planned = sum(not result.wrong and result.asks_rightly for result in clear)
        times = sorted(1000 * result.seconds for result in results)
        sys.stdout.write(
            f"{name}: fields {fields - wrong}/{fields}, sentences {exact}/{len(results)}, "
            f"asked where it should {asked}/{len(results)}, wrong and confident {bold}; "
            f"clear and planned as meant {planned}/{len(clear)}; "
            f"CPU ms {median(times):.1f} median, {times[-1]:.1f} at most\n"
        )
        for result in results:
            if result.wrong or not result.asks_rightly:
                sys.stdout.write(f"  {result.text!r} {result.wrong} {result.confidence}\n")


if __name__ == "__main__":
    main()
