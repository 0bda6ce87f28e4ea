"""Step Functions: the role's permissions, a task token's time-out and failure, throttled functions."""

from __future__ import annotations

import contextvars
import json
from typing import Any

from ministack.services import stepfunctions

from foundation.local.authorization import state_machines
from foundation.local.patches.base import Patch

State = dict[str, Any]
_token: contextvars.ContextVar[str] = contextvars.ContextVar("foundation_task_token", default="")


def _role_permissions() -> None:
    upstream_run, upstream_call = stepfunctions._run_execution, stepfunctions._call_lambda
    upstream_object, upstream_map = stepfunctions._s3_object_text, stepfunctions._run_distributed_map

    def run_execution(arn: str) -> None:
        execution = stepfunctions._executions.get(arn) or {}
        machine = stepfunctions._state_machines.get(execution.get("stateMachineArn")) or {}
        if machine:
            state_machines.caller.set(state_machines.Caller(machine["roleArn"], execution["name"]))
        upstream_run(arn)

    def call_lambda(function: str, event: Any) -> Any:
        _refuse("Lambda.AWSLambdaException", state_machines.denial_of_invoke(function))
        return upstream_call(function, event)

    def s3_object_text(bucket: str, key: str) -> str:
        _refuse("States.ItemReaderFailed", state_machines.denial_of_object(bucket, key))
        text: str = upstream_object(bucket, key)
        return text

    def run_distributed_map(
        state: State, raw: Any, effective: Any, iterator: State, execution: State, ctx: State
    ) -> Any:
        denial = state_machines.denial_of_children(execution["stateMachineArn"])
        _refuse("StepFunctions.AccessDeniedException", denial)
        return upstream_map(state, raw, effective, iterator, execution, ctx)

    stepfunctions._run_execution = run_execution
    stepfunctions._call_lambda = call_lambda
    stepfunctions._s3_object_text = s3_object_text
    stepfunctions._run_distributed_map = run_distributed_map


def _refuse(error: str, denial: str | None) -> None:
    if denial:
        raise stepfunctions._ExecutionError(error, denial)


def _task_tokens() -> None:
    upstream_task, upstream_callback = stepfunctions._execute_task, stepfunctions._invoke_with_callback
    upstream_call = stepfunctions._call_lambda

    def execute_task(state: State, raw: Any, execution: State, ctx: State) -> Any:
        path = state.get("TimeoutSecondsPath")
        if path:
            seconds = stepfunctions._resolve_path_or_ctx(path, stepfunctions._apply_input_path(state, raw, ctx), ctx)
            if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds < 1:
                raise stepfunctions._ExecutionError("States.Runtime", f"{path} must be a positive integer: {seconds}")
            state = {**state, "TimeoutSeconds": seconds}
        return upstream_task(state, raw, execution, ctx)

    def invoke_with_callback(resource: str, payload: Any, token: str, state: State) -> Any:
        outer = _token.set(token)
        try:
            return upstream_callback(resource, payload, token, state)
        finally:
            _token.reset(outer)

    def call_lambda(function: str, event: Any) -> Any:
        try:
            return upstream_call(function, event)
        except stepfunctions._ExecutionError as failure:
            waiting = stepfunctions._task_tokens.get(_token.get())
            if waiting:
                waiting["error"] = {"Error": failure.error, "Cause": failure.cause}
                waiting["event"].set()
            raise

    stepfunctions._execute_task = execute_task
    stepfunctions._invoke_with_callback = invoke_with_callback
    stepfunctions._call_lambda = call_lambda


def _throttled_functions() -> None:
    upstream_call = stepfunctions._call_lambda

    def call_lambda(function: str, event: Any) -> Any:
        try:
            return upstream_call(function, event)
        except stepfunctions._ExecutionError as failure:
            if failure.error == "Lambda.Unknown" and _kind(failure.cause) == "TooManyRequestsException":
                raise stepfunctions._ExecutionError("Lambda.TooManyRequestsException", failure.cause) from failure
            raise

    stepfunctions._call_lambda = call_lambda


def _kind(cause: str) -> str:
    try:
        content = json.loads(cause)
    except ValueError:
        return ""
    return str(content.get("__type", "")) if isinstance(content, dict) else ""


PATCHES = (
    # Before the task tokens, so that a throttled request of an answer carries the name that retriers wait for.
    Patch(
        "stepfunctions-throttled-functions",
        "services.stepfunctions._call_lambda reports a function at its concurrency limit as Lambda.Unknown",
        "retriers of Lambda.TooManyRequestsException must see it",
        _throttled_functions,
    ),
    Patch(
        "stepfunctions-role-permissions",
        "services.stepfunctions invokes functions, reads items and starts children whatever the machine's role allows",
        "a state machine that lacks a permission must fail here too",
        _role_permissions,
    ),
    Patch(
        "stepfunctions-task-tokens",
        "services.stepfunctions ignores TimeoutSecondsPath, and waits for the token of a function that failed",
        "reminders are time-outs whose length a suite decides; a reviewer who can't be asked must not be waited for",
        _task_tokens,
    ),
)
