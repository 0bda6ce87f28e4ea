"""Requests as the pipeline's invoke step makes them, for the local target's reader in process."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from foundation.evaluation.resolve import prompt_text
from foundation.local.bedrock.request import Json
from genai_foundation.catalog import PromptSpec
from genai_runtime.evaluation.calls.request import conversation
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.run import Candidate, GuardrailId

CHECKOUT = Path(__file__).resolve().parents[4]
GOOD = CHECKOUT / "catalog" / "prompts" / "api-answer-v1.yaml"
WEAKENED = CHECKOUT / "tools" / "foundation" / "demo" / "weakened-prompt.yaml"
GUARDRAIL = GuardrailId(name="guardrail", id="guardrail", version="1")


def body(case: Case, spec: PromptSpec, *, guarded: bool = False) -> Json:
    """The Converse request for a case."""
    candidate = Candidate(
        name="reader",
        prompt=prompt_text(spec),
        model=spec.model,
        model_id=spec.model,
        guardrail=GUARDRAIL if guarded else None,
    )
    return cast(Json, conversation("run", candidate, case))
