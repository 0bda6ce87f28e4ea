"""AppConfig's schema of what is live says what the functions' model says, in the draft that AppConfig takes."""

import json
from typing import Any

import pytest
from jsonschema import Draft4Validator
from pydantic import ValidationError

from foundation.live_schema import draft_4
from genai_foundation.live.configuration import SCHEMA
from genai_runtime.live.records import Document

STABLE: dict[str, Any] = {"prompts": {"api-answer": 2}, "models": {}, "guardrail": {"name": "baseline", "version": 1}}
EXPERIMENT: dict[str, Any] = {
    "id": "faster", "kind": "canary", "candidate": STABLE, "share": 0.1, "started_at": "2026-01-01T00:00:00Z",
    "limits": [{"metric": "failed", "share": 0.05}, {"metric": "slow", "share": 0.1, "slow_ms": 2000}],
}  # fmt: skip
DOCUMENT: dict[str, Any] = {"use_case": "claims", "sequence": 1, "manifest": None, "stable": STABLE}
VALID: list[dict[str, Any]] = [
    DOCUMENT,
    {**DOCUMENT, "manifest": "a" * 64, "experiment": None},
    {**DOCUMENT, "experiment": EXPERIMENT},
    {**DOCUMENT, "experiment": {**EXPERIMENT, "kind": "ab", "share": 1, "minimum": 100, "manifest": "b" * 64}},
]
INVALID: list[dict[str, Any]] = [
    {**DOCUMENT, "surprise": 1},
    {**DOCUMENT, "sequence": 0},
    {**DOCUMENT, "manifest": "short"},
    {key: value for key, value in DOCUMENT.items() if key != "manifest"},
    {**DOCUMENT, "stable": {**STABLE, "prompts": {"Not A Name": 1}}},
    {**DOCUMENT, "stable": {**STABLE, "prompts": {"api-answer": 0}}},
    {**DOCUMENT, "stable": {**STABLE, "models": {"api-answer": ""}}},
    {**DOCUMENT, "experiment": {**EXPERIMENT, "share": 0}},
    {**DOCUMENT, "experiment": {**EXPERIMENT, "alpha": 0.5}},
    {**DOCUMENT, "experiment": {**EXPERIMENT, "limits": []}},
    {**DOCUMENT, "experiment": {**EXPERIMENT, "kind": "blue-green"}},
    {**DOCUMENT, "experiment": {**EXPERIMENT, "limits": [{"metric": "failed", "share": 1}]}},
]


def schema() -> dict[str, Any]:
    """As templates carry it."""
    read: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return read


def test_the_committed_schema_is_the_model_s() -> None:
    assert schema() == draft_4(Document), "run `foundation schema`"


def test_it_is_a_schema_of_draft_4() -> None:
    Draft4Validator.check_schema(schema())


@pytest.mark.parametrize("document", VALID)
def test_schema_and_model_take_a_valid_document(document: dict[str, Any]) -> None:
    Draft4Validator(schema()).validate(document)
    written = Document.model_validate(document).model_dump_json()
    Draft4Validator(schema()).validate(json.loads(written))


@pytest.mark.parametrize("document", INVALID)
def test_fails_on_an_invalid_document_in_the_schema_as_in_the_model(document: dict[str, Any]) -> None:
    assert not Draft4Validator(schema()).is_valid(document)
    with pytest.raises(ValidationError):
        Document.model_validate(document)
