"""Old results of runs, deleted: Prefect's server deletes its records, but not the files beside them."""

import asyncio
import logging
import time
from pathlib import Path

from prefect.settings import get_current_settings

from schemas.settings import Settings

EVERY_SECONDS = SECONDS_A_DAY = 86_400
log = logging.getLogger(__name__)


async def prune_daily(settings: Settings) -> None:
    """Delete old results once a day, until cancelled."""
    folder = get_current_settings().results.local_storage_path
    while True:
        try:
            await asyncio.to_thread(prune_results, folder, older_than_days=settings.keep_runs_days)
        except OSError:
            log.warning("old results in %s were not deleted; trying again tomorrow", folder, exc_info=True)
        await asyncio.sleep(EVERY_SECONDS)


def prune_results(folder: Path, *, older_than_days: float) -> int:
    """Delete the files that nobody wrote for so long; a stage that misses one reads the database again.

    Returns:
        How many were deleted.
    """
    oldest = time.time() - older_than_days * SECONDS_A_DAY
    old = [file for file in folder.rglob("*") if file.is_file() and file.stat().st_mtime < oldest]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)
