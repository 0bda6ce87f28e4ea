"""What a run's request decides, the id that follows from it, and what a suite's candidates are compared with."""

import hashlib
import json
from typing import Any, Final

from pydantic import TypeAdapter

from genai_runtime.evaluation.base import RunId
from genai_runtime.evaluation.run import RunRequest
from genai_runtime.evaluation.store import Store

_ID_CHARACTERS: Final = 12  # of the request's hash: enough that two requests of one suite never meet
_DECIDES_NOTHING: Final = frozenset({"run", "requested_by", "labels"})
_BASELINE: Final = TypeAdapter(dict[str, str])


def deciding(request: RunRequest) -> dict[str, Any]:
    """Everything of a request that decides its result: who asked, under which name and labels, does not."""
    return request.model_dump(mode="json", exclude=set(_DECIDES_NOTHING))


def run_id(request: RunRequest, again: int = 1) -> RunId:
    """`SUITE-HASH`, of everything that decides the result; `-2` and so on for a repetition."""
    digest = hashlib.sha256(json.dumps(deciding(request), sort_keys=True).encode()).hexdigest()[:_ID_CHARACTERS]
    return f"{request.suite[:50]}-{digest}" + (f"-{again}" if again > 1 else "")


def baseline_key(suite: str) -> str:
    """Object of the evaluation bucket that names the released run of a suite."""
    return f"baselines/{suite}.json"


def released(runs: Store, suite: str) -> tuple[RunId, str] | None:
    """Run and candidate that are released for the suite, if there are."""
    body = runs.read(baseline_key(suite))
    if body is None:
        return None
    found = _BASELINE.validate_json(body)
    return found["run"], found["candidate"]
