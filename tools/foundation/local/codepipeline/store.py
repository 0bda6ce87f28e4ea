"""Executions as the walker last posted them, and what people and functions answered. Kept by the journal.

An execution: `id`, `pipeline`, `type` (STANDARD, ROLLBACK), `status`, `started`, `updated`, `variables`, `trigger`,
`rollback_target`, `source` (name of the action), `revision`, `stages` (name -> status) and `actions` ("Stage/Action" ->
`token`, `status`, `summary`, `external`, `error`, `changed`, `url`). Statuses are CodePipeline's, times seconds since 1970.
"""

from __future__ import annotations

import copy
import hashlib
import json
from typing import Any

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import cloudcontrol

Execution = dict[str, Any]

_executions: Any = AccountRegionScopedDict()  # PIPELINE/EXECUTION -> Execution
_approvals: Any = AccountRegionScopedDict()  # token -> status, summary, by, at
_jobs: Any = AccountRegionScopedDict()  # job id -> status and what the function said
_versions: Any = AccountRegionScopedDict()  # pipeline -> digest and number of its structure


def get_state() -> dict[str, Any]:
    return {
        "executions": copy.deepcopy(_executions),
        "approvals": copy.deepcopy(_approvals),
        "jobs": copy.deepcopy(_jobs),
        "versions": copy.deepcopy(_versions),
    }


def load_persisted_state(data: dict[str, Any]) -> None:
    for name, live in (
        ("executions", _executions), ("approvals", _approvals), ("jobs", _jobs), ("versions", _versions),
    ):  # fmt: skip
        live._data.update(data[name]._data)


def structure(pipeline: str) -> dict[str, Any] | None:
    """The properties of a deployed pipeline, None when there is none of that name."""
    record = cloudcontrol._resources.get(cloudcontrol._resource_key("AWS::CodePipeline::Pipeline", pipeline))
    return json.loads(record["Properties"]) if record else None


def version(pipeline: str) -> int:
    """Number of the structure: it grows with every change of the stages that is seen."""
    digest = hashlib.sha256(json.dumps(structure(pipeline), sort_keys=True).encode()).hexdigest()
    known = _versions.get(pipeline) or {"digest": "", "number": 0}
    if known["digest"] != digest:
        known = _versions[pipeline] = {"digest": digest, "number": known["number"] + 1}
    return int(known["number"])


def put_execution(execution: Execution) -> None:
    key = f"{execution['pipeline']}/{execution['id']}"
    known = _executions.get(key) or {"version": version(execution["pipeline"])}
    _executions[key] = {"version": known["version"], **execution}


def execution(pipeline: str, identifier: str) -> Execution | None:
    found: Execution | None = _executions.get(f"{pipeline}/{identifier}")
    return found


def executions(pipeline: str) -> list[Execution]:
    """Newest first."""
    found = [each for key, each in _executions.items() if key.startswith(f"{pipeline}/")]
    return sorted(found, key=lambda each: (each["started"], each["updated"]), reverse=True)


def approval(token: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = _approvals.get(token)
    return found


def put_approval(token: str, result: dict[str, Any]) -> None:
    _approvals[token] = result


def job(identifier: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = _jobs.get(identifier)
    return found


def put_job(identifier: str, result: dict[str, Any]) -> None:
    _jobs[identifier] = result
