"""The first stage: the season's parameters, as sent or read out of the planner's sentence."""

from models.workflows import get_workflow, save_season_parameters
from schemas.errors import InvalidInputError
from schemas.parameters import SeasonParameters
from schemas.stages import EXTRACT_PARAMETERS
from tasks.runtime import StageRun, Summary, stage_task

TIMEOUT_SECONDS = 60


@stage_task(EXTRACT_PARAMETERS, timeout_seconds=TIMEOUT_SECONDS)
def extract_parameters(run: StageRun) -> Summary:
    """Read the season's parameters; a sentence that is read with low confidence starts nothing."""
    with run.database.read() as session:
        request = get_workflow(session, run.workflow_id).request
    if request["parameters"] is None:
        raise InvalidInputError("sentences are not read yet")
    parameters = SeasonParameters.model_validate(request["parameters"])
    with run.database.write() as session:
        save_season_parameters(session, run.workflow_id, parameters)
        return run.finish(session, {"parameters": parameters.model_dump(mode="json")})
