"""Files in: sales history and stores."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, File, Request, UploadFile

from api.database import database_of
from api.errors import problem_responses
from models.imports import import_history, import_promotions, import_stores
from schemas.errors import UnsupportedMediaError
from schemas.resources import HistoryImported, PromotionsImported, StoresImported
from tasks.demand.service import learn_from_all

router = APIRouter(prefix="/api/data", tags=["data"])
MEBIBYTE = 1024 * 1024
CSV_TYPES = {
    "text/csv",
    "text/plain",
    "application/csv",
    "application/vnd.ms-excel",
    "application/octet-stream",
    "",
}
CsvFile = Annotated[UploadFile, File(description="A CSV file, UTF-8")]


def max_upload_bytes(request: Request) -> int:
    """The most that an upload may weigh."""
    return int(request.app.state.settings.max_upload_mb) * MEBIBYTE


def require_csv(file: UploadFile) -> None:
    """Refuse what says itself that it is no CSV file."""
    if (file.content_type or "").partition(";")[0].strip() not in CSV_TYPES:
        raise UnsupportedMediaError(f"{file.content_type} is not a CSV file; send text/csv")


@router.post(
    "/upload-historical-sales",
    summary="Import a sales history",
    responses=problem_responses(401, 413, 415, 422, 503),
)
def upload_history(request: Request, file: CsvFile, after: BackgroundTasks) -> HistoryImported:
    """date, category, store_id, quantity_sold, revenue; daily or weekly. The file is taken whole or not at
    all; the same file twice changes nothing. What categories teach each other is learnt afterwards."""
    require_csv(file)
    database, today = database_of(request), datetime.now(UTC).date()
    told = import_history(database, file.file, max_bytes=max_upload_bytes(request), today=today)
    after.add_task(learn_from_all, database, request.app.state.settings, before=today + timedelta(days=1))
    return told


@router.post("/upload-stores", summary="Import stores", responses=problem_responses(401, 413, 415, 422, 503))
def upload_stores(request: Request, file: CsvFile) -> StoresImported:
    """store_id, store_name and whichever attributes are known; other columns are kept."""
    require_csv(file)
    return import_stores(database_of(request), file.file, max_bytes=max_upload_bytes(request))


@router.post(
    "/upload-promotions",
    summary="Import a promotion calendar",
    responses=problem_responses(401, 404, 413, 415, 422, 503),
)
def upload_promotions(request: Request, file: CsvFile) -> PromotionsImported:
    """category, start_date, end_date, discount and, where one store promotes, store_id; past and ahead. It
    takes the place of what was known of the categories in it."""
    require_csv(file)
    return import_promotions(database_of(request), file.file, max_bytes=max_upload_bytes(request))
