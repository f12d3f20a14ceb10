"""What requests and stored values share: bounded numbers and days, text that any database holds, and ids."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic_core import CoreSchema, core_schema

from schemas.defaults import DATES, ELASTICITY, LARGEST, SAFETY_STOCK, SEASON


def _no_other_kind(value: object) -> object:
    """A text or a truth would be taken for a number without a word."""
    if isinstance(value, bool | str):
        raise ValueError("is not a number; write one without quotes")  # noqa: TRY004  pydantic's own way
    return value


_PLAIN = BeforeValidator(_no_other_kind)
Number = Annotated[float, Field(allow_inf_nan=False), _PLAIN]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False), _PLAIN]
SafetyStock = Annotated[float, Field(ge=SAFETY_STOCK.low, le=SAFETY_STOCK.high, allow_inf_nan=False), _PLAIN]
Elasticity = Annotated[float, Field(ge=ELASTICITY.low, le=ELASTICITY.high, allow_inf_nan=False), _PLAIN]
Quantity = Annotated[float, Field(ge=0, le=LARGEST.units, allow_inf_nan=False), _PLAIN]
Money = Annotated[float, Field(ge=0, le=LARGEST.money, allow_inf_nan=False), _PLAIN]
Price = Annotated[float, Field(gt=0, le=LARGEST.money, allow_inf_nan=False), _PLAIN]
UnitCount = Annotated[int, Field(ge=0, le=LARGEST.units), _PLAIN]
Weeks = Annotated[int, Field(ge=1, le=SEASON.max_weeks), _PLAIN]
WeeksLeft = Annotated[int, Field(ge=0, le=SEASON.max_weeks - 1), _PLAIN]
SeasonWeek = Annotated[int, Field(ge=1, le=SEASON.max_weeks, examples=[1])]
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Storable:
    """Marks text that every database can hold: no NUL, no half of a character."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(_storable, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "pattern": r"^[^\x00]*$"}


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("holds a NUL character; leave it out")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("holds half of a surrogate pair; send whole characters")
    return text


def _day_alone(value: object) -> object:
    """A number or a moment would be taken for a day without a word."""
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("is not a day; write YYYY-MM-DD")


def _within_the_calendar(day: date) -> date:
    if not DATES.first <= day <= DATES.last:
        raise ValueError(f"lies outside {DATES.first} to {DATES.last}")
    return day


Text = Annotated[str, Storable()]
Name = Annotated[str, Field(min_length=1, max_length=LARGEST.name), Storable()]
Sentence = Annotated[str, Field(min_length=1, max_length=LARGEST.sentence), Storable()]
Note = Annotated[str, Field(max_length=LARGEST.note), Storable()]
CategoryId = Annotated[Name, Field(description="A category's id or name.", examples=["womens_dresses"])]
Day = Annotated[
    date,
    BeforeValidator(_day_alone),
    AfterValidator(_within_the_calendar),
    Field(description=f"A day from {DATES.first} to {DATES.last}."),
]


def _id(prefix: str) -> Any:
    return Field(pattern=rf"^{prefix}_[0-9A-Za-z]{{1,36}}$", examples=[f"{prefix}_0123456789abcdef"])


WorkflowId = Annotated[str, _id("wf")]
ForecastId = Annotated[str, _id("fc")]


class Sent(BaseModel):
    """What every request's body shares: a field that it does not know is refused, and so is no number."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
