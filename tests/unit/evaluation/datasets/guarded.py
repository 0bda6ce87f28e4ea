"""The reader behind a catalog guardrail, as the local target's Converse applies it, in process."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from foundation.local.bedrock.answers.base import limit
from foundation.local.bedrock.answers.extractive import ExtractiveReader
from foundation.local.bedrock.answers.prompt import read
from foundation.local.bedrock.guardrails import Grounding, Guardrail, evaluate
from foundation.local.bedrock.request import parse
from genai_foundation.catalog import GuardrailSpec, load_guardrail, load_prompt
from genai_foundation.guardrails import (
    content_policy,
    grounding_policy,
    sensitive_information_policy,
    topic_policy,
    word_policy,
)
from genai_runtime.evaluation.case import Case
from tests.unit.evaluation.datasets.reader import CHECKOUT, body

CUSTOMER_FACING = CHECKOUT / "catalog" / "guardrails" / "customer-facing-v1.yaml"
GROUNDED = CHECKOUT / "catalog" / "prompts" / "grounded-answer-v1.yaml"


def guarded_answers(cases: Iterable[Case], prompt: Path, guardrail: Path | None) -> dict[str, tuple[str, str]]:
    """(answer, guardrail action: none, masked or blocked) for each case by its id."""
    spec, reader = load_prompt(prompt), ExtractiveReader()
    guard = _guardrail(load_guardrail(guardrail)) if guardrail else None
    found = {}
    for case in cases:
        request = parse(body(case, spec, guarded=guard is not None))
        action = "none"
        if guard is not None:
            guarded = request.guarded()
            verdict = evaluate(guard, "INPUT", guarded)
            if verdict.is_blocked:
                found[case.id] = (guard.message("INPUT"), "blocked")
                continue
            action = "masked" if verdict.is_masked else action
            request = request.map_guarded(dict(zip(guarded, verdict.texts, strict=True)))
        text = limit(reader.reply(read(request)), request)[0]
        if guard is not None:
            grounding = Grounding(tuple(request.qualified("grounding_source")), "\n".join(request.qualified("query")))
            verdict = evaluate(guard, "OUTPUT", [text], context=grounding)
            action = "blocked" if verdict.is_blocked else "masked" if verdict.is_masked else action
            text = guard.message("OUTPUT") if verdict.is_blocked else verdict.texts[0]
        found[case.id] = (text, action)
    return found


def _guardrail(spec: GuardrailSpec) -> Guardrail:
    config = {
        "blockedInputMessaging": spec.blocked_input_messaging,
        "blockedOutputsMessaging": spec.blocked_outputs_messaging,
        "contentPolicyConfig": content_policy(spec),
        "topicPolicyConfig": topic_policy(spec),
        "wordPolicyConfig": word_policy(spec),
        "sensitiveInformationPolicyConfig": sensitive_information_policy(spec),
        "contextualGroundingPolicyConfig": grounding_policy(spec),
    }
    return Guardrail.of(config, "local", "1", "222222222222", "eu-west-1")
