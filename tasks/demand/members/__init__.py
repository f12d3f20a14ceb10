"""The members of the ensemble, by name."""

from tasks.demand.members import naive
from tasks.demand.members.arima import run_arima
from tasks.demand.members.base import Line, MemberRun, run_line
from tasks.demand.members.prophet import run_prophet
from tasks.demand.problem import ForecastProblem

REFERENCE = "seasonal_naive"

LINES: dict[str, Line] = {
    REFERENCE: naive.seasonal_naive,
    "seasonal_ratio": naive.seasonal_ratio,
    "recent_mean": naive.recent_mean,
    "recent_median": naive.recent_median,
}

MEMBERS: tuple[str, ...] = ("prophet", "arima", *LINES)


def run_member(name: str, problem: ForecastProblem) -> MemberRun:
    """Run the member called `name`; whatever a library raises is left to the caller."""
    if name == "prophet":
        return run_prophet(problem)
    if name == "arima":
        return run_arima(problem)
    return run_line(name, LINES[name], problem)
