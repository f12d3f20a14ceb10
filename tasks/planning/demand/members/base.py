"""The one interface of every member: history in, season path and rehearsed season paths out."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from tasks.planning.demand.problem import ForecastProblem
from tasks.planning.units import Floats

# Panel (series, history weeks) and lead in weeks → forecast (series, lead).
Line = Callable[[Floats, int], Floats]


@dataclass(frozen=True)
class MemberRun:
    """What one member says.

    Attributes:
        name: the member.
        path: units of each season week, shape (weeks,).
        rehearsals: what it would have said at each of the problem's origins about the season that followed,
            for each series of the panel, shape (origins, series, weeks); NaN where it was not asked.
        note: what a planner should know, such as how a model was chosen.
    """

    name: str
    path: Floats
    rehearsals: Floats
    note: str = field(default="")


def run_line(name: str, line: Line, problem: ForecastProblem) -> MemberRun:
    """Run a line that is cheap enough to rehearse at every origin on the whole panel."""
    path = line(problem.aligned(len(problem.history))[:1], problem.lead)[0, problem.gap :]
    return MemberRun(name, clip(path), rehearse(line, problem))


def rehearse(line: Line, problem: ForecastProblem) -> Floats:
    """What a line would have said at each origin about each series, shape (origins, series, weeks)."""
    rehearsals = np.full((len(problem.origins), len(problem.panel), problem.weeks), np.nan)
    for row, origin in enumerate(problem.origins):
        rehearsals[row] = line(problem.aligned(origin), problem.lead)[:, problem.gap :]
    return clip(rehearsals)


def ignore_warnings_of(*libraries: str) -> None:
    """Drop what these libraries warn of about themselves, for good: members run in threads, where filters
    that are put back at the end would be put back under another member's feet."""
    for library in libraries:
        warnings.filterwarnings("ignore", module=rf"{library}(\.|$)")


def clip(forecast: Floats) -> Floats:
    """No negative demand, no infinite one."""
    return np.clip(np.nan_to_num(forecast, nan=np.nan, posinf=np.nan), 0.0, None)
