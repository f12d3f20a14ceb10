"""The frames that come in and that stages pass on, as pandera models; each check's words are its reason.

A number that cannot be read arrives as infinity, any other such cell as null, so that one validation finds
every kind of fault. `schemas.csv` adds the file's row and the cell as it was written.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from schemas.attributes import STORE_NUMBERS

Mask: TypeAlias = "pd.Series[bool]"

UNREADABLE = "unreadable"
MISSING = "not_nullable"
FORMULA_STARTS = ("=", "+", "-", "@")
ID_LENGTH = 64
NAME_LENGTH = 200
MOST_UNITS = 1e9

FORMULA = "starts like a spreadsheet formula (=, +, - or @); write it as plain text"
CONTROL = "holds a line break or another control character; write it on one line"
LONG_ID = f"is longer than {ID_LENGTH} characters"
LONG_NAME = f"is longer than {NAME_LENGTH} characters"
NEGATIVE_UNITS = "is negative; net returns against sales of the same day or week, or leave them out"
NEGATIVE = "is negative"
TOO_MANY = f"is more than {MOST_UNITS:,.0f} units; is it the right column?"
NOT_POSITIVE = "is not above zero; leave the cell empty if it is unknown"
NOT_WHOLE = "is not a whole number"
NOT_A_SHARE = "is not between 0 and 1; write 34 % as 0.34"

_NAMES = "^(category|store_name|location_tier)$"
_TEXTS = "^(category|store_id|store_name|location_tier)$"
_UNITS = "^(quantity_sold|units_sold|on_hand)$"
_SALES = "^(quantity_sold|units_sold|on_hand|revenue|week_number)$"
_ATTRIBUTES = f"^({'|'.join(STORE_NUMBERS)})$"


def _each_text(texts: "pd.Series[Any]", fine: Callable[[str], bool]) -> Mask:
    """Whether each text is `fine`, asked once a distinct text; null is."""
    answers = {text: not isinstance(text, str) or fine(text) for text in texts.unique()}
    return texts.map(answers).astype(bool)


class _Texts(pa.DataFrameModel):
    """What every text column must keep to."""

    @pa.check(_TEXTS, regex=True, error=FORMULA)
    @classmethod
    def _no_formula(cls, texts: "pd.Series[Any]") -> Mask:
        return _each_text(texts, lambda text: not text.startswith(FORMULA_STARTS))

    @pa.check(_TEXTS, regex=True, error=CONTROL)
    @classmethod
    def _printable(cls, texts: "pd.Series[Any]") -> Mask:
        return _each_text(texts, str.isprintable)

    @pa.check("store_id", error=LONG_ID)
    @classmethod
    def _short_id(cls, texts: "pd.Series[Any]") -> Mask:
        return _each_text(texts, lambda text: len(text) <= ID_LENGTH)


class _Names(_Texts):
    """What a column of names must keep to."""

    @pa.check(_NAMES, regex=True, error=LONG_NAME)
    @classmethod
    def _short_name(cls, texts: "pd.Series[Any]") -> Mask:
        return _each_text(texts, lambda text: len(text) <= NAME_LENGTH)


class _Sales(_Texts):
    """What the numbers of sales must keep to."""

    @pa.check(_SALES, regex=True, error=UNREADABLE)
    @classmethod
    def _read(cls, numbers: "pd.Series[float]") -> Mask:
        return np.isfinite(numbers)  # type: ignore[return-value]  # a series gives a series

    @pa.check(_UNITS, regex=True, error=NEGATIVE_UNITS)
    @classmethod
    def _units(cls, numbers: "pd.Series[float]") -> Mask:
        return numbers >= 0

    @pa.check(_UNITS, regex=True, error=TOO_MANY)
    @classmethod
    def _plausible(cls, numbers: "pd.Series[float]") -> Mask:
        return (numbers <= MOST_UNITS) | np.isinf(numbers)


class HistoryFrame(_Sales, _Names):
    """Sales of a category in a store on a day, or in the week that starts then.

    Units may be fractions (weights); `revenue` is what was paid for them, `on_hand` what was there to sell,
    `stockout` whether demand was turned away.
    """

    date: Series[pd.Timestamp]
    category: Series[str]
    store_id: Series[str]
    quantity_sold: Series[float]
    revenue: Series[float] | None = pa.Field(nullable=True)
    on_hand: Series[float] | None = pa.Field(nullable=True)
    stockout: Series[object] | None = pa.Field(nullable=True)

    @pa.check("revenue", error=NEGATIVE)
    @classmethod
    def _money(cls, numbers: "pd.Series[float]") -> Mask:
        return numbers >= 0

    @pa.check("stockout", error=UNREADABLE)
    @classmethod
    def _flag(cls, flags: "pd.Series[Any]") -> Mask:
        return flags.isin([True, False])


class WeeklySalesFrame(_Sales):
    """Units of the planned category that a store sold in a week of the season; the season's first is 1."""

    store_id: Series[str]
    week_number: Series[float]
    units_sold: Series[float]

    @pa.check("week_number", error=NOT_WHOLE)
    @classmethod
    def _whole(cls, numbers: "pd.Series[float]") -> Mask:
        return (numbers.mod(1) == 0) | np.isinf(numbers)


