"""CSV files in: read once, checked whole, in bounded memory."""

from schemas.csv.history import HistoryFile, read_sales_history
from schemas.csv.source import Progress, Source
from schemas.csv.stores import StoresFile, read_stores
from schemas.csv.weekly import Season, WeeklySales, read_weekly_sales

__all__ = [
    "HistoryFile",
    "Progress",
    "Season",
    "Source",
    "StoresFile",
    "WeeklySales",
    "read_sales_history",
    "read_stores",
    "read_weekly_sales",
]
