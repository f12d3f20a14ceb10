"""The agents that write notes: an orchestrator that hands off to one specialist for each stage.

Their tools take no numbers: one shows the stage's facts by name, the other takes lines in which facts stand
by name, and refuses what only the results can say in the words between.
"""

import json
from dataclasses import dataclass, field

from agents import Agent, RunContextWrapper, Tool, function_tool, handoff

from schemas.messages import Agent as Speaker
from schemas.notes import AgentNote, Subject
from tasks.narration.facts import Part, SeasonFacts, Topic
from tasks.narration.gate import Lines, compose, objections
from tasks.narration.rules import topics_of

MOST_REFUSALS = 2
ORCHESTRATOR = """You lead a retail season plan that is already made; nothing in it can be changed.
Hand off to each of these agents once, in this order, and wait for each to hand back: {names}.
Then answer: done."""
SPECIALIST = """You are the {name} of a season plan that is already made.
First call {read} to see your facts, each under its name, then call {write} once: for a planner, short,
with the facts that matter, the weightiest first. Write each fact as its name in braces, such as
{{{example}}}; it is put there as it stands. Between facts write a few words of your own: letters and
commas, no figures, no amounts in words, no links. {limits}
If the note is refused, correct it once. Then hand back to the Orchestrator."""


@dataclass
class SeasonContext:
    """What a run of agents knows and what came of it."""

    facts: SeasonFacts
    notes: dict[Subject, AgentNote] = field(default_factory=dict)
    refusals: dict[Subject, int] = field(default_factory=dict)


def season_agents(facts: SeasonFacts) -> Agent[SeasonContext]:
    """The orchestrator, with a specialist for each stage that has results."""
    orchestrator: Agent[SeasonContext] = Agent(name=Speaker.ORCHESTRATOR.value)
    specialists = [_specialist(topic) for topic in topics_of(facts)]
    for specialist in specialists:
        specialist.handoffs = [handoff(orchestrator)]
    orchestrator.instructions = ORCHESTRATOR.format(names=", ".join(agent.name for agent in specialists))
    orchestrator.handoffs = [handoff(specialist) for specialist in specialists]
    return orchestrator


def _specialist(topic: Topic) -> Agent[SeasonContext]:
    read, write = _read_tool(topic), _write_tool(topic)
    limits = " ".join(f"There is no {name}: do not mention any." for name in sorted(topic.absent))
    return Agent(
        name=topic.speaker.value,
        instructions=SPECIALIST.format(
            name=topic.speaker.value,
            read=read.name,
            write=write.name,
            limits=limits,
            example=topic.facts[0].key,
        ),
        tools=[read, write],
    )


def _read_tool(topic: Topic) -> Tool:
    @function_tool(name_override="read_results")
    def read_results() -> str:
        """Show the stage's facts, by name."""
        return json.dumps({fact.key: fact.says for fact in topic.facts}, ensure_ascii=False)

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
        lines = {
            Part.REASONING: (reasoning,),
            Part.FACTOR: tuple(key_factors),
            Part.RISK: tuple(risks),
            Part.QUESTION: tuple(questions),
        }
        return take_note(context.context, lines, topic)

    return give_note


def take_note(season: SeasonContext, lines: Lines, topic: Topic) -> str:
    """Keep a note that passes; say what speaks against one that does not."""
    against = objections(lines, topic)
    if not against:
        season.notes[topic.subject] = compose(lines, topic)
        return "taken"
    season.refusals[topic.subject] = season.refusals.get(topic.subject, 0) + 1
    if season.refusals[topic.subject] >= MOST_REFUSALS:
        return "refused; hand back now"
    return "refused: " + "; ".join(against[:5])
