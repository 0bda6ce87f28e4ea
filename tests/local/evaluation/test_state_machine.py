"""The pipeline's state machine on the local target: loops, looks, errors, reminders, permissions, a killed target."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from foundation.local.target import Target
from genai_foundation.evaluation.job_states import JOB_STEPS
from tests.local.evaluation.toys import Pipeline, Waiting, deployed, ended
from tests.local.target.deployment import DEV, REGION, Resources, allow, deploy, function, role

pytestmark = pytest.mark.local
DONE = {"decision": "PROMOTE", "tracked": True}


@pytest.fixture(scope="module")
def pipeline(target: Target) -> Pipeline:
    return deployed(target, "evaluation-toys")


def output(execution: dict[str, Any]) -> dict[str, Any]:
    """A succeeded execution's output."""
    assert execution["status"] == "SUCCEEDED", execution
    found: dict[str, Any] = json.loads(execution["output"])
    return found


def by_batch(calls: list[dict[str, Any]]) -> Counter[int]:
    """How often each batch was handled."""
    return Counter(call["batch"] for call in calls)


def children(pipeline: Pipeline, execution: str) -> list[dict[str, Any]]:
    """Outputs of all children of an execution's maps."""
    states = pipeline.target.client("stepfunctions", DEV, REGION)
    runs = states.list_map_runs(executionArn=execution)["mapRuns"]
    arns = [each for run in runs for each in states.list_executions(mapRunArn=run["mapRunArn"])["executions"]]
    return [json.loads(states.describe_execution(executionArn=each["executionArn"])["output"]) for each in arns]


def test_every_batch_is_asked_until_nothing_is_unfinished_and_scored_once(pipeline: Pipeline) -> None:
    left = [{"unfinished": 2}, {"unfinished": 1}, {"unfinished": 0}]
    pipeline.script("plain", 6, **{"Invoke/3": left})
    execution = pipeline.start("plain")
    assert output(pipeline.ended(execution)) == {"run": "plain", **DONE, "report": "runs/plain/result.html"}
    assert by_batch(pipeline.calls("plain", "Invoke")) == {0: 1, 1: 1, 2: 1, 3: 3, 4: 1, 5: 1}
    assert by_batch(pipeline.calls("plain", "Score")) == dict.fromkeys(range(6), 1)
    assert pipeline.calls("plain", "Judge") == []
    assert pipeline.calls("plain", "ReviewPlan") == []
    event = {"run": "plain", "look": 1, "batch": 3, "candidate": "a", "cases": ["1"], "judge": False}
    assert [call for call in pipeline.calls("plain", "Score") if call["batch"] == 3] == [event]
    assert children(pipeline, execution) == [{}] * 6


def test_a_sequential_run_goes_on_with_the_next_look_until_the_gate_is_final(pipeline: Pipeline) -> None:
    run = "looks"
    following = {"run": run, "look": 2, "looks": 2, "bucket": pipeline.bucket, "judge": True, "review": False,
                 "managed": False, "batches": f"runs/{run}/looks/2/batches.jsonl"}  # fmt: skip
    gates = [{**following, "final": False, "decision": "HOLD"}, {**following, "final": True, "decision": "PROMOTE"}]
    pipeline.script(run, 2, Gate=gates, Judge=[{"unfinished": 1}, {"unfinished": 0}])
    pipeline.batches(run, 2, 3, judge=True)
    assert output(pipeline.ended(pipeline.start(run)))["decision"] == "PROMOTE"
    assert sorted(call["look"] for call in pipeline.calls(run, "Gate")) == [1, 2]
    assert Counter(call["look"] for call in pipeline.calls(run, "Score")) == {1: 2, 2: 3}
    assert by_batch(pipeline.calls(run, "Judge")) == {0: 2, 1: 2, 2: 2}
    assert pipeline.calls(run, "Publish") == [{"run": run, "look": 2}]


def test_an_error_that_passes_is_retried(pipeline: Pipeline) -> None:
    pipeline.script("retried", 1, **{"Score/0": [{"raise": "TimeoutError"}, {}]})
    execution = pipeline.start("retried")
    output(pipeline.ended(execution))
    assert by_batch(pipeline.calls("retried", "Score")) == {0: 2}
    assert children(pipeline, execution) == [{}]


