"""Every variable of a run as MLflow parameters: whatever the request and the suite hold, and nothing looked up."""

import json
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from genai_runtime.evaluation.run import Candidate, PromptText, RunRequest
from genai_runtime.evaluation.suite import Suite
from genai_runtime.evaluation.tracking.limits import digest, key, param

UNSET = "none"


def of_run(request: RunRequest, suite: Suite, environment: str) -> dict[str, str]:
    """Variables that all candidates of a run share: `request.…`, `suite.…`, `environment`.

    `request.version` is the suite's content hash. Labels become tags, candidates runs of their own.
    """
    asked = request.model_dump(mode="json", exclude={"candidates", "labels"})
    given = suite.model_dump(mode="json", exclude={"description"})
    return _fitting({"environment": environment, "request": asked, "suite": given})


def of_candidate(candidate: Candidate) -> dict[str, str]:
    """A candidate's own variables, `candidate.…`; of the prompt's text its digest, the text itself is an artifact."""
    own = candidate.model_dump(mode="json")
    own["prompt"]["text_sha256"] = prompt_digest(candidate.prompt)
    for long in ("system", "template"):
        own["prompt"][f"{long}_characters"] = len(own["prompt"].pop(long))
    return _fitting({"candidate": own})


def prompt_digest(prompt: PromptText) -> str:
    """SHA-256 over the texts that are sent: system and template."""
    return digest(json.dumps([prompt.system, prompt.template]))


def _fitting(tree: Mapping[str, JsonValue]) -> dict[str, str]:
    return {key(name): param(value) for name, value in _leaves("", dict(tree))}


def _leaves(path: str, value: JsonValue) -> Iterator[tuple[str, str]]:
    """Dotted paths; items of a list that have names are told apart by them."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}" if path else name, inner)
    elif isinstance(value, list) and value and all(isinstance(item, dict) and "name" in item for item in value):
        for item in value:
            if isinstance(item, dict):
                yield from _leaves(f"{path}.{item['name']}", {n: v for n, v in item.items() if n != "name"})
    else:
        yield path, _text(value)


def _text(value: JsonValue) -> str:
    if value is None or value in ("", [], {}):
        return UNSET
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
