"""Notes on a season: by the agents where a language model is configured, by rules for whatever is missing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from schemas.extraction import ModelUsage
from schemas.notes import AgentNote
from tasks.llm.model import Meter, ModelSettings
from tasks.narration.facts import SeasonFacts
from tasks.narration.rules import topics_of, write_notes

if TYPE_CHECKING:
    from agents import Model

    from tasks.narration.agents import SeasonContext

Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Narration:
    """The notes, in the order of the stages, and what the model took; `problem` says why it fell silent."""

    notes: tuple[AgentNote, ...]
    usage: ModelUsage
    problem: str | None = None


async def narrate(
    facts: SeasonFacts,
    *,
    model: ModelSettings | None = None,
    on_progress: Report | None = None,
    scripted: "Model | None" = None,
) -> Narration:
    """Write the notes of a season.

    Args:
        facts: the stored results; they are read, never changed.
        model: the language model, its time limit for each note; None means rules only.
        on_progress: told a fraction (0 to 1) and a message whenever an agent starts or hands off.
        scripted: a model in place of the server's, for tests.

    Returns:
        A note for every stage that has results. Never raises because of the model.
    """
    written = write_notes(facts)
    if model is None or not written:
        return Narration(tuple(written), ModelUsage())
    from tasks.narration.agents import SeasonContext

    context = SeasonContext(facts)
    patient = replace(model, timeout_seconds=model.timeout_seconds * len(written))
    meter = Meter()
    problem = await _hear_agents(context, patient, meter, on_progress, scripted)
    told = tuple(context.notes.get(note.subject, note) for note in written)
    return Narration(told, meter.usage, problem)


async def _hear_agents(
    context: "SeasonContext",
    model: ModelSettings,
    meter: Meter,
    on_progress: Report | None,
    scripted: "Model | None",
) -> str | None:
    """Let the agents speak; what they said is in the context, what went wrong is returned."""
    from tasks.llm.client import UnreachableError, run_agent
    from tasks.narration.agents import season_agents
    from tasks.narration.progress import ProgressHooks

    facts = context.facts
    try:
        await run_agent(
            season_agents(facts),
            f"The plan for {facts.category} is made. Have it explained.",
            model,
            meter,
            context=context,
            hooks=ProgressHooks(on_progress, expected=len(topics_of(facts))),
            scripted=scripted,
        )
    except UnreachableError as error:
        return str(error)
    return None