def test_a_batch_that_fails_for_good_stops_neither_its_scores_nor_the_run(pipeline: Pipeline) -> None:
    pipeline.script("broken", 3, **{"Invoke/1": [{"raise": "MemoryError"}]})
    execution = pipeline.start("broken")
    output(pipeline.ended(execution))
    assert by_batch(pipeline.calls("broken", "Invoke")) == {0: 1, 1: 3, 2: 1}
    assert by_batch(pipeline.calls("broken", "Score")) == {0: 1, 1: 1, 2: 1}
    assert sorted(children(pipeline, execution), key=str) == [{"error": "MemoryError"}, {}, {}]


def test_a_run_whose_tracking_fails_keeps_its_verdict(pipeline: Pipeline) -> None:
    pipeline.script("untracked", 1, Track=[{"raise": "TrackingFailed"}])
    found = output(pipeline.ended(pipeline.start("untracked")))
    assert (found["decision"], found["tracked"]) == ("PROMOTE", False)


def test_fails_when_it_can_not_be_planned(pipeline: Pipeline) -> None:
    pipeline.script("unplanned", 1, Plan=[{"raise": "PlanFailed"}])
    execution = pipeline.ended(pipeline.start("unplanned"))
    assert (execution["status"], execution["error"]) == ("FAILED", "PlanFailed")
    assert pipeline.calls("unplanned", "Invoke") == []
    # The same run fails in the same way again.
    assert len(pipeline.calls("unplanned", "Plan")) == 1


def managed(pipeline: Pipeline, run: str, **answers: list[dict[str, Any]]) -> str:
    """A started run that managed jobs score."""
    planned = {"run": run, "look": 1, "looks": 1, "bucket": pipeline.bucket, "judge": False, "review": False,
               "managed": True, "batches": f"runs/{run}/looks/1/batches.jsonl"}  # fmt: skip
    pipeline.script(run, 1, Plan=[planned], **answers)
    return pipeline.start(run)


def test_jobs_are_polled_until_none_is_pending_then_collected_before_the_gate(pipeline: Pipeline) -> None:
    pending = [
        {"pending": count, "wait_seconds": 1, "waited_seconds": 2 + turn} for turn, count in enumerate((2, 1, 0))
    ]
    execution = managed(pipeline, "managed", JobPoll=pending)
    output(pipeline.ended(execution))
    look = {"run": "managed", "look": 1}
    assert pipeline.calls("managed", "JobCreate") == [look]
    waited = sorted(call["waited_seconds"] for call in pipeline.calls("managed", "JobPoll"))
    assert waited == [1, 2, 3]
    assert pipeline.calls("managed", "JobCollect") == [look]
    assert pipeline.calls("managed", "Gate") == [look]
    entered = names(pipeline, execution)
    assert [name for name in entered if name in (*JOB_STEPS, "JobWait", "Gate")] == [
        "JobCreate", *["JobWait", "JobPoll"] * 3, "JobCollect", "Gate",
    ]  # fmt: skip


def names(pipeline: Pipeline, execution: str) -> list[str]:
    """The states that an execution entered, in order."""
    states = pipeline.target.client("stepfunctions", DEV, REGION)
    pages = states.get_paginator("get_execution_history").paginate(executionArn=execution)
    events = [event for page in pages for event in page["events"]]
    return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]


@pytest.mark.parametrize("step", JOB_STEPS)
def test_a_run_whose_jobs_fail_reaches_the_gate_without_their_scores(pipeline: Pipeline, step: str) -> None:
    run = f"jobless-{step.lower()}"
    output(pipeline.ended(managed(pipeline, run, **{step: [{"raise": "JobFailed"}]})))
    assert len(pipeline.calls(run, step)) == 1
    later = JOB_STEPS[JOB_STEPS.index(step) + 1 :]
    assert [pipeline.calls(run, each) for each in later] == [[]] * len(later)
    assert pipeline.calls(run, "Gate") == [{"run": run, "look": 1}]


