"""Forecast a season's remaining weeks again, and share out what the distribution centre has."""

from typing import Any

from prefect import flow

from tasks.narration.task import narrate_revision
from tasks.reforecast.task import reallocate_stock, reforecast_demand


@flow(name="reforecast_season", persist_result=True, validate_parameters=False)
def reforecast_season(workflow_id: str) -> dict[str, Any]:
    """Correct the forecast by what was sold, as a new revision beside the old one, and allocate the centre's
    stock again. Started by the API or the weekly review; safe to run again from any point."""
    forecast = reforecast_demand(workflow_id)
    allocation = reallocate_stock(workflow_id)
    narrate_revision(workflow_id)
    return {**forecast, **allocation}
