"""One stage at a time, at once, for debugging; nothing is stored."""

from fastapi import APIRouter, Request

from api.database import database_of
from api.errors import problem_responses
from schemas.debugging import DemandInput, InventoryInput, PricingInput, StageAnswer
from tasks.allocation.service import allocate_now
from tasks.demand.service import forecast_now
from tasks.markdown.service import price_now

router = APIRouter(prefix="/api/agents", tags=["agents"])
ERRORS = problem_responses(401, 404, 422, 503)


@router.post("/demand/forecast", summary="Forecast a season now", responses=ERRORS)
def forecast(request: Request, body: DemandInput) -> StageAnswer:
    """The demand stage on the stored history."""
    settings = request.app.state.settings
    result, _ = forecast_now(database_of(request), body.category_id, body.parameters, settings)
    return StageAnswer(result=result.model_dump(mode="json"))


@router.post("/inventory/allocate", summary="Buy and allocate now", responses=ERRORS)
def allocate(request: Request, body: InventoryInput) -> StageAnswer:
    """The demand, clustering and inventory stages on the stored history."""
    settings = request.app.state.settings
    clustering, allocation = allocate_now(database_of(request), body, settings=settings)
    clusters = clustering.model_dump(mode="json")
    return StageAnswer(result={"clustering": clusters, "allocation": allocation.model_dump(mode="json")})


@router.post("/pricing/analyze", summary="Weigh a markdown now", responses=problem_responses(401, 422))
def analyze(request: Request, body: PricingInput) -> StageAnswer:
    """The markdown ladder for given stock and demand."""
    result = price_now(body, seed=request.app.state.settings.seed)
    return StageAnswer(result=result.model_dump(mode="json"))
