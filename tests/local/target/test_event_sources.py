"""Streams, queues and schedules invoke functions as on AWS: filtered, repeated, halved, given up, and only when allowed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from foundation.local.target import Target
from tests.local.target.deployment import DEV, REGION, Resources, allow, deploy, function, role

pytestmark = pytest.mark.local

# Notes each delivery in a table, then fails as an item's `then` says.
NOTE = """
import boto3, os
table = boto3.client("dynamodb")
def handler(event, context):
    failures, names = [], []
    records = event.get("Records", [event])
    for record in records:
        body = record.get("dynamodb", {}).get("NewImage", {}) or {"id": {"S": record.get("body", "scheduled")}}
        names.append(body["id"]["S"])
        if body.get("then", {}).get("S") == "report":
            failures.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
    table.put_item(TableName=os.environ["NOTES"], Item={"id": {"S": context.aws_request_id}, "names": {"SS": names}})
    if any(r.get("dynamodb", {}).get("NewImage", {}).get("then", {}).get("S") == "fail" for r in records):
        raise RuntimeError("poison")
    return {"batchItemFailures": failures}
"""
STREAM = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]


def table(**more: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::DynamoDB::GlobalTable",
        "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "Replicas": [{"Region": REGION}],
            **more,
        },
    }


def mapping(source: Any, **more: Any) -> dict[str, Any]:
    properties = {"FunctionName": {"Ref": "F"}, "EventSourceArn": source, **more}
    return {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}


def parts(*statements: dict[str, Any]) -> Resources:
    """A noting function and what it reads from."""
    notes = allow("dynamodb:PutItem", {"Fn::GetAtt": ["Notes", "Arn"]})
    return {
        "Notes": table(),
        "Source": table(StreamSpecification={"StreamViewType": "NEW_IMAGE"}),
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Failures": {"Type": "AWS::SQS::Queue"},
        "Role": role(notes, *statements),
        "F": function(NOTE, Environment={"Variables": {"NOTES": {"Ref": "Notes"}}}),
    }


def stream(**more: Any) -> dict[str, Any]:
    return mapping({"Fn::GetAtt": ["Source", "StreamArn"]}, StartingPosition="LATEST", **more)


READ = allow(STREAM, {"Fn::GetAtt": ["Source", "StreamArn"]})
SEND = allow("sqs:SendMessage", {"Fn::GetAtt": ["Failures", "Arn"]})


def made(target: Target, name: str, resources: Resources) -> dict[str, str]:
    stack = deploy(target, name, resources)
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    return stack.resources


def put(target: Target, ids: dict[str, str], **items: str) -> None:
    for name, then in items.items():
        target.client("dynamodb", DEV, REGION).put_item(
            TableName=ids["Source"], Item={"id": {"S": name}, **({"then": {"S": then}} if then else {})}
        )


def deliveries(target: Target, ids: dict[str, str], enough: Callable[[list[list[str]]], bool]) -> list[list[str]]:
    """What each invocation got, once it is enough."""
    limit = time.monotonic() + 20
    while True:
        items = target.client("dynamodb", DEV, REGION).scan(TableName=ids["Notes"])["Items"]
        found = sorted(sorted(item["names"]["SS"]) for item in items)
        if enough(found):
            return found
        assert time.monotonic() < limit, found
        time.sleep(0.1)


def test_a_stream_delivers_what_its_filter_lets_through(target: Target) -> None:
    pattern = {"dynamodb": {"NewImage": {"then": [{"exists": True}]}}}
    filters = {"Filters": [{"Pattern": json.dumps(pattern)}]}
    ids = made(target, "filtered", {**parts(READ), "M": stream(FilterCriteria=filters)})
    started = time.monotonic()
    put(target, ids, plain="", wanted="count", other="")
    assert deliveries(target, ids, lambda found: bool(found)) == [["wanted"]]
    assert time.monotonic() - started < 5
    api = target.client("lambda", DEV, REGION)
    assert api.get_event_source_mapping(UUID=ids["M"])["FilterCriteria"] == filters


def test_a_killed_target_s_mapping_goes_on_where_it_was(own_target: Target) -> None:
    ids = made(own_target, "resumed", {**parts(READ), "M": stream()})
    api = own_target.client("lambda", DEV, REGION)
    put(own_target, ids, **{f"before-{number}": "" for number in range(5)})
    deliveries(own_target, ids, lambda found: sum(map(len, found)) == 5)
    api.update_event_source_mapping(UUID=ids["M"], Enabled=False)
    put(own_target, ids, waiting="")
    time.sleep(2.5)

    own_target.kill()
    assert own_target.up() is True

    put(own_target, ids, after="")
    api.update_event_source_mapping(UUID=ids["M"], Enabled=True)
    found = deliveries(own_target, ids, lambda found: sum(map(len, found)) >= 7)
    assert ["after", "waiting"] in found
    assert sum(map(len, found)) == 7  # none twice


def test_a_failing_record_is_found_by_halving_and_given_up(target: Target) -> None:
    resources = parts(READ, SEND)
    failures = {"OnFailure": {"Destination": {"Fn::GetAtt": ["Failures", "Arn"]}}}
    resources["M"] = stream(
        Enabled=False, BisectBatchOnFunctionError=True, MaximumRetryAttempts=1, DestinationConfig=failures
    )
    ids = made(target, "halved", resources)
    put(target, ids, a="", b="fail", c="", d="")
    target.client("lambda", DEV, REGION).update_event_source_mapping(UUID=ids["M"], Enabled=True)
    found = deliveries(target, ids, lambda found: found.count(["b"]) == 2 and ["c", "d"] in found)
    assert found == [["a"], ["a", "b"], ["a", "b", "c", "d"], ["b"], ["b"], ["c", "d"]]
    sqs = target.client("sqs", DEV, REGION)
    (message,) = sqs.receive_message(QueueUrl=ids["Failures"], WaitTimeSeconds=5)["Messages"]
    assert json.loads(message["Body"])["requestContext"]["condition"] == "RetryAttemptsExhausted"


def test_a_reported_record_is_delivered_again_without_those_before_it(target: Target) -> None:
    resources = parts(READ)
    resources["M"] = stream(Enabled=False, FunctionResponseTypes=["ReportBatchItemFailures"], MaximumRetryAttempts=1)
    ids = made(target, "reported", resources)
    put(target, ids, a="", b="report")
    target.client("lambda", DEV, REGION).update_event_source_mapping(UUID=ids["M"], Enabled=True)
    assert deliveries(target, ids, lambda found: len(found) >= 2) == [["a", "b"], ["b"]]


def test_a_queue_invokes_its_function(target: Target) -> None:
    actions = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
    resources = parts(allow(actions, {"Fn::GetAtt": ["Queue", "Arn"]}))
    resources["M"] = mapping({"Fn::GetAtt": ["Queue", "Arn"]}, BatchSize=1)
    ids = made(target, "queued", resources)
    target.client("sqs", DEV, REGION).send_message(QueueUrl=ids["Queue"], MessageBody="question")
    assert deliveries(target, ids, lambda found: bool(found)) == [["question"]]


@pytest.mark.parametrize("source", ["stream", "queue", "failures"])
def test_fails_to_map_a_source_that_the_function_s_role_may_not_use(target: Target, source: str) -> None:
    if source == "failures":
        resources = parts(READ)
        resources["M"] = stream(DestinationConfig={"OnFailure": {"Destination": {"Fn::GetAtt": ["Failures", "Arn"]}}})
    else:
        resources = parts(allow(STREAM[:1], {"Fn::GetAtt": ["Source", "StreamArn"]}))
        resources["M"] = stream() if source == "stream" else mapping({"Fn::GetAtt": ["Queue", "Arn"]})
    stack = deploy(target, f"unreadable-{source}", resources)
    assert stack.status == "ROLLBACK_COMPLETE"
    missing = {"stream": "dynamodb:GetRecords", "queue": "sqs:DeleteMessage", "failures": "sqs:SendMessage"}[source]
    assert any(missing in reason for reason in stack.reasons), stack.reasons
    assert (
        target.client("lambda", DEV, REGION).list_event_source_mappings(
            FunctionName=stack.resources.get("F") or "none"
        )["EventSourceMappings"]
        == []
    )


def test_a_stream_that_an_update_adds_is_an_attribute(target: Target) -> None:
    resources: Resources = {"T": table()}
    made(target, "stream-later", resources)
    resources["T"] = table(StreamSpecification={"StreamViewType": "NEW_AND_OLD_IMAGES"})
    stack = deploy(target, "stream-later", resources, outputs={"Arn": {"Fn::GetAtt": ["T", "StreamArn"]}})
    assert stack.status == "UPDATE_COMPLETE", stack.reasons
    described = target.client("dynamodb", DEV, REGION).describe_table(TableName=stack.resources["T"])["Table"]
    assert stack.outputs["Arn"] == described["LatestStreamArn"]
    assert described["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
