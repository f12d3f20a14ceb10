"""The extraction's typed result."""

import pytest
from pydantic import ValidationError

from schemas.extraction import ExtractedField, Extraction, FieldSource, ModelUsage
from schemas.parameters import Confidence


def test_usage_adds_up() -> None:
    first = ModelUsage(requests=1, input_tokens=100, output_tokens=20)
    assert first + first == ModelUsage(requests=2, input_tokens=200, output_tokens=40)


def test_a_date_stays_text_in_a_field() -> None:
    field = ExtractedField(
        value="2026-03-02", source=FieldSource.RULES, quote="March 2", confidence=Confidence.HIGH
    )
    assert ExtractedField.model_validate_json(field.model_dump_json()) == field


def test_the_example_of_the_documentation_is_valid() -> None:
    example = Extraction.model_config["json_schema_extra"]["example"]
    assert Extraction.model_validate(example).success


def test_a_source_that_nobody_is_is_refused() -> None:
    with pytest.raises(ValidationError):
        ExtractedField(value=1, source="oracle", quote=None, confidence=Confidence.HIGH)
