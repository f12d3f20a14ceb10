"""One process of the service, kept alive: started again when it dies, hangs, or could not be started."""

import asyncio
import contextlib
import ctypes
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from schemas.errors import UnavailableError

log = logging.getLogger(__name__)
STOP_GRACE_SECONDS = 8.0

Tell = Callable[[str], None]
Answers = Callable[[], Awaitable[bool]]


@dataclass(frozen=True)
class Patience:
    """How long a process may take, and how often it may fail in a row before it is given up; in seconds."""

    start: float = 180.0
    silence: float = 120.0
    look_every: float = 10.0
    stable_after: float = 60.0
    restart_delays: tuple[float, ...] = (0.5, 1.0, 2.0, 5.0, 10.0)
    most_failures: int = 10


PATIENCE = Patience()


@dataclass
class ServicePart:
    """One process of the service; `answers` says whether it is alive to others too."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    answers: Answers
    patience: Patience = PATIENCE
    process: asyncio.subprocess.Process | None = field(default=None, init=False)

    async def keep(self, tell: Tell) -> None:
        """Run the process, again and again, until cancelled; each end is told with what follows.

        Raises:
            UnavailableError: it failed too often in a row.
        """
        failures, patience, loop = 0, self.patience, asyncio.get_running_loop()
        while True:
            born = loop.time()
            try:
                ended = await self._until_it_ends(await self.start())
            except OSError as error:
                ended = f"could not be started ({error})"
            failures = 1 if loop.time() - born > patience.stable_after else failures + 1
            if failures > patience.most_failures:
                raise UnavailableError(
                    f"{self.name} {ended}, {failures} times in a row, and is given up; see {self.log}"
                )
            delay = patience.restart_delays[min(failures, len(patience.restart_delays)) - 1]
            tell(f"{self.name} {ended}; it starts again in {delay:g} s ({self.log})")
            await asyncio.sleep(delay)

    async def start(self) -> asyncio.subprocess.Process:
        """Start the process; its output is appended to its log.

        Raises:
            OSError: the log cannot be opened, or the system has no room for a process.
        """
        with self.log.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                *self.command,
                env=self.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        return self.process

    async def _until_it_ends(self, process: asyncio.subprocess.Process) -> str:
        """Wait for the process; one that answers no more is ended. Gives how it ended, in words."""
        loop = asyncio.get_running_loop()
        silent_until = loop.time() + self.patience.start
        ending = asyncio.create_task(process.wait())
        while not (await asyncio.wait({ending}, timeout=self.patience.look_every))[0]:
            if await self.answers():
                silent_until = loop.time() + self.patience.silence
            elif loop.time() > silent_until:
                await self.stop()
                await ending
                return "answered no more and was ended"
        return f"ended with exit code {ending.result()}"

    async def stop(self) -> None:
        """Ask the process to end, then end it and all that it started."""
        process = self.process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), STOP_GRACE_SECONDS)
        except TimeoutError:
            log.warning("%s did not end within %g s and is killed", self.name, STOP_GRACE_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _die_with_parent() -> None:
    # prctl(PR_SET_PDEATHSIG, SIGTERM): a killed supervisor leaves nothing running either.
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
