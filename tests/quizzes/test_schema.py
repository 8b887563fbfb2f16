import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from quizzes import reader
from quizzes.__main__ import SCHEMA, schema

VALIDATOR = jsonschema.Draft202012Validator(json.loads(schema()))


def test_the_checked_in_schema_is_the_models_own() -> None:
    assert SCHEMA.read_text("utf-8") == schema(), "write it anew: python -m quizzes schema"


@pytest.mark.parametrize("lesson", reader.lessons())
def test_every_bank_fits_the_schema(lesson: str) -> None:
    VALIDATOR.validate(yaml.safe_load((reader.FOLDER / f"{lesson}.yaml").read_text("utf-8")))


def test_the_schema_refuses_an_unknown_field() -> None:
    bank: Any = yaml.safe_load((reader.FOLDER / "01_request_response_cycle.yaml").read_text("utf-8"))
    bank["items"][0]["chioces"] = []
    assert not VALIDATOR.is_valid(bank)
