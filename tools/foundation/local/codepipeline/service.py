"""The operations of CodePipeline that deployed functions and approvers call."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import botocore.session
from botocore.validate import ParamValidator
from ministack.core import iam_evaluator
from ministack.core.responses import error_response_json, json_response

from foundation.local.codepipeline import state, store
from foundation.local.codepipeline.waiting import changed

TARGET = "CodePipeline_20150709."
_CONTENT_TYPE = "application/x-amz-json-1.1"
Request = dict[str, Any]
Answer = dict[str, Any]


class ServiceError(Exception):
    """An error of the service's model, by its name."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


async def handle_request(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:  # noqa: ARG001
    operation = headers.get("x-amz-target", "").removeprefix(TARGET)
    try:
        act = OPERATIONS.get(operation)
        if act is None:
            known = ", ".join(sorted(OPERATIONS))
            raise ServiceError(
                "UnknownOperationException", f"{operation} isn't on the local target, which knows {known}"
            )
        return json_response(act(_valid(operation, body)), content_type=_CONTENT_TYPE)
    except ServiceError as error:
        return error_response_json(error.name, str(error), 400, content_type=_CONTENT_TYPE)


def _valid(operation: str, body: bytes) -> Request:
    """The request's members, as botocore's model of the service has them."""
    try:
        request = json.loads(body or b"{}")
    except ValueError as error:
        raise ServiceError("SerializationException", f"the body is no JSON: {error}") from error
    report = ParamValidator().validate(request, _model().operation_model(operation).input_shape)
    if report.has_errors():
        raise ServiceError("ValidationException", str(report.generate_report()))
    valid: Request = request
    return valid


@cache
def _model() -> Any:
    return botocore.session.get_session().get_service_model("codepipeline")


def _pipeline(request: Request) -> str:
    name = str(request["pipelineName"])
    if store.structure(name) is None:
        raise ServiceError("PipelineNotFoundException", f"Account has no pipeline with the name '{name}'")
    return name


def get_pipeline_state(request: Request) -> Answer:
    name = str(request["name"])
    return state.pipeline_state(_pipeline({"pipelineName": name}))


def get_pipeline_execution(request: Request) -> Answer:
    name, identifier = _pipeline(request), str(request["pipelineExecutionId"])
    found = store.execution(name, identifier)
    if found is None:
        raise ServiceError("PipelineExecutionNotFoundException", f"{name} has no execution {identifier}")
    return {"pipelineExecution": state.execution(found)}


def list_pipeline_executions(request: Request) -> Answer:
    found = [state.summary(each) for each in store.executions(_pipeline(request))]
    return {"pipelineExecutionSummaries": found[: int(request.get("maxResults", 100))]}


def put_approval_result(request: Request) -> Answer:
    name, stage, action = _pipeline(request), str(request["stageName"]), str(request["actionName"])
    actions = state.actions(name).get(stage)
    if actions is None:
        raise ServiceError("StageNotFoundException", f"{name} has no stage {stage}")
    if action not in actions:
        raise ServiceError("ActionNotFoundException", f"stage {stage} of {name} has no action {action}")
    token = str(request["token"])
    waiting = state.latest_action(name, f"{stage}/{action}")
    if waiting is None or waiting["token"] != token:
        raise ServiceError(
            "InvalidApprovalTokenException", f"the token isn't that of the waiting approval {stage}/{action}"
        )
    if store.approval(token) or waiting["status"] != "InProgress":
        raise ServiceError("ApprovalAlreadyCompletedException", f"{stage}/{action} was answered before")
    result, at = request["result"], time.time()
    answer = {"status": result["status"], "summary": result["summary"], "by": iam_evaluator.caller_arn(), "at": at}
    store.put_approval(token, answer)
    changed()
    return {"approvedAt": at}


def put_job_success_result(request: Request) -> Answer:
    details = request.get("executionDetails", {})
    continuation = request.get("continuationToken", "")
    _end_job(
        request,
        status="InProgress" if continuation else "Succeeded",
        continuation=continuation,
        follow=continuation,
        outputs=dict(request.get("outputVariables", {})),
        summary=details.get("summary", ""),
        external=details.get("externalExecutionId", ""),
    )
    return {}


def put_job_failure_result(request: Request) -> Answer:
    details = request["failureDetails"]
    _end_job(
        request,
        status="Failed",
        error=f"{details['type']}: {details['message']}",
        external=details.get("externalExecutionId", ""),
    )
    return {}


def _end_job(request: Request, **result: Any) -> None:
    identifier = str(request["jobId"])
    found = store.job(identifier)
    if found is None:
        raise ServiceError("JobNotFoundException", f"no job {identifier}")
    if found["status"] != "InProgress":
        raise ServiceError("InvalidJobStateException", f"job {identifier} is {found['status']}")
    store.put_job(identifier, {**found, **result, "by": iam_evaluator.caller_arn()})
    changed()


OPERATIONS: dict[str, Callable[[Request], Answer]] = {
    "GetPipelineExecution": get_pipeline_execution,
    "GetPipelineState": get_pipeline_state,
    "ListPipelineExecutions": list_pipeline_executions,
    "PutApprovalResult": put_approval_result,
    "PutJobFailureResult": put_job_failure_result,
    "PutJobSuccessResult": put_job_success_result,
}
