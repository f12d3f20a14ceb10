"""The sample retailer as CSV files in the product's formats."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data import truth
from data.retailer import DEFAULT_SEED, Retailer, generate_retailer


@dataclass(frozen=True)
class RetailerFiles:
    """Where `write_retailer` put what.

    Attributes:
        daily: by scenario: every category's days.
        weekly: by (scenario, category_id): store_id, week_number, units_sold.
    """

    stores: Path
    history: Path
    promotions: Path
    daily: dict[str, Path]
    weekly: dict[tuple[str, str], Path]


def write_retailer(
    directory: Path, seed: int = DEFAULT_SEED, retailer: Retailer | None = None
) -> RetailerFiles:
    """Write the sample retailer under `directory`; the same seed writes the same bytes.

    Args:
        directory: made where it is missing; files of the same name are replaced.
        seed: of the retailer.
        retailer: one already made, written as it is.
    """
    retailer = retailer or generate_retailer(seed)
    directory.mkdir(parents=True, exist_ok=True)
    stores = _write(retailer.stores, directory / "stores.csv")
    history = _write(retailer.history, directory / "historical_sales.csv")
    promotions = _write(retailer.promotions, directory / "promotions.csv")
    daily, weekly = {}, {}
    for scenario, season in retailer.seasons.items():
        folder = directory / "seasons" / scenario
        folder.mkdir(parents=True, exist_ok=True)
        daily[scenario] = _write(season, folder / "daily.csv")
        for category in truth.CATEGORIES:
            rows = weekly_units(season[season["category"] == category.name])
            weekly[scenario, category.category_id] = _write(
                rows, folder / f"weekly_{category.category_id}.csv"
            )
    return RetailerFiles(stores, history, promotions, daily, weekly)


def weekly_units(season: pd.DataFrame) -> pd.DataFrame:
    """One category's season days as store_id, week_number, units_sold, in the order of weeks and stores."""
    week = (season["date"] - pd.Timestamp(truth.SEASON_START)).dt.days // 7 + 1
    rows = season.assign(week_number=week, units_sold=season["quantity_sold"])
    units = rows.groupby(["week_number", "store_id"])["units_sold"].sum().reset_index()
    return pd.DataFrame(units[["store_id", "week_number", "units_sold"]])


def _write(frame: pd.DataFrame, path: Path) -> Path:
    # A fixed line end and date format: the same bytes on every system.
    frame.to_csv(path, index=False, lineterminator="\n", date_format="%Y-%m-%d", encoding="utf-8")
    return path
