"""Deployed functions run as on AWS: interpreter, environment, context, errors, logs, layers, asynchronous calls."""

from __future__ import annotations

import io
import time
import zipfile
from typing import Any

import pytest

from foundation.local.layout import lambda_python
from foundation.local.target import Target
from tests.local.target.deployment import DEV, REGION, Resources, allow, assume, deploy, function, invoke, role

pytestmark = pytest.mark.local

DESCRIBE = """
import os, sys
def handler(event, context):
    os.write(1, b"raw bytes on stdout\\n")
    print("printed {")
    print("to stderr", file=sys.stderr)
    return {
        "event": event, "environment": dict(os.environ), "executable": sys.executable, "path": sys.path,
        "arn": context.invoked_function_arn, "request_id": context.aws_request_id, "name": context.function_name,
        "memory": context.memory_limit_in_mb, "left": context.get_remaining_time_in_millis(),
    }
"""


@pytest.fixture(scope="module")
def described(target: Target) -> dict[str, str]:
    resources: Resources = {
        "Role": role(),
        "F": function(
            DESCRIBE, MemorySize=256, TracingConfig={"Mode": "Active"}, Environment={"Variables": {"OWN": "1"}}
        ),
        "Alias": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {"FunctionName": {"Ref": "F"}, "FunctionVersion": "$LATEST", "Name": "use-case"},
        },
        "Version": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "F"}}},
    }
    stack = deploy(target, "described", resources, outputs={"Arn": {"Fn::GetAtt": ["F", "Arn"]}})
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    return {**stack.resources, **stack.outputs}


