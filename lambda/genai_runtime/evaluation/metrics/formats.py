"""Metrics on the form of an answer."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Never

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.metrics.context import Context, MetricValue, Options
from genai_runtime.evaluation.metrics.registry import metric

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from pydantic import JsonValue

_FENCE = re.compile(r"\s*```(?:json)?[^\S\n]*\n(.*?)\n?[^\S\n]*```\s*", re.DOTALL | re.IGNORECASE)
_SHOWN = 200
_JSON_SCHEMA = ("jsonschema.exceptions", "referencing.jsonschema")


class JsonOptions(Options):
    """How strictly an answer has to be JSON."""

    fence: bool = True
    """Accept a Markdown code fence around the JSON, and nothing else around it."""


@metric("json-schema", kind="rate", needs="json-schema", options=JsonOptions, imports=_JSON_SCHEMA, failure="format")
def json_schema(case: Case, answer: str, context: Context) -> MetricValue:
    """1 when the answer is JSON (RFC 8259, no NaN) that satisfies `expect.json_schema` (draft 2020-12; formats are
    annotations, references stay inside the schema)."""
    fenced = _FENCE.fullmatch(answer) if context.read(JsonOptions).fence else None
    try:
        value = json.loads(fenced[1] if fenced else answer, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        return MetricValue(0.0, f"not JSON: {error}"[:_SHOWN])
    from jsonschema.exceptions import best_match

    worst = best_match(validator(case.expect.json_schema or {}).iter_errors(value))
    return MetricValue(1.0) if worst is None else MetricValue(0.0, f"{worst.json_path}: {worst.message}"[:_SHOWN])


@metric("pattern", kind="rate", needs="pattern", failure="format")
def pattern(case: Case, answer: str, _context: Context) -> MetricValue:
    """1 when `expect.pattern` (Python's `re`, searched) is found in the answer."""
    wanted = case.expect.pattern or ""
    return (
        MetricValue(1.0) if _compiled(wanted).search(answer) else MetricValue(0.0, f"doesn't match {wanted}"[:_SHOWN])
    )


def validator(schema: "Mapping[str, JsonValue]") -> "Draft202012Validator":
    """A validator that never leaves the schema: jsonschema's default would fetch references from the network."""
    from jsonschema import Draft202012Validator
    from referencing.jsonschema import EMPTY_REGISTRY

    return Draft202012Validator(dict(schema), registry=EMPTY_REGISTRY)


@lru_cache(4096)
def _compiled(wanted: str) -> re.Pattern[str]:
    return re.compile(wanted)


def _no_number(constant: str) -> Never:
    raise ValueError(f"{constant} is no number of JSON")
