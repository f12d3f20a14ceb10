"""A season played through the stages on a real database, without an engine: what a planner, stores and the
calendar would do."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from models.approvals import MANUFACTURING, MARKDOWN
from models.plans import require_forecast_of
from models.session import Database
from models.workflows import NewWorkflow, create_workflow, get_workflow, save_season_parameters
from schemas.economics import NOTHING_GIVEN, GivenTerms
from schemas.forecasts import SeasonForecast
from schemas.parameters import SeasonParameters
from schemas.settings import Settings
from schemas.stages import (
    ALLOCATE_INVENTORY,
    ANALYZE_MARKDOWN,
    CLUSTER_STORES,
    EXTRACT_PARAMETERS,
    FINALISE_ORDER,
    FORECAST_DEMAND,
    PLAN_MARKDOWN,
    REALLOCATE_STOCK,
    REFORECAST_DEMAND,
    SETTLE_MARKDOWN,
    Stage,
    WorkflowType,
)
from tasks.allocation import service as allocation
from tasks.approval import service as approval
from tasks.clustering import service as clustering
from tasks.demand import service as demand
from tasks.markdown import service as markdown
from tasks.parameters import service as parameters_stage
from tasks.planning.demand.ensemble import combine
from tasks.planning.demand.forecast import run_forecasters
from tasks.reforecast import service as reforecast
from tasks.seasons.service import StoredSeason, load_season
from tasks.stage import Nobody, StageRun
from tasks.variance import service as variance

CATEGORY = "womens_dresses"
MAX_BYTES = 1 << 24
Faced = Callable[[int, float], np.ndarray]


@dataclass
class Played:
    """What was decided, week by week."""

    made: int
    first_shipment: dict[str, int]
    shipments: dict[int, dict[str, int]] = field(default_factory=dict)
    reforecasts: dict[int, list[int]] = field(default_factory=dict)
    depths: list[float] = field(default_factory=list)


class LiveSeason:
    """Seasons on one database, each stage by its service; `play` accepts every approval as it is asked."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings = database, settings

    def forecast(self, parameters: SeasonParameters) -> SeasonForecast:
        """What the demand stage would store."""
        workflow_id = self.record(parameters, NOTHING_GIVEN)
        self._stage(EXTRACT_PARAMETERS, workflow_id, parameters_stage.settle_parameters)
        problem = demand.read_problem(self._run(FORECAST_DEMAND, workflow_id))
        return combine(problem, run_forecasters(problem, lambda _fraction, _message: None))

    def play(
        self, parameters: SeasonParameters, terms: GivenTerms, forecast: SeasonForecast, faced: Faced
    ) -> Played:
        """Plan the season, approve it, and sell `faced(week, depth)` units a store from what is there."""
        forecast_id = self.plan(parameters, terms, forecast)
        season = self.season(forecast_id)
        rows = season.allocation.store_allocations
        played = Played(
            made=season.allocation.manufacturing_qty,
            first_shipment={row.store_id: row.initial_allocation for row in rows},
        )
        for week in range(1, parameters.forecast_horizon_weeks + 1):
            self._week(forecast_id, week, faced, played)
        return played

    def plan(self, parameters: SeasonParameters, terms: GivenTerms, forecast: SeasonForecast) -> str:
        """Plan a season by a forecast that is made already, and approve its order; gives its forecast."""
        workflow_id = self.record(parameters, terms)
        self.foresee(workflow_id, forecast)
        self._stage(CLUSTER_STORES, workflow_id, clustering.cluster)
        self._stage(ALLOCATE_INVENTORY, workflow_id, allocation.propose)
        approval.ask_for_order(self.database, workflow_id, days=1)
        self.decide(workflow_id, MANUFACTURING, "accept")
        self._stage(FINALISE_ORDER, workflow_id, allocation.finalise)
        self._stage(PLAN_MARKDOWN, workflow_id, markdown.plan)
        with self.database.read() as session:
            return require_forecast_of(session, workflow_id).forecast_id

    def record(self, parameters: SeasonParameters, terms: GivenTerms) -> str:
        """Put a workflow on record, as the API does."""
        body = {
            "category_id": CATEGORY,
            "user_input": None,
            "parameters": parameters.model_dump(mode="json"),
            "terms": terms.model_dump(mode="json"),
        }
        now = datetime.now(UTC)
        new = NewWorkflow(WorkflowType.FORECAST, CATEGORY, body, now, unique=f"{now.timestamp()}")
        with self.database.write() as session:
            workflow_id = create_workflow(session, new)[0].workflow_id
            save_season_parameters(session, workflow_id, parameters)
            return workflow_id

    def foresee(self, workflow_id: str, forecast: SeasonForecast) -> None:
        """Run a workflow's first two stages, by a forecast that is made already."""
        self._stage(EXTRACT_PARAMETERS, workflow_id, parameters_stage.settle_parameters)
        self._stage(FORECAST_DEMAND, workflow_id, lambda run: demand.store_forecast(run, forecast))

    def sell(self, forecast_id: str, week: int, faced: Faced) -> str | None:
        """Sell a week from what is there and report it; gives the re-forecast that this calls for."""
        season = self.season(forecast_id)
        sold = np.minimum(season.state.stock.on_hand, faced(week, season.state.depth))
        imported = variance.import_weekly_sales(
            self.database,
            forecast_id,
            io.BytesIO(_csv(week, season.state.recipe.store_ids, sold)),
            max_bytes=MAX_BYTES,
            today=season.root.season_start_date + timedelta(weeks=week),
            threshold=self.settings.variance_threshold,
        )
        return imported.reforecast

    def decide(self, workflow_id: str, kind: str, decision: str) -> None:
        """Decide what is asked, as it is asked."""
        asked = approval.open_approval(self.database, workflow_id, kind)
        approval.record_decision(
            self.database, asked, decision=decision, decided_by="anna", after=asked.data, note=None
        )

    def recommend(self, workflow_id: str) -> None:
        """Weigh a markdown that was called for, and ask for it."""
        self._stage(ANALYZE_MARKDOWN, workflow_id, markdown.analyse)
        approval.ask_for_markdown(self.database, workflow_id, days=1)

    def season(self, forecast_id: str) -> StoredSeason:
        """The season as it stands."""
        with self.database.read() as session:
            return load_season(session, forecast_id)

    def _week(self, forecast_id: str, week: int, faced: Faced, played: Played) -> None:
        season = self.season(forecast_id)
        played.depths.append(season.state.depth)
        ends = season.root.season_start_date + timedelta(weeks=week)
        reforecast_workflow = self.sell(forecast_id, week, faced)
        if reforecast_workflow is not None:
            self._reforecast(reforecast_workflow)
            played.reforecasts[week] = list(self.season(forecast_id).state.published.units)
        reviewed = variance.review_season(
            self.database, forecast_id, ends, threshold=self.settings.variance_threshold
        )
        if "replenished_week" in reviewed.report:
            sent = self.season(forecast_id).state.stock.received
            store_ids = season.state.recipe.store_ids
            played.shipments[week + 1] = dict(zip(store_ids, sent[week].tolist(), strict=True))
        for workflow_id in reviewed.followups:
            if self._type(workflow_id) == WorkflowType.MARKDOWN:
                self._mark_down(workflow_id)

    def _reforecast(self, workflow_id: str) -> None:
        self._stage(REFORECAST_DEMAND, workflow_id, reforecast.correct)
        self._stage(REALLOCATE_STOCK, workflow_id, reforecast.share_out)

    def _mark_down(self, workflow_id: str) -> None:
        if approval.read_decision(self.database, workflow_id, MARKDOWN) is not None:
            return
        self.recommend(workflow_id)
        self.decide(workflow_id, MARKDOWN, "accept")
        self._stage(SETTLE_MARKDOWN, workflow_id, markdown.settle)

    def _run(self, stage: Stage, workflow_id: str) -> StageRun:
        now = datetime.now(UTC)
        return StageRun(stage, workflow_id, self.settings, self.database, now, Nobody())

    def _stage(self, stage: Stage, workflow_id: str, function: Callable[[StageRun], Any]) -> None:
        function(self._run(stage, workflow_id))

    def _type(self, workflow_id: str) -> str:
        with self.database.read() as session:
            return get_workflow(session, workflow_id).workflow_type


def _csv(week: int, store_ids: Any, sold: np.ndarray) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["store_id", "week_number", "units_sold"])
    writer.writerows([store, week, int(units)] for store, units in zip(store_ids, sold, strict=True))
    return text.getvalue().encode()