def form(run: str, name: str, reminders: int, seconds: int) -> dict[str, Any]:
    """An item of review_plan's forms."""
    return {"run": run, "look": 1, "form": name, "reviewer": "r", "reminders": reminders,
            "remind_after_seconds": seconds}  # fmt: skip


def reviewed(pipeline: Pipeline, run: str, *forms: dict[str, Any], **answers: list[dict[str, Any]]) -> str:
    """A started run that waits for these forms."""
    pipeline.script(run, 1, **answers)
    planned = {"run": run, "look": 1, "looks": 1, "bucket": pipeline.bucket, "judge": False, "review": True,
               "managed": False, "batches": f"runs/{run}/looks/1/batches.jsonl"}  # fmt: skip
    pipeline.script(run, 1, Plan=[planned], ReviewPlan=[{"forms": list(forms)}], **answers)
    return pipeline.start(run)


def requests(pipeline: Pipeline, run: str, name: str, count: int) -> list[dict[str, Any]]:
    """The requests of a form once there are so many, in order."""
    waiting = Waiting()
    while True:
        found = [call for call in pipeline.calls(run, "ReviewRequest") if call["form"] == name]
        if len(found) >= count:
            return sorted(found, key=lambda call: int(call["reminder"]))
        waiting.pause(f"request {count} of {name}")


def test_a_reviewer_is_reminded_and_the_answer_goes_to_the_latest_token(pipeline: Pipeline) -> None:
    execution = reviewed(pipeline, "reviewed", form("reviewed", "first", 2, 2), form("reviewed", "second", 0, 60))
    states = pipeline.target.client("stepfunctions", DEV, REGION)
    (request,) = requests(pipeline, "reviewed", "second", 1)
    assert request == {"run": "reviewed", "look": 1, "form": "second", "reviewer": "r", "reminder": 0,
                       "token": request["token"]}  # fmt: skip
    states.send_task_success(taskToken=request["token"], output="{}")
    first, reminded = requests(pipeline, "reviewed", "first", 2)
    assert (first["reminder"], reminded["reminder"]) == (0, 1)
    with pytest.raises(states.exceptions.ClientError, match="TaskDoesNotExist"):
        states.send_task_success(taskToken=first["token"], output="{}")
    states.send_task_success(taskToken=reminded["token"], output="{}")
    output(pipeline.ended(execution))
    assert len(pipeline.calls("reviewed", "ReviewRequest")) == 3


def test_a_form_that_nobody_answers_expires_and_the_run_goes_on(pipeline: Pipeline) -> None:
    execution = reviewed(pipeline, "expired", form("expired", "only", 1, 1))
    output(pipeline.ended(execution))
    assert [call["reminder"] for call in requests(pipeline, "expired", "only", 2)] == [0, 1]
    assert {"expired": True} in children(pipeline, execution)


def test_a_reviewer_who_can_not_be_asked_is_not_waited_for(pipeline: Pipeline) -> None:
    only = form("unasked", "only", 5, 3600)
    execution = reviewed(pipeline, "unasked", only, ReviewRequest=[{"raise": "TopicGone"}])
    output(pipeline.ended(execution))
    assert {"error": "TopicGone"} in children(pipeline, execution)


def machine(
    target: Target, name: str, states: dict[str, Any], *statements: dict[str, Any], **more: Any
) -> dict[str, Any]:
    """A finished execution of a machine with one function `F`, whose role has these statements."""
    resources: Resources = {
        "Role": role(),
        "F": function("def handler(event, context):\n    return {}\n", **more),
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "States": role(*statements, trusted={"Service": "states.amazonaws.com"}),
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "StateMachineName": name,
                "RoleArn": {"Fn::GetAtt": ["States", "Arn"]},
                "DefinitionString": json.dumps({"StartAt": "Only", "States": states}),
                "DefinitionSubstitutions": {"F": {"Fn::GetAtt": ["F", "Arn"]}, "Bucket": {"Ref": "Bucket"}},
                "LoggingConfiguration": {"Level": "ALL", "IncludeExecutionData": False},
                "TracingConfiguration": {"Enabled": True},
            },
        },
    }
    stack = deploy(target, name, resources)
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    target.client("s3", DEV, REGION).put_object(Bucket=stack.resources["Bucket"], Key="items.jsonl", Body=b"{}\n")
    api = target.client("stepfunctions", DEV, REGION)
    started = api.start_execution(stateMachineArn=stack.resources["Machine"], input="{}")
    return ended(target, started["executionArn"])


