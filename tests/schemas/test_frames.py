"""The frames that pass between stages refuse what later stages could not use."""

from data import generate_retailer
from schemas.frames import HistoryFrame, StoresFrame


def test_the_sample_retailer_keeps_to_the_frames() -> None:
    retailer = generate_retailer()
    HistoryFrame.validate(retailer.history.head(1000).astype({"quantity_sold": float, "stockout": object}))
    numbers = retailer.stores.select_dtypes("number").columns
    StoresFrame.validate(retailer.stores.astype(dict.fromkeys(numbers, float)))
