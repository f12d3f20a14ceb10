"""The agents that write notes: an orchestrator that hands off to one specialist for each stage.

Their tools take no numbers: one shows the stage's frozen results, the other takes the note in words, and
refuses it where a number in it is none of the results'.
"""

from dataclasses import dataclass, field

from agents import Agent, RunContextWrapper, Tool, function_tool, handoff
from pydantic import BaseModel

from schemas.messages import Agent as Speaker
from schemas.notes import AgentNote, NoteSource, Subject
from schemas.parameters import SeasonParameters
from tasks.narration.facts import SeasonFacts
from tasks.narration.gate import objections

MOST_REFUSALS = 2
ORCHESTRATOR = """You lead a retail season plan that is already made; nothing in it can be changed.
Hand off to each of these agents once, in this order, and wait for each to hand back: {names}.
Then answer: done."""
SPECIALIST = """You are the {name} of a season plan that is already made.
First call {read} to see your results, then call {write} once: for a planner, short and specific, with the
weeks, stores and money that matter. Use only numbers that stand in the results, as they stand there; never
compute a number, never change one. {limits}
If the note is refused, correct it once. Then hand back to the Orchestrator."""


@dataclass
class SeasonContext:
    """What a run of agents knows and what came of it."""

    facts: SeasonFacts
    parameters: SeasonParameters | None = None
    notes: dict[Speaker, AgentNote] = field(default_factory=dict)
    refusals: dict[Speaker, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Topic:
    """Who speaks about which results."""

    speaker: Speaker
    subject: Subject
    results: BaseModel


def topics_of(facts: SeasonFacts) -> list[Topic]:
    """What there is to speak about; without a markdown the pricing agent is left out."""
    demand: tuple[Subject, BaseModel | None] = ("forecast", facts.demand)
    if facts.variance is not None:
        demand = ("variance", facts.variance)
    stages: list[tuple[Speaker, Subject, BaseModel | None]] = [
        (Speaker.DEMAND, *demand),
        (Speaker.INVENTORY, "order", facts.buy),
        (Speaker.PRICING, "markdown", facts.markdown),
    ]
    return [Topic(speaker, subject, results) for speaker, subject, results in stages if results is not None]


def season_agents(facts: SeasonFacts) -> Agent[SeasonContext]:
    """The orchestrator, with a specialist for each stage that has results."""
    orchestrator: Agent[SeasonContext] = Agent(name=Speaker.ORCHESTRATOR.value)
    specialists = [_specialist(topic, facts) for topic in topics_of(facts)]
    for specialist in specialists:
        specialist.handoffs = [handoff(orchestrator)]
    orchestrator.instructions = ORCHESTRATOR.format(names=", ".join(agent.name for agent in specialists))
    orchestrator.handoffs = [handoff(specialist) for specialist in specialists]
    return orchestrator


def _specialist(topic: Topic, facts: SeasonFacts) -> Agent[SeasonContext]:
    read, write = _read_tool(topic.results), _write_tool(topic)
    limits = "There is no replenishment: do not mention any. " if facts.replenishment == "none" else ""
    limits += "There is no markdown: do not mention any." if facts.markdown is None else ""
    return Agent(
        name=topic.speaker.value,
        instructions=SPECIALIST.format(
            name=topic.speaker.value, read=read.name, write=write.name, limits=limits
        ),
        tools=[read, write],
    )


def _read_tool(results: BaseModel) -> Tool:
    @function_tool(name_override="read_results")
    def read_results() -> str:
        """Show the stage's results."""
        return results.model_dump_json(exclude_none=True)

    return read_results


def _write_tool(topic: Topic) -> Tool:
    @function_tool(name_override="give_note")
    def give_note(
        context: RunContextWrapper[SeasonContext],
        reasoning: str,
        key_factors: list[str],
        risks: list[str],
        questions: list[str],
    ) -> str:
        """Give the note.

        Args:
            context: the run's.
            reasoning: one or two sentences.
            key_factors: what decided.
            risks: what may go wrong.
            questions: what you would ask the planner.
        """
        note = AgentNote(
            agent=topic.speaker,
            subject=topic.subject,
            source=NoteSource.LLM,
            reasoning=reasoning,
            key_factors=tuple(key_factors),
            risks=tuple(risks),
            questions=tuple(questions),
        )
        return take_note(context.context, note, topic.results)

    return give_note


def take_note(season: SeasonContext, note: AgentNote, results: BaseModel) -> str:
    """Keep a note that passes; say what speaks against one that does not."""
    against = objections(note, results, season.facts)
    if not against:
        season.notes[note.agent] = note
        return "taken"
    season.refusals[note.agent] = season.refusals.get(note.agent, 0) + 1
    if season.refusals[note.agent] >= MOST_REFUSALS:
        return "refused; hand back now"
    return "refused: " + "; ".join(against[:5])
