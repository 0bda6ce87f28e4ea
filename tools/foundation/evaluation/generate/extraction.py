"""Extraction cases: fields of a parameter's record sheet as JSON, one of them not stated there."""

from __future__ import annotations

import json

from foundation.evaluation.generate.documentation import Parameter
from foundation.evaluation.generate.draw import choose
from foundation.evaluation.generate.passages import record_sheet
from genai_runtime.evaluation.case import Case, Expectation, Passage

MISSING = ("Default", "Since version", "Deprecated")
"""Fields that no sheet states: the right value is null."""
PROMPT = """\
<document>
{sheet}
</document>

<fields>
{fields}
</fields>

Reply with one JSON object that has exactly these fields. Copy each value as the document states it; use null for a field
that the document doesn't state."""


def extraction_case(parameter: Parameter) -> Case:
    """Three stated fields and one that isn't."""
    measured = (parameter.measured or ("value", ""))[0]
    stated: dict[str, str] = {
        "Operation": parameter.operation,
        "Required": "yes" if parameter.required else "no",
        f"Maximum {measured}": str(parameter.maximum),
    }
    missing = choose(MISSING, parameter.id, "missing")
    sheet = record_sheet(parameter)
    return Case(
        id=f"extraction.{parameter.id}",
        kind="quality",
        severity="medium",
        prompt=PROMPT.format(sheet=sheet, fields=", ".join([*stated, missing])),
        reference=json.dumps({**stated, missing: None}),
        context=(Passage(id=parameter.id, text=sheet),),
        documents=(parameter.document,),
        expect=Expectation(json_schema=_schema(stated, missing)),
        tags={
            "service": parameter.service,
            "topic": "extraction",
            "language": "en",
            "difficulty": "easy",
            "perturbation": "none",
        },
        origin="generated",
    )


def _schema(stated: dict[str, str], missing: str) -> dict[str, object]:
    """The values as the sheet states them; a figure may be a JSON number too."""
    values: dict[str, object] = {
        name: {"enum": [value, int(value)]} if value.isdigit() else {"const": value} for name, value in stated.items()
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {**values, missing: {"type": "null"}},
        "required": [*stated, missing],
        "additionalProperties": False,
    }
