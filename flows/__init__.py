"""The flows: each the sequence of a planner's work, its steps in `tasks/`."""

from typing import Any

from prefect import Flow

from flows.season import plan_season

FLOWS: tuple[Flow[..., Any], ...] = (plan_season,)
