"""What every typed value shares that is made by the method, stored and answered."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Units = Annotated[int, Field(ge=0)]


class Value(BaseModel):
    """Immutable, equal by what it holds; a field that it does not know is an error, never lost."""

    model_config = ConfigDict(frozen=True, extra="forbid")
