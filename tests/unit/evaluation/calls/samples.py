"""Candidates and cases of the tests."""

from typing import Any

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.run import Candidate, GuardrailId, Price, PromptText

PROMPT = PromptText(
    name="answer",
    version=1,
    system="Be brief.",
    template="<c>{{context}}</c>\n{{question}}",
    qualifiers={"context": "grounding_source", "question": "query"},
    max_tokens=100,
    temperature=0,
    top_p=0.9,
)
CASE: dict[str, Any] = {
    "id": "c-1",
    "kind": "quality",
    "variables": {"question": "Why?"},
    "context": [{"id": "doc-1", "text": "Because."}, {"id": "doc-2", "text": "So."}],
    "origin": "hand-written",
}


def candidate(**changes: Any) -> Candidate:
    made = Candidate(
        name="good",
        prompt=PROMPT,
        model="m",
        model_id="eu.m",
        guardrail=GuardrailId(name="g", id="gr-1", version="2"),
        price=Price(input=0.06, output=0.24, as_of="2026-09-01"),
    )
    return Candidate.model_validate(made.model_dump() | changes)


def case(**changes: Any) -> Case:
    return Case.model_validate(CASE | changes)
