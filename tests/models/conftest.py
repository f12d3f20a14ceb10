"""Rows that tests of the database start from."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sample_values import BACKTEST, EXPLANATION, INTERVAL, RECIPE

from models.base import make_id
from models.catalogue import save_categories
from models.plans import Forecast, save_forecast
from models.session import Database
from models.workflows import NewWorkflow, create_workflow
from schemas.stages import WorkflowType

NOW = datetime(2025, 1, 6, 9, tzinfo=UTC)


@pytest.fixture
def write_forecast(database: Database) -> Callable[..., str]:
    """Writes a forecast of hats with a workflow of its own, but for what is named; gives its id."""

    def write(unique: str = "1", **changes: object) -> str:
        with database.write() as session:
            save_categories(session, ["Hats"])
            new = NewWorkflow(WorkflowType.FORECAST, "hats", {}, NOW, unique=unique)
            workflow, _ = create_workflow(session, new)
            values = {
                "forecast_id": make_id("fc", unique),
                "workflow_id": workflow.workflow_id,
                "category_id": "hats",
                "revision": 1,
                "season_start_date": date(2025, 2, 17),
                "season_end_date": date(2025, 5, 11),
                "season": "Spring 2025",
                "first_week": 1,
                "total_season_demand": 100,
                "weekly_demand_curve": (),
                "forecasting_method": "ensemble_prophet_arima",
                "models_used": (),
                "model_weights": {},
                "peak_week": 3,
                "season_total_interval": INTERVAL,
                "backtest": BACKTEST,
                "recipe": RECIPE,
                "explanation": EXPLANATION,
                "warnings": (),
                "reasoning": "",
                "created_at": NOW,
                **changes,
            }
            save_forecast(session, Forecast(**values))
        return str(values["forecast_id"])

    return write
