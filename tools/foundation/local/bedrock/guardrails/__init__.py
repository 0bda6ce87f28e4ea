"""Guardrails that act, by lexical approximation: see docs for what that proves and what not."""

from foundation.local.bedrock.guardrails.evaluate import Grounding, Verdict, evaluate
from foundation.local.bedrock.guardrails.policy import Guardrail, GuardrailSource

__all__ = ["Grounding", "Guardrail", "GuardrailSource", "Verdict", "evaluate"]