def test_the_environment_holds_what_aws_puts_there_and_nothing_of_the_target(
    target: Target, described: dict[str, str]
) -> None:
    found = invoke(target, described["F"], {"a": [1, None]})
    assert found["event"] == {"a": [1, None]}
    assert found["executable"] == str(lambda_python())
    names = set(found["environment"])
    assert {"OWN", "AWS_REGION", "AWS_LAMBDA_FUNCTION_NAME", "AWS_EXECUTION_ENV", "_HANDLER"} <= names
    leaked = {name for name in names if name.startswith(("FOUNDATION", "PYTHON", "GATEWAY", "S3_", "HOME", "VIRTUAL"))}
    assert leaked == set()
    assert not [entry for entry in found["path"] if "/.venv/" in entry or entry.endswith(("/tools", "/constructs"))]
    assert found["environment"]["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert found["environment"]["_X_AMZN_TRACE_ID"].startswith("Root=1-")


def test_the_context_names_the_alias_that_was_called(target: Target, described: dict[str, str]) -> None:
    found = invoke(target, described["F"], qualifier="use-case")
    assert found["arn"] == f"{described['Arn']}:use-case"
    assert invoke(target, described["F"])["arn"] == described["Arn"]
    assert (found["name"], found["memory"]) == (described["F"], "256")
    assert 0 < found["left"] <= 20000
    assert invoke(target, described["F"])["request_id"] != found["request_id"]


def test_fails_to_call_another_alias_or_the_function_itself(target: Target, described: dict[str, str]) -> None:
    only = role(allow("lambda:InvokeFunction", f"{described['Arn']}:use-case"))
    caller = deploy(target, "alias-caller", {"R": only}, outputs={"Arn": {"Fn::GetAtt": ["R", "Arn"]}})
    api = assume(target, caller.outputs["Arn"], "lambda")
    assert api.invoke(FunctionName=described["F"], Qualifier="use-case")["StatusCode"] == 200
    for qualifier in ({}, {"Qualifier": "$LATEST"}):
        with pytest.raises(api.exceptions.ClientError, match="AccessDenied"):
            api.invoke(FunctionName=described["F"], **qualifier)


def test_all_output_is_in_the_log_and_none_in_the_answer(target: Target, described: dict[str, str]) -> None:
    request_id = invoke(target, described["F"])["request_id"]
    logs = target.client("logs", DEV, REGION)
    events = logs.filter_log_events(logGroupName=f"/aws/lambda/{described['F']}")["events"]
    messages = [event["message"] for event in events]
    start = messages.index(f"START RequestId: {request_id} Version: $LATEST")
    end = messages.index(f"END RequestId: {request_id}")
    assert sorted(messages[start + 1 : end]) == ["printed {", "raw bytes on stdout", "to stderr"]
    assert messages[end + 1].startswith(f"REPORT RequestId: {request_id}")


FAILING = """
count = 0
def handler(event, context):
    global count
    count += 1
    if event == "object":
        return object()
    if event == "sleep":
        import time; time.sleep(5)
    if event == "exit":
        import os; os._exit(3)
    if event == "raise":
        raise LookupError("not there")
    return count
"""


def test_a_handler_s_error_has_its_type_and_keeps_the_process(target: Target) -> None:
    resources: Resources = {"Role": role(), "F": function(FAILING, Timeout=1)}
    name = deploy(target, "failing", resources).resources["F"]
    assert invoke(target, name) == 1
    failed = invoke(target, name, "raise")
    assert (failed["FunctionError"], failed["errorType"], failed["errorMessage"]) == (
        "Unhandled", "LookupError", "not there",
    )  # fmt: skip
    assert 'in handler\n    raise LookupError("not there")' in "".join(failed["stackTrace"])
    assert invoke(target, name) == 3
    assert invoke(target, name, "object")["errorType"] == "TypeError"
    slow = invoke(target, name, "sleep")
    assert (slow["errorType"], slow["errorMessage"]) == ("Sandbox.Timedout", "Task timed out after 1.00 seconds")
    assert invoke(target, name) == 1
    assert "FunctionError" in invoke(target, name, "exit")
    assert invoke(target, name) == 1


def test_fails_on_an_import_that_the_function_does_not_bring(target: Target) -> None:
    code = "import pydantic\ndef handler(event, context):\n    return 1\n"
    stack = deploy(target, "importing", {"Role": role(), "F": function(code)})
    failed = invoke(target, stack.resources["F"])
    assert (failed["errorType"], failed["errorMessage"]) == (
        "Runtime.ImportModuleError", "ModuleNotFoundError: No module named 'pydantic'",
    )  # fmt: skip


def archive(files: dict[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    return made.getvalue()


def test_the_code_comes_before_the_layers_and_those_before_the_runtime(target: Target) -> None:
    s3 = target.client("s3", DEV, REGION)
    s3.create_bucket(Bucket="layers", CreateBucketConfiguration={"LocationConstraint": REGION})
    first = archive(
        {"python/both.py": "at = 'layer'", "python/one.py": "at = 'one'", "python/boto3.py": "at = 'layer'"}
    )
    s3.put_object(Bucket="layers", Key="one.zip", Body=first)
    second = archive({"python/lib/python3.13/site-packages/two.py": "at = 'two'", "python/one.py": "at = 'second'"})
    s3.put_object(Bucket="layers", Key="two.zip", Body=second)
    s3.put_object(Bucket="layers", Key="code.zip", Body=archive({
        "both.py": "at = 'code'",
        "index.py": "import both, one, two, boto3\ndef handler(event, context):\n"
                    "    return [both.at, one.at, two.at, boto3.at]\n",
    }))  # fmt: skip
    made = function("")
    made["Properties"]["Code"] = {"S3Bucket": "layers", "S3Key": "code.zip"}
    made["Properties"]["Layers"] = [{"Ref": "One"}, {"Ref": "Two"}]
    layers = {
        name: {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": {"S3Bucket": "layers", "S3Key": key}}}
        for name, key in (("One", "one.zip"), ("Two", "two.zip"))
    }
    stack = deploy(target, "layered", {"Role": role(), "F": made, **layers})
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    assert invoke(target, stack.resources["F"]) == ["code", "one", "two", "layer"]


def test_functions_with_the_same_layer_share_its_files(target: Target) -> None:
    s3 = target.client("s3", DEV, REGION)
    s3.create_bucket(Bucket="shared-layers", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="shared-layers", Key="one.zip", Body=archive({"python/large.py": "at = __file__"}))
    code = "import large, os\ndef handler(event, context):\n    return [large.at, os.path.isfile(large.__cached__)]\n"
    functions = {name: function(code) for name in ("First", "Second")}
    for each in functions.values():
        each["Properties"]["Layers"] = [{"Ref": "Layer"}]
    layer = {
        "Type": "AWS::Lambda::LayerVersion",
        "Properties": {"Content": {"S3Bucket": "shared-layers", "S3Key": "one.zip"}},
    }
    stack = deploy(target, "shared-layers", {"Role": role(), "Layer": layer, **functions})
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    first, second = (invoke(target, stack.resources[name]) for name in functions)
    assert first == second
    assert first[1], "nobody keeps the compiled module"


def test_an_asynchronous_call_is_repeated_and_ends_in_the_dead_letter_queue(target: Target) -> None:
    resources: Resources = {
        "Q": {"Type": "AWS::SQS::Queue"},
        "Role": role(allow("sqs:SendMessage")),
        "F": function(FAILING, DeadLetterConfig={"TargetArn": {"Fn::GetAtt": ["Q", "Arn"]}}),
        "Invocation": {
            "Type": "AWS::Lambda::EventInvokeConfig",
            "Properties": {"FunctionName": {"Ref": "F"}, "Qualifier": "$LATEST", "MaximumRetryAttempts": 1},
        },
    }
    stack = deploy(target, "asynchronous", resources)
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    answer = target.client("lambda", DEV, REGION).invoke(
        FunctionName=stack.resources["F"], InvocationType="Event", Payload=b'"raise"'
    )
    assert answer["StatusCode"] == 202
    queue = target.client("sqs", DEV, REGION)
    (message,) = queue.receive_message(QueueUrl=stack.resources["Q"], WaitTimeSeconds=10)["Messages"]
    assert "not there" in message["Body"]


def test_functions_keep_their_configuration(target: Target) -> None:
    resources: Resources = {
        "Q": {"Type": "AWS::SQS::Queue"},
        "Log": {"Type": "AWS::Logs::LogGroup"},
        "Role": role(),
        "F": function(
            FAILING,
            DeadLetterConfig={"TargetArn": {"Fn::GetAtt": ["Q", "Arn"]}},
            LoggingConfig={"LogGroup": {"Ref": "Log"}},
            ReservedConcurrentExecutions=5,
            KmsKeyArn="arn:aws:kms:eu-west-1:222222222222:key/11111111-2222-3333-4444-555555555555",
        ),
    }
    resources["F"]["Properties"]["Environment"] = {"Variables": {"SECRET": "x"}}
    stack = deploy(target, "configured", resources)
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    api = target.client("lambda", DEV, REGION)
    found = api.get_function_configuration(FunctionName=stack.resources["F"])
    assert found["DeadLetterConfig"]["TargetArn"].endswith(stack.resources["Q"].rpartition("/")[2])
    assert found["LoggingConfig"]["LogGroup"] == stack.resources["Log"]
    assert found["KMSKeyArn"].endswith("555555555555")
    assert api.get_function_concurrency(FunctionName=stack.resources["F"])["ReservedConcurrentExecutions"] == 5


ANSWERING = """
import json, urllib.request
def handler(event, context):
    if event["ResourceProperties"].get("Fail") == "true" and event["RequestType"] != "Delete":
        answer = {"Status": "FAILED", "Reason": "told to"}
    else:
        answer = {"Status": "SUCCESS", "Data": {"Type": event["RequestType"], "Given": event["ResourceProperties"]["Given"]}}
    names = ("StackId", "RequestId", "LogicalResourceId")
    answer |= {"PhysicalResourceId": "made-by-function", **{name: event[name] for name in names}}
    request = urllib.request.Request(event["ResponseURL"], data=json.dumps(answer).encode(), method="PUT")
    urllib.request.urlopen(request)
"""


def test_a_custom_resource_runs_its_function(target: Target) -> None:
    def custom(given: str, **more: Any) -> Resources:
        properties = {"ServiceToken": {"Fn::GetAtt": ["F", "Arn"]}, "Given": given, **more}
        return {"Role": role(), "F": function(ANSWERING), "C": {"Type": "Custom::Thing", "Properties": properties}}

    outputs = {"Type": {"Fn::GetAtt": ["C", "Type"]}, "Given": {"Fn::GetAtt": ["C", "Given"]}}
    made = deploy(target, "custom", custom("one"), outputs=outputs)
    assert made.outputs == {"Type": "Create", "Given": "one"}, made.reasons
    assert made.resources["C"] == "made-by-function"
    assert deploy(target, "custom", custom("two"), outputs=outputs).outputs == {"Type": "Update", "Given": "two"}
    failed = deploy(target, "custom", custom("three", Fail=True), outputs=outputs)
    assert (failed.status, "told to" in " ".join(failed.reasons)) == ("UPDATE_ROLLBACK_COMPLETE", True)


def test_warm_calls_take_milliseconds(target: Target, described: dict[str, str]) -> None:
    """Without log lines ministack alone would wait 50 ms for some."""
    stack = deploy(target, "quick", {"Role": role(), "F": function("def handler(event, context):\n    return 1\n")})
    api = target.client("lambda", DEV, REGION)
    times = []
    for _ in range(12):
        started = time.perf_counter()
        api.invoke(FunctionName=stack.resources["F"])
        times.append(time.perf_counter() - started)
    assert sorted(times)[3] < 0.05, times
