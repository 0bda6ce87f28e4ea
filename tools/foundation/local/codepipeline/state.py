"""Executions in the words of CodePipeline's API."""

from __future__ import annotations

from typing import Any

from foundation.local.codepipeline import store
from foundation.local.codepipeline.store import Execution

_APPROVED = {"Approved": "Succeeded", "Rejected": "Failed"}


def actions(pipeline: str) -> dict[str, list[str]]:
    """Names of the actions, by stage, in the order of the deployed pipeline."""
    stages = (store.structure(pipeline) or {}).get("Stages", [])
    return {stage["Name"]: [action["Name"] for action in stage["Actions"]] for stage in stages}


def latest_action(pipeline: str, key: str) -> dict[str, Any] | None:
    """The action `Stage/Action` of the execution that came to it last."""
    found = (each["actions"].get(key) for each in store.executions(pipeline))
    return next((each for each in found if each), None)


def pipeline_state(pipeline: str) -> dict[str, Any]:
    runs = store.executions(pipeline)
    stages = [_stage(name, names, runs) for name, names in actions(pipeline).items()]
    times = {"created": runs[-1]["started"], "updated": runs[0]["updated"]} if runs else {}
    return {"pipelineName": pipeline, "pipelineVersion": store.version(pipeline), "stageStates": stages, **times}


def _stage(name: str, names: list[str], runs: list[Execution]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "stageName": name,
        "inboundTransitionState": {"enabled": True},
        "actionStates": [_action(each, f"{name}/{each}", runs) for each in names],
    }
    latest = next((run for run in runs if name in run["stages"]), None)
    if latest:
        found["latestExecution"] = {
            "pipelineExecutionId": latest["id"],
            "status": latest["stages"][name],
            "type": latest["type"],
        }
    return found


def _action(name: str, key: str, runs: list[Execution]) -> dict[str, Any]:
    latest = next((run["actions"][key] for run in runs if key in run["actions"]), None)
    if latest is None:
        return {"actionName": name}
    link = {"entityUrl": latest["url"]} if latest["url"] else {}
    return {"actionName": name, "latestExecution": _action_execution(latest), **link}


def _action_execution(action: dict[str, Any]) -> dict[str, Any]:
    answer = store.approval(action["token"])
    found = {
        "actionExecutionId": action["token"],
        "status": action["status"],
        "summary": action["summary"],
        "lastStatusChange": action["changed"],
        "externalExecutionId": action["external"],
    }
    if answer:
        return {
            **found,
            "status": _APPROVED[answer["status"]],
            "summary": answer["summary"],
            "lastStatusChange": answer["at"],
            "lastUpdatedBy": answer["by"],
        }
    if action["status"] == "InProgress":
        found["token"] = action["token"]
    if action["error"]:
        found["errorDetails"] = {"code": "JobFailed", "message": action["error"]}
    return {key: value for key, value in found.items() if value != ""}


def execution(run: Execution) -> dict[str, Any]:
    return {
        "pipelineName": run["pipeline"],
        "pipelineVersion": run["version"],
        "artifactRevisions": [run["revision"]] if run["revision"] else [],
        "variables": [{"name": name, "resolvedValue": value} for name, value in run["variables"].items()],
        **_common(run),
    }


def summary(run: Execution) -> dict[str, Any]:
    revision = run["revision"] or {}
    source = {"actionName": run["source"], "revisionId": revision.get("revisionId", ""),
              "revisionSummary": revision.get("revisionSummary", "")}  # fmt: skip
    return {
        "startTime": run["started"],
        "lastUpdateTime": run["updated"],
        "sourceRevisions": [source] if revision else [],
        **_common(run),
    }


def _common(run: Execution) -> dict[str, Any]:
    target = run["rollback_target"]
    return {
        "pipelineExecutionId": run["id"],
        "status": run["status"],
        "executionMode": run["mode"],
        "executionType": run["type"],
        "trigger": run["trigger"],
        **({"rollbackMetadata": {"rollbackTargetPipelineExecutionId": target}} if target else {}),
    }
