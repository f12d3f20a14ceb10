"""CSV files in: read once, checked whole, in bounded memory."""

from schemas.csv.history import HistoryFile, read_sales_history
from schemas.csv.promotions import PromotionsFile, read_promotions
from schemas.csv.source import Progress, Source
from schemas.csv.stores import StoresFile, read_stores
from schemas.csv.weekly import PlannedWeeks, WeeklySales, read_weekly_sales

__all__ = [
    "HistoryFile",
    "PlannedWeeks",
    "Progress",
    "PromotionsFile",
    "Source",
    "StoresFile",
    "WeeklySales",
    "read_promotions",
    "read_sales_history",
    "read_stores",
    "read_weekly_sales",
]
