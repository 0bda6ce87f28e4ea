"""The local target's reader over whole datasets, in process: what a candidate would answer there."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from foundation.local.bedrock.answers.base import limit
from foundation.local.bedrock.answers.extractive import ExtractiveReader
from foundation.local.bedrock.answers.prompt import read
from foundation.local.bedrock.request import Json, parse
from genai_foundation.catalog import PromptSpec, load_prompt
from genai_runtime.evaluation.case import Case
from genai_runtime.model_access.template import Text, split

CHECKOUT = Path(__file__).resolve().parents[4]
GOOD = CHECKOUT / "catalog" / "prompts" / "api-answer-v1.yaml"
WEAKENED = CHECKOUT / "tools" / "foundation" / "demo" / "weakened-prompt.yaml"


def answers(cases: Iterable[Case], prompt: Path) -> dict[str, str]:
    """The reader's answer to each case by its id."""
    spec = load_prompt(prompt)
    reader = ExtractiveReader()
    found = {}
    for case in cases:
        request = parse(body(case, spec))
        found[case.id] = limit(reader.reply(read(request)), request)[0]
    return found


def body(case: Case, spec: PromptSpec) -> Json:
    """The body of the Converse request for a case."""
    values = {"context": "\n".join(f"[{each.id}] {each.text}" for each in case.context), **(case.variables or {})}
    content: list[Json]
    if case.prompt is not None:
        content = [{"text": case.prompt}]
    else:
        content = [
            {"text": part.text}
            if isinstance(part, Text)
            else _guarded(values[part.name], spec.variable(part.name).qualifier)
            for part in split(spec.template)
        ]
    return {
        "messages": [{"role": "user", "content": content}],
        "system": [{"text": spec.system}] if spec.system else [],
        "inferenceConfig": {"maxTokens": spec.inference.max_tokens},
    }


def _guarded(text: str, qualifier: str) -> Json:
    qualifiers = ["guard_content"] if qualifier == "none" else [qualifier, "guard_content"]
    return {"guardContent": {"text": {"text": text, "qualifiers": qualifiers}}}
