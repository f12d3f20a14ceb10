"""The frames that pass between stages refuse what later stages could not use."""

import pandas as pd
import pandera.pandas as pa
import pytest

from data import generate_retailer
from schemas.frames import HistoryFrame, StoresFrame, WeeklyFrame

WEEKS = pd.DataFrame(
    {"unique_id": ["A", "A"], "ds": pd.to_datetime(["2024-01-01", "2024-01-08"]), "y": [3.0, 0.0]}
)


def test_the_weekly_frame_takes_whole_numbers_as_units() -> None:
    assert WeeklyFrame.validate(WEEKS.astype({"y": int}))["y"].dtype == float


@pytest.mark.parametrize(
    "broken",
    [
        WEEKS.assign(y=[1.0, -1.0]),
        WEEKS.assign(y=[1.0, None]),
        WEEKS.assign(ds=WEEKS["ds"].iloc[0]),
        WEEKS.assign(more=1),
        WEEKS.drop(columns="y"),
    ],
    ids=["negative", "missing", "one week twice", "another column", "no units"],
)
def test_the_weekly_frame_refuses(broken: pd.DataFrame) -> None:
    with pytest.raises((pa.errors.SchemaError, pa.errors.SchemaErrors)):
        WeeklyFrame.validate(broken)


def test_the_sample_retailer_keeps_to_the_frames() -> None:
    retailer = generate_retailer()
    HistoryFrame.validate(retailer.history.head(1000).astype({"quantity_sold": float, "stockout": object}))
    numbers = retailer.stores.select_dtypes("number").columns
    StoresFrame.validate(retailer.stores.astype(dict.fromkeys(numbers, float)))
