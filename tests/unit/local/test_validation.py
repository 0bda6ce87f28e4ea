"""The check of properties against a resource schema."""

from __future__ import annotations

from typing import Any

import pytest

from foundation.local.types.schemas import schema_of, type_index
from foundation.local.types.validation import problems

SCHEMA: dict[str, Any] = {
    "additionalProperties": False,
    "required": ["Name"],
    "readOnlyProperties": ["/properties/Arn", "/properties/State/Code"],
    "definitions": {
        "Rule": {
            "type": "object",
            "additionalProperties": False,
            "required": ["Days"],
            "properties": {"Days": {"type": "integer"}, "Next": {"$ref": "#/definitions/Rule"}},
        }
    },
    "properties": {
        "Name": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 5},
        "Arn": {"type": "string"},
        "On": {"type": "boolean"},
        "Mode": {"type": "string", "enum": ["GOVERNANCE", "COMPLIANCE"]},
        "Rules": {"type": "array", "items": {"$ref": "#/definitions/Rule"}, "minItems": 1, "maxItems": 2},
        "Labels": {"type": "object", "additionalProperties": False, "patternProperties": {"^[A-Z]+$": {}}},
        "Free": {"type": ["object", "string"]},
        "State": {"type": "object", "properties": {"Code": {"type": "string"}}},
        "Odd": {"type": "string", "pattern": "^\\p{L}+$"},
    },
}


@pytest.mark.parametrize(
    "properties",
    [
        {"Name": "abc"},
        {"Name": "abc", "On": True},
        {"Name": "abc", "On": "false", "Rules": [{"Days": "30", "Next": {"Days": 1}}]},
        {"Name": "abc", "Labels": {"A": 1}, "Free": {"any": "thing"}},
        {"Name": "abc", "Free": "{}", "Mode": "GOVERNANCE"},
        {"Name": "abc", "Odd": "a pattern that only Java can read isn't checked"},
    ],
)
def test_good_properties_have_no_problem(properties: dict[str, Any]) -> None:
    assert problems(SCHEMA, properties) == []


@pytest.mark.parametrize(
    ("properties", "problem"),
    [
        ({}, "#: required key [Name] not found"),
        ({"Name": "abc", "Nmae": 1}, "#: extraneous key [Nmae] is not permitted"),
        ({"Name": "abc", "Arn": "arn:x"}, "#: Arn is read-only and can't be set"),
        ({"Name": "ABC"}, "#/Name: string [ABC] does not match pattern ^[a-z]+$"),
        ({"Name": "abcdef"}, "#/Name: length 6 is outside 0..5"),
        ({"Name": "abc", "On": "yes"}, "#/On: expected type: boolean, found: str"),
        ({"Name": "abc", "Mode": "OFF"}, "#/Mode: OFF is not a valid enum value, allowed: GOVERNANCE, COMPLIANCE"),
        ({"Name": "abc", "Rules": []}, "#/Rules: expected minimum item count: 1, found: 0"),
        ({"Name": "abc", "Rules": [{"Days": 1}] * 3}, "#/Rules: expected maximum item count: 2, found: 3"),
        ({"Name": "abc", "Rules": [{"Days": True}]}, "#/Rules/0/Days: expected type: integer, found: bool"),
        ({"Name": "abc", "Rules": [{"Days": 1, "Next": {}}]}, "#/Rules/0/Next: required key [Days] not found"),
        ({"Name": "abc", "Rules": "one"}, "#/Rules: expected type: array, found: str"),
        ({"Name": ["abc"]}, "#/Name: expected type: string, found: list"),
        ({"Name": "abc", "Labels": {"a": 1}}, "#/Labels: extraneous key [a] is not permitted"),
    ],
)
def test_fails_on_what_the_schema_refuses(properties: dict[str, Any], problem: str) -> None:
    assert problem in problems(SCHEMA, properties)


def test_schemas_are_those_of_the_region() -> None:
    assert "AWS::Bedrock::Guardrail" in type_index("eu-west-1")
    assert type_index("nowhere-1") == {}
    assert schema_of("AWS::Nothing::AtAll", "eu-west-1") is None
    guardrail = schema_of("AWS::Bedrock::Guardrail", "eu-central-1")
    assert guardrail is not None
    assert "BlockedInputMessaging" in guardrail["required"]
