"""Fits of the pooled forecaster as files under the home directory: a cache, which may be deleted."""

import logging
import os
from pathlib import Path

import joblib
import sklearn

from schemas.settings import Settings
from tasks.planning.demand.forecasters.pooled import PooledFit

MOST_KEPT = 40
logger = logging.getLogger(__name__)


class KeptFiles:
    """Fits by key, the latest kept."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def get(self, key: str) -> PooledFit | None:
        """The fit that was kept under `key`; one that cannot be read is made anew."""
        path = self._path(key)
        if not path.exists():
            return None
        try:
            fit = joblib.load(path)
        except Exception:
            logger.warning("The kept fit %s cannot be read and is made anew", path, exc_info=True)
            return None
        return fit if isinstance(fit, PooledFit) else None

    def put(self, key: str, fit: PooledFit) -> None:
        """Keep it, whole or not at all, and forget the oldest."""
        self._directory.mkdir(parents=True, exist_ok=True)
        part = self._path(f"{key}.{os.getpid()}").with_suffix(".part")
        joblib.dump(fit, part, compress=3)
        part.replace(self._path(key))
        oldest = sorted(self._directory.glob("*.fit"), key=lambda path: path.stat().st_mtime)[:-MOST_KEPT]
        for path in oldest:
            path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        """A file of the library's version alone: another one may not read it."""
        return self._directory / f"{key}-{sklearn.__version__}.fit"


def kept_fits(settings: Settings) -> KeptFiles:
    """Where this installation keeps its fits."""
    return KeptFiles(settings.home / "pooled")
