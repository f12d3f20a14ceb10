"""Progress out of the Agents SDK's run hooks."""

from collections.abc import Callable
from typing import Any

from agents import Agent, RunContextWrapper, RunHooks, Tool


class ProgressHooks(RunHooks[Any]):
    """Tells which agent speaks; the fraction grows with every note that is given."""

    def __init__(self, report: Callable[[float, str], None] | None, expected: int) -> None:
        self._report = report
        self._expected = max(expected, 1)
        self._given: set[str] = set()

    def _tell(self, message: str) -> None:
        if self._report is not None:
            self._report(min(len(self._given) / self._expected, 1.0), message)

    async def on_agent_start(self, context: RunContextWrapper[Any], agent: Agent[Any]) -> None:
        """An agent's turn."""
        self._tell(f"{agent.name} reads its results")

    async def on_handoff(
        self, context: RunContextWrapper[Any], from_agent: Agent[Any], to_agent: Agent[Any]
    ) -> None:
        """One agent hands off to another."""
        self._tell(f"{from_agent.name} hands off to {to_agent.name}")

    async def on_tool_end(
        self, context: RunContextWrapper[Any], agent: Agent[Any], tool: Tool, result: object
    ) -> None:
        """A note was given."""
        if tool.name == "give_note":
            self._given.add(agent.name)
            self._tell(f"{agent.name} gave its note")
