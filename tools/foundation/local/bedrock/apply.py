"""ApplyGuardrail: a guardrail's verdict on text that no model call goes with."""

from __future__ import annotations

import json

from foundation.local.bedrock.errors import HttpAnswer, validation
from foundation.local.bedrock.guardrails import Grounding, evaluate
from foundation.local.bedrock.request import GuardrailChoice, Json, Text, parse_body
from foundation.local.bedrock.simulation import Caller, Simulation

_MAX_BLOCKS = 100


def apply_guardrail(simulation: Simulation, caller: Caller, identifier: str, version: str, body: bytes) -> HttpAnswer:
    """POST /guardrail/ID/version/VERSION/apply. One output for each guarded block, or one with the blocked message."""
    parsed = parse_body(body)
    source = parsed.get("source")
    if source not in ("INPUT", "OUTPUT"):
        raise validation("source must be INPUT or OUTPUT.")
    texts = _texts(parsed.get("content"))
    guardrail = simulation.guardrail(caller, GuardrailChoice(identifier, version), missing="ResourceNotFoundException")
    judged = [t.text for t in texts if not t.qualifiers or "guard_content" in t.qualifiers]
    context = Grounding(
        tuple(t.text for t in texts if t.qualifiers and "grounding_source" in t.qualifiers),
        "\n".join(t.text for t in texts if t.qualifiers and "query" in t.qualifiers),
    )
    verdict = evaluate(guardrail, source, judged, context=context, total=sum(len(t.text) for t in texts))
    outputs = [guardrail.message(source)] if verdict.is_blocked else list(verdict.texts) if verdict.is_masked else []
    answer: Json = {
        "usage": verdict.usage,
        "action": "GUARDRAIL_INTERVENED" if verdict.intervened else "NONE",
        "actionReason": verdict.action_reason,
        "outputs": [{"text": text} for text in outputs],
        "assessments": [verdict.assessment],
        "guardrailCoverage": verdict.coverage,
    }
    return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()


def _texts(content: object) -> list[Text]:
    if not isinstance(content, list) or not 0 < len(content) <= _MAX_BLOCKS:
        raise validation(f"content must be a list of 1 to {_MAX_BLOCKS} blocks.")
    found = []
    for index, block in enumerate(content):
        inner = block.get("text") if isinstance(block, dict) else None
        if isinstance(block, dict) and "image" in block:
            continue
        if not isinstance(inner, dict) or not isinstance(inner.get("text"), str):
            raise validation(f"content.{index} must hold a text block.")
        found.append(Text(inner["text"], tuple(inner.get("qualifiers") or ())))
    return found
