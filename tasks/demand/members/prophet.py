"""Prophet: a bending trend, a smooth year and the country's holidays."""

import logging
from typing import Any

import numpy as np
import pandas as pd

from tasks.demand.defaults import DEFAULTS
from tasks.demand.members.base import MemberRun, clip
from tasks.demand.paths import Floats
from tasks.demand.problem import ForecastProblem

YEAR = DEFAULTS.season_weeks


def run_prophet(problem: ForecastProblem) -> MemberRun:
    """Fit on the whole history and again at the latest origins."""
    lead, gap = problem.lead, problem.gap
    length = len(problem.history)
    path = _forecast(problem, length)[gap:]
    rehearsals = np.full((len(problem.origins), len(problem.panel), problem.weeks), np.nan)
    for row, origin in list(enumerate(problem.origins))[-DEFAULTS.slow_origins :]:
        rehearsals[row, 0] = _forecast(problem, origin)[gap:lead]
    return MemberRun("prophet", clip(path), clip(rehearsals))


def _forecast(problem: ForecastProblem, origin: int) -> Floats:
    history = problem.aligned(origin)[0]
    scale = float(history.max()) or 1.0
    frame = pd.DataFrame({"ds": problem.week_starts(0, origin), "y": history / scale})
    model = _model(yearly=origin >= YEAR)
    model.fit(frame, seed=problem.seed, iter=300)
    ahead = pd.DataFrame({"ds": problem.week_starts(origin, origin + problem.lead)})
    return np.asarray(model.predict(ahead)["yhat"], dtype=float) * scale


def _model(*, yearly: bool) -> Any:
    from prophet import Prophet

    logging.getLogger("cmdstanpy").disabled = True
    return Prophet(
        yearly_seasonality=8 if yearly else False,
        weekly_seasonality=False,
        daily_seasonality=False,
        seasonality_mode="multiplicative",
        n_changepoints=12,
        uncertainty_samples=0,
    )
