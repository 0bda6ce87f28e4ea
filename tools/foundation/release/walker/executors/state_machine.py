"""StepFunctions: an execution is started and waited for; its name is the action's token, so that it starts once."""

import json
import threading
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from foundation.release.errors import ReleaseError
from foundation.release.walker.calls import Call, Interrupted, Outcome
from foundation.release.walker.cloud import Cloud

POLL_SECONDS = 0.5


def run_state_machine(call: Call, cloud: Cloud, stopped: threading.Event) -> Outcome:
    """Fails with GF-REL-337 when the execution can't be started or read."""
    machine = str(call.configuration["StateMachineArn"])
    prefix = str(call.configuration.get("ExecutionNamePrefix", ""))
    name = f"{prefix}-{call.token}" if prefix else call.token
    api = cloud.client("stepfunctions", cloud.action_session(call))
    try:
        arn = _start(api, machine, name, _input(call))
        found = api.describe_execution(executionArn=arn)
        while found["status"] == "RUNNING":
            if stopped.wait(POLL_SECONDS):
                raise Interrupted
            found = api.describe_execution(executionArn=arn)
    except ClientError as error:
        raise ReleaseError("GF-REL-337", f"{call.name} can't run {machine}: {error}") from error
    if found["status"] != "SUCCEEDED":
        return Outcome("Failed", error=_cause(found), external=arn)
    outputs = {"StateMachineArn": machine, "ExecutionArn": arn}
    return Outcome("Succeeded", outputs, _artifacts(call, found.get("output", "{}")), external=arn)


def _start(api: Any, machine: str, name: str, given: str) -> str:
    try:
        return str(api.start_execution(stateMachineArn=machine, name=name, input=given)["executionArn"])
    except api.exceptions.ExecutionAlreadyExists:
        return f"{machine.replace(':stateMachine:', ':execution:')}:{name}"


def _input(call: Call) -> str:
    given = str(call.configuration.get("Input", "{}"))
    if call.configuration.get("InputType", "Literal") == "Literal":
        return given
    if len(call.inputs) != 1:
        raise ReleaseError(
            "GF-REL-337", f"{call.name} reads its input from a file: it needs exactly one input artifact"
        )
    file = Path(*call.inputs.values()) / given
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ReleaseError("GF-REL-337", f"{call.name} can't read its input {given}: {error}") from error


def _cause(found: dict[str, Any]) -> str:
    """`GateRefused: …`; of an exception of a function only its message."""
    cause = str(found.get("cause", ""))
    try:
        parsed = json.loads(cause)
    except ValueError:
        parsed = None
    if isinstance(parsed, dict) and "errorMessage" in parsed:
        cause = str(parsed["errorMessage"])
    return f"{found.get('error', found['status'])}: {cause}" if cause else str(found.get("error", found["status"]))


def _artifacts(call: Call, output: str) -> dict[str, str]:
    made = {}
    for name in call.action.outputs:
        folder = call.folder / name
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.json").write_text(output, encoding="utf-8")
        made[name] = str(folder)
    return made
