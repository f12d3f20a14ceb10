"""One category of the sample retailer in a few stores: its seasons are planned in seconds."""

import shutil
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from live_season import CATEGORY, LiveSeason

from data import Retailer, generate_retailer, truth
from data.files import write_retailer
from models.imports import import_history, import_stores
from models.session import Database
from schemas.forecasts import SeasonForecast
from schemas.parameters import SeasonParameters
from schemas.settings import Settings

STORES = 9
NAME = next(each.name for each in truth.CATEGORIES if each.category_id == CATEGORY)
PARAMETERS = SeasonParameters(
    season_start_date=truth.SEASON_START, forecast_horizon_weeks=8, markdown_checkpoint_week=2
)


@dataclass(frozen=True)
class Prepared:
    """A small retailer's history on a database, and the forecast that the demand stage makes of it."""

    file: Path
    forecast: SeasonForecast


def prepare(template: Path, folder: Path) -> Prepared:
    """Import the history into a copy of an empty database, and forecast a season."""
    files = write_retailer(folder / "data", retailer=_small(generate_retailer()))
    path = folder / "retailer.db"
    shutil.copy(template, path)
    database = Database(f"sqlite:///{path}")
    import_stores(database, files.stores, max_bytes=1 << 24)
    import_history(database, files.history, max_bytes=1 << 28, today=date(2026, 1, 1))
    forecast = LiveSeason(database, Settings()).forecast(PARAMETERS)
    database.close()
    return Prepared(path, forecast)


def _small(retailer: Retailer) -> Retailer:
    kept = set(retailer.stores["store_id"][:STORES])
    rows = retailer.history
    history = rows[rows["store_id"].isin(kept) & (rows["category"] == NAME)]
    stores = retailer.stores[retailer.stores["store_id"].isin(kept)]
    promotions = retailer.promotions[retailer.promotions["category"] == NAME]
    return replace(retailer, stores=stores, history=history, seasons={}, promotions=promotions)
