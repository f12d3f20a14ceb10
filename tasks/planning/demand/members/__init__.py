"""The members of the ensemble, by name."""

from functools import partial

from tasks.planning.demand.members import levels, seasons
from tasks.planning.demand.members.arima import run_arima
from tasks.planning.demand.members.base import Line, MemberRun, run_line
from tasks.planning.demand.members.prophet import run_prophet
from tasks.planning.demand.problem import ForecastProblem

REFERENCE = "seasonal_naive"

LINES: dict[str, Line] = {
    REFERENCE: seasons.seasonal_naive,
    "year_ratio": seasons.year_ratio,
    "season_median": seasons.with_season(levels.recent_median),
    "season_half_year": seasons.with_season(partial(levels.recent_mean, weeks=26)),
    "season_year": seasons.with_season(partial(levels.recent_mean, weeks=52)),
    "season_growth": seasons.with_season(partial(levels.recent_mean, weeks=26), growth=1.0),
    "season_half_growth": seasons.with_season(partial(levels.recent_median, weeks=26), growth=0.5),
    "season_theta": seasons.with_season(levels.theta, smoothing=1),
    "season_additive": seasons.with_season(levels.smoothed, additive=True),
    "season_halved": seasons.with_season(levels.smoothed, share=0.5),
    "recent_median": levels.recent_median,
    "year_median": partial(levels.recent_median, weeks=52),
    "year_mean": partial(levels.recent_mean, weeks=52),
    "smoothed": levels.smoothed,
    "log_smoothed": levels.log_smoothed,
    "log_smoothed_fast": partial(levels.log_smoothed, alpha=0.3),
}

MEMBERS: tuple[str, ...] = ("prophet", "arima", *LINES)


def run_member(name: str, problem: ForecastProblem) -> MemberRun:
    """Run the member called `name`; whatever a library raises is left to the caller."""
    if name == "prophet":
        return run_prophet(problem)
    if name == "arima":
        return run_arima(problem)
    return run_line(name, LINES[name], problem)
