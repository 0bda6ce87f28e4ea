"""Lambda: the function is invoked with CodePipeline's job and answers through CodePipeline's API."""

import json
import threading
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from foundation.release.errors import ReleaseError
from foundation.release.walker.calls import Call, Interrupted, Outcome
from foundation.release.walker.cloud import Cloud

# After the function returned. CodePipeline would wait for an hour for an answer that something else gives.
ANSWER_SECONDS = 2.0
# Between an answer with a continuation token and the next invocation; CodePipeline takes half a minute.
CONTINUATION_SECONDS = 2.0


def invoke(call: Call, cloud: Cloud, stopped: threading.Event) -> Outcome:
    """Fails with GF-REL-336 for a function that can't be invoked, ends with an error or doesn't answer."""
    if call.inputs or call.action.outputs:
        raise ReleaseError("GF-REL-336", f"{call.name} has artifacts: the walker hands none to functions")
    api = cloud.client("lambda", cloud.action_session(call))
    job = cloud.open_job(call.token)
    while job["status"] == "InProgress":
        _invoke(call, api, job["follow"])
        answered = cloud.answer("job", call.token, ANSWER_SECONDS)
        if answered is None:
            raise ReleaseError(
                "GF-REL-336",
                f"{call.configuration['FunctionName']} returned without PutJobSuccessResult or PutJobFailureResult for its job",
            )
        job = answered
        if job["status"] == "InProgress":
            if stopped.wait(CONTINUATION_SECONDS):
                raise Interrupted
            job = cloud.open_job(call.token)
    if job["status"] == "Failed":
        return Outcome("Failed", error=str(job["error"]), external=str(job.get("external", "")))
    return Outcome(
        "Succeeded", {name: str(value) for name, value in job["outputs"].items()}, summary=str(job["summary"]),
        external=str(job["external"]),
    )  # fmt: skip


def _invoke(call: Call, api: Any, continuation: str) -> None:
    function = str(call.configuration["FunctionName"])
    try:
        answer = api.invoke(FunctionName=function, Payload=json.dumps(_event(call, continuation)).encode())
    except ClientError as error:
        raise ReleaseError("GF-REL-336", f"{function} can't be invoked: {error}") from error
    content = answer["Payload"].read()
    if "FunctionError" in answer:
        raise ReleaseError("GF-REL-336", f"{function} ended with an error: {_reason(content)}")


def _event(call: Call, continuation: str) -> Mapping[str, Any]:
    data: dict[str, Any] = {
        "actionConfiguration": {"configuration": dict(call.configuration)},
        "inputArtifacts": [],
        "outputArtifacts": [],
    }
    if continuation:
        data["continuationToken"] = continuation
    return {"CodePipeline.job": {"id": call.token, "accountId": call.pipeline.account, "data": data}}


def _reason(content: bytes) -> str:
    try:
        error = json.loads(content)
        return f"{error['errorType']}: {error['errorMessage']}"
    except (ValueError, KeyError, TypeError):
        return content.decode(errors="replace")[:1000]