TASK = {"Only": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True,
                 "Parameters": {"FunctionName": "${F}", "Payload": {}}}}  # fmt: skip
MAP = {"Only": {"Type": "Map", "End": True, "Label": "Items", "ItemReader": {
    "Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "JSONL"},
    "Parameters": {"Bucket": "${Bucket}", "Key": "items.jsonl"}}, "ItemProcessor": {
    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "Pass",
    "States": {"Pass": {"Type": "Pass", "End": True}}}}}  # fmt: skip
CHILDREN = allow("states:StartExecution")
ITEMS = allow("s3:GetObject", {"Fn::Join": ["", [{"Fn::GetAtt": ["Bucket", "Arn"]}, "/*"]]})


@pytest.mark.parametrize(
    ("name", "states", "statements", "error", "action"),
    [
        ("no-invoke", TASK, [CHILDREN], "Lambda.AWSLambdaException", "lambda:InvokeFunction"),
        ("no-items", MAP, [CHILDREN], "States.ItemReaderFailed", "s3:GetObject"),
        ("no-children", MAP, [ITEMS], "StepFunctions.AccessDeniedException", "states:StartExecution"),
    ],
)
def test_fails_without_the_permission_of_its_role(
    target: Target, name: str, states: dict[str, Any], statements: list[dict[str, Any]], error: str, action: str
) -> None:
    execution = machine(target, name, states, *statements)
    assert (execution["status"], execution["error"]) == ("FAILED", error)
    assert action in execution["cause"]


def test_a_machine_with_its_permissions_reads_its_items_and_reads_back(target: Target) -> None:
    execution = machine(target, "permitted", MAP, CHILDREN, ITEMS)
    assert (execution["status"], execution["output"]) == ("SUCCEEDED", "[{}]")
    api = target.client("stepfunctions", DEV, REGION)
    (arn,) = [m["stateMachineArn"] for m in api.list_state_machines()["stateMachines"] if m["name"] == "permitted"]
    found = api.describe_state_machine(stateMachineArn=arn)
    assert found["loggingConfiguration"]["level"] == "ALL"
    assert found["tracingConfiguration"] == {"enabled": True}


def test_fails_with_the_name_that_retriers_wait_for_when_a_function_is_at_its_limit(target: Target) -> None:
    invoke = allow("lambda:InvokeFunction", {"Fn::GetAtt": ["F", "Arn"]})
    execution = machine(target, "throttled", TASK, invoke, ReservedConcurrentExecutions=0)
    assert execution["error"] == "Lambda.TooManyRequestsException"


def test_a_run_that_a_killed_target_interrupted_is_taken_up_by_a_new_execution(own_target: Target) -> None:
    pipeline = deployed(own_target, "evaluation-killed")
    pipeline.script("killed", 3, **{"Invoke/2": [{"unfinished": 1}]})
    execution = pipeline.start("killed")
    waiting = Waiting()
    while len(pipeline.calls("killed", "Invoke")) < 4:
        waiting.pause("the first calls")
    own_target.client("stepfunctions", DEV, REGION).describe_execution(executionArn=execution)
    waiting.pause("the journal")
    own_target.kill()
    own_target.up()
    pipeline.script("killed", 3)
    states = own_target.client("stepfunctions", DEV, REGION)
    known = {each["executionArn"]: each["status"] for each in states.list_executions(
        stateMachineArn=pipeline.machine)["executions"]}  # fmt: skip
    assert known.get(execution, "FAILED") == "FAILED"
    assert output(pipeline.ended(pipeline.start("killed", 2)))["decision"] == "PROMOTE"
    assert set(by_batch(pipeline.calls("killed", "Score"))) == {0, 1, 2}
