"""Each bound and default stands in one place; schemas, tables and the generator say the same."""

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, create_engine, inspect

from api.app import create_app
from data.retailer import STORE_ATTRIBUTES
from data.truth import TierTruth
from models.base import Base
from models.catalogue import Store
from schemas.attributes import STORE_NUMBERS
from schemas.defaults import ELASTICITY, MARKDOWN_LADDER, SAFETY_STOCK, SEASON
from schemas.frames import StoresFrame
from schemas.resources import StoreView
from schemas.settings import Settings

IDENTITY = {"store_id", "store_name", "location_tier"}


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    """The API's schemas, as its users see them."""
    found: dict[str, Any] = create_app(Settings()).openapi()["components"]["schemas"]
    return found


def bounds(schema: dict[str, Any], *names: str) -> tuple[Any, Any]:
    """The lower and upper bound of a field, wherever it may also be null."""
    choices = schema.get("anyOf", [schema])
    [numbers] = [each for each in choices if each.get("type") != "null"]
    return numbers.get(names[0]), numbers.get(names[1])


SHARE = (0, 1)
FIELDS = {
    ("ManufacturingDecision", "safety_stock_pct"): (SAFETY_STOCK.low, SAFETY_STOCK.high),
    ("InventoryInput", "safety_stock_pct"): (SAFETY_STOCK.low, SAFETY_STOCK.high),
    ("MarkdownDecision", "elasticity_coefficient"): (ELASTICITY.low, ELASTICITY.high),
    ("PricingInput", "elasticity_coefficient"): (ELASTICITY.low, ELASTICITY.high),
    ("GivenTerms", "elasticity"): (ELASTICITY.low, ELASTICITY.high),
    ("Economics", "elasticity"): (ELASTICITY.low, ELASTICITY.high),
    ("SeasonParameters-Input", "forecast_horizon_weeks"): (1, SEASON.max_weeks),
    ("SeasonParameters-Input", "dc_holdback_percentage"): SHARE,
    ("SeasonParameters-Input", "markdown_threshold"): SHARE,
    ("MarkdownDecision", "actual_sell_through_pct"): SHARE,
    ("MarkdownDecision", "target_sell_through_pct"): SHARE,
    ("ReforecastRequest", "remaining_weeks"): (0, SEASON.max_weeks - 1),
}


@pytest.mark.parametrize(("model", "field"), FIELDS)
def test_what_the_api_takes_is_bounded_by_the_defaults(
    schemas: dict[str, Any], model: str, field: str
) -> None:
    assert bounds(schemas[model]["properties"][field], "minimum", "maximum") == FIELDS[model, field]


@pytest.mark.parametrize(
    ("model", "field"), [("ReforecastRequest", "actual_sales_week_1_to_n"), ("PricingInput", "weekly_demand")]
)
def test_a_list_of_weeks_is_never_longer_than_a_season(
    schemas: dict[str, Any], model: str, field: str
) -> None:
    limits = bounds(schemas[model]["properties"][field], "minItems", "maxItems")
    assert limits == (1, SEASON.max_weeks)


def test_no_schema_bounds_a_safety_stock_or_an_elasticity_otherwise(schemas: dict[str, Any]) -> None:
    wanted = {
        "safety_stock_pct": (SAFETY_STOCK.low, SAFETY_STOCK.high),
        "elasticity": (ELASTICITY.low, ELASTICITY.high),
        "elasticity_coefficient": (ELASTICITY.low, ELASTICITY.high),
    }
    for model, schema in schemas.items():
        for field, found in schema.get("properties", {}).items():
            if field in wanted:
                limits = bounds(found, "minimum", "maximum")
                assert limits in {wanted[field], (None, None)}, f"{model}.{field}"


def test_a_season_that_says_nothing_has_the_defaults(schemas: dict[str, Any]) -> None:
    known = {
        name: each.get("default") for name, each in schemas["SeasonParameters-Input"]["properties"].items()
    }
    assert known["forecast_horizon_weeks"] == SEASON.weeks
    assert known["dc_holdback_percentage"] == SEASON.holdback
    assert known["markdown_threshold"] == SEASON.markdown_threshold


def test_the_migrated_tables_check_what_the_models_check(sqlite_template: Path) -> None:
    engine = create_engine(f"sqlite:///{sqlite_template}")
    inspector = inspect(engine)
    for table in Base.metadata.sorted_tables:
        stored = {
            each["name"]: plain(each["sqltext"]) for each in inspector.get_check_constraints(table.name)
        }
        meant = {
            str(each.name): plain(str(each.sqltext))
            for each in table.constraints
            if isinstance(each, CheckConstraint)
        }
        assert stored == meant, table.name
    engine.dispose()


def plain(condition: str) -> str:
    """A condition without its outer brackets and spaces."""
    return re.sub(r"\s+", " ", condition.strip()).strip("()")


def test_the_tables_read_their_bounds_from_the_defaults() -> None:
    [horizon] = checks("season_parameters", "horizon_in_range")
    [depth] = checks("markdowns", "depth_in_range")
    assert horizon.endswith(f"BETWEEN 1 AND {SEASON.max_weeks}")
    assert depth.endswith(f"BETWEEN 0 AND {MARKDOWN_LADDER[-1]}")


def checks(table: str, name: str) -> list[str]:
    found = Base.metadata.tables[table].constraints
    return [
        str(each.sqltext) for each in found if isinstance(each, CheckConstraint) and name in str(each.name)
    ]


def test_a_stores_attributes_are_the_same_everywhere() -> None:
    columns = {column.name: column.type.python_type for column in Store.__table__.columns}
    assert tuple(name for name, kind in columns.items() if kind is float) == STORE_NUMBERS
    assert set(StoresFrame.to_schema().columns) - IDENTITY == set(STORE_NUMBERS)
    assert tuple(name for name, f in StoreView.model_fields.items() if f.annotation == float | None) == (
        STORE_NUMBERS
    )
    assert STORE_ATTRIBUTES == STORE_NUMBERS
    assert set(STORE_NUMBERS) < set(TierTruth.__dataclass_fields__)
