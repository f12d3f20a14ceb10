"""The stages of each workflow: who speaks for them in the stream, and how far along the workflow they are."""

from dataclasses import dataclass
from enum import StrEnum

from schemas.messages import Agent

PROGRESS_EVENT = "fashion-forecast.progress"


class WorkflowType(StrEnum):
    """What a workflow does."""

    FORECAST = "forecast"
    REFORECAST = "reforecast"
    MARKDOWN = "markdown"
    VARIANCE = "variance"


@dataclass(frozen=True)
class Stage:
    """A stage; `name` is its Prefect task's. Progress runs from `start_pct` to `end_pct` of its workflow."""

    name: str
    agent: Agent
    start_pct: float
    end_pct: float

    def progress(self, fraction: float) -> float:
        """The workflow's progress when `fraction` (0 to 1) of this stage is done."""
        return self.start_pct + (self.end_pct - self.start_pct) * min(max(fraction, 0.0), 1.0)


EXTRACT_PARAMETERS = Stage("extract_parameters", Agent.ORCHESTRATOR, 0, 5)
FORECAST_DEMAND = Stage("forecast_demand", Agent.DEMAND, 5, 55)
CLUSTER_STORES = Stage("cluster_stores", Agent.INVENTORY, 55, 62)
ALLOCATE_INVENTORY = Stage("allocate_inventory", Agent.INVENTORY, 62, 75)
NARRATE_PLAN = Stage("narrate_plan", Agent.ORCHESTRATOR, 75, 80)
FINALISE_ORDER = Stage("finalise_order", Agent.INVENTORY, 80, 90)
PLAN_MARKDOWN = Stage("plan_markdown", Agent.PRICING, 90, 99)
REFORECAST_DEMAND = Stage("reforecast_demand", Agent.DEMAND, 0, 60)
REALLOCATE_STOCK = Stage("reallocate_stock", Agent.INVENTORY, 60, 95)
NARRATE_REVISION = Stage("narrate_revision", Agent.ORCHESTRATOR, 95, 99)
ANALYZE_MARKDOWN = Stage("analyze_markdown", Agent.PRICING, 0, 75)
NARRATE_MARKDOWN = Stage("narrate_markdown", Agent.ORCHESTRATOR, 75, 80)
SETTLE_MARKDOWN = Stage("settle_markdown", Agent.PRICING, 80, 99)
REVIEW_SEASONS = Stage("review_seasons", Agent.ORCHESTRATOR, 0, 99)

STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        EXTRACT_PARAMETERS,
        FORECAST_DEMAND,
        CLUSTER_STORES,
        ALLOCATE_INVENTORY,
        NARRATE_PLAN,
        FINALISE_ORDER,
        PLAN_MARKDOWN,
        REFORECAST_DEMAND,
        REALLOCATE_STOCK,
        NARRATE_REVISION,
        ANALYZE_MARKDOWN,
        NARRATE_MARKDOWN,
        SETTLE_MARKDOWN,
        REVIEW_SEASONS,
    )
}

NOTED_BY: dict[WorkflowType, Stage] = {
    WorkflowType.FORECAST: NARRATE_PLAN,
    WorkflowType.REFORECAST: NARRATE_REVISION,
    WorkflowType.MARKDOWN: NARRATE_MARKDOWN,
    WorkflowType.VARIANCE: REVIEW_SEASONS,
}

FLOW_NAMES: dict[WorkflowType, str] = {
    WorkflowType.FORECAST: "plan_season",
    WorkflowType.REFORECAST: "reforecast_season",
    WorkflowType.MARKDOWN: "markdown_season",
    WorkflowType.VARIANCE: "weekly_variance",
}