class DailySalesFrame(_Sales):
    """Units of the planned category that a store sold on a day of the season."""

    date: Series[pd.Timestamp]
    store_id: Series[str]
    quantity_sold: Series[float]


class StoresFrame(_Names):
    """Stores with what clustering reads; every attribute may be absent or empty."""

    store_id: Series[str]
    store_name: Series[str] | None = pa.Field(nullable=True)
    location_tier: Series[str] | None = pa.Field(nullable=True)
    store_size_sqft: Series[float] | None = pa.Field(nullable=True)
    median_income: Series[float] | None = pa.Field(nullable=True)
    foot_traffic: Series[float] | None = pa.Field(nullable=True)
    competitor_density: Series[float] | None = pa.Field(nullable=True)
    online_penetration: Series[float] | None = pa.Field(nullable=True)
    population_density: Series[float] | None = pa.Field(nullable=True)

    @pa.check(_ATTRIBUTES, regex=True, error=UNREADABLE)
    @classmethod
    def _read(cls, numbers: "pd.Series[float]") -> Mask:
        return np.isfinite(numbers)  # type: ignore[return-value]  # a series gives a series

    @pa.check(_ATTRIBUTES, regex=True, error=NEGATIVE)
    @classmethod
    def _not_negative(cls, numbers: "pd.Series[float]") -> Mask:
        return numbers >= 0

    @pa.check("store_size_sqft", error=NOT_POSITIVE)
    @classmethod
    def _has_a_size(cls, numbers: "pd.Series[float]") -> Mask:
        return numbers != 0

    @pa.check("online_penetration", error=NOT_A_SHARE)
    @classmethod
    def _share(cls, numbers: "pd.Series[float]") -> Mask:
        return (numbers <= 1) | np.isinf(numbers)


class PromotionsFrame(_Names):
    """A price cut of a category from one day to another, in a store or in all."""

    category: Series[str]
    start_date: Series[pd.Timestamp]
    end_date: Series[pd.Timestamp]
    discount: Series[float]
    store_id: Series[object] | None = pa.Field(nullable=True)

    @pa.check("discount", error=UNREADABLE)
    @classmethod
    def _read(cls, numbers: "pd.Series[float]") -> Mask:
        return np.isfinite(numbers)  # type: ignore[return-value]  # a series gives a series

    @pa.check("discount", error=NOT_A_SHARE)
    @classmethod
    def _share(cls, numbers: "pd.Series[float]") -> Mask:
        return ((numbers >= 0) & (numbers < 1)) | ~np.isfinite(numbers)
