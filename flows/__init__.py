"""The flows: each the sequence of a planner's work, its steps in `tasks/`."""

from typing import Any

from prefect import Flow

from flows.markdown import markdown_season
from flows.reforecast import reforecast_season
from flows.season import plan_season
from flows.weekly import weekly_variance

FLOWS: tuple[Flow[..., Any], ...] = (plan_season, weekly_variance, reforecast_season, markdown_season)
