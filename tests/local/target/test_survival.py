"""kill -9 and restart: everything that was acknowledged is there again."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable

import pytest

from foundation.local.target import Target
from tests.local.target.deployment import (
    DEV,
    PROD,
    RECOVERY,
    REGION,
    Resources,
    deploy,
    function,
    invoke,
    role,
    settled,
)

pytestmark = pytest.mark.local

KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}, "Action": "kms:*",
         "Resource": "*"},
    ],
}  # fmt: skip


def everything() -> Resources:
    return {
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": KEY_POLICY, "EnableKeyRotation": True}},
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"VersioningConfiguration": {"Status": "Enabled"}}},
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Ref": "Key"}},
            },
        },
        "Guardrail": {
            "Type": "AWS::Bedrock::Guardrail",
            "Properties": {
                "Name": "kept", "BlockedInputMessaging": "in", "BlockedOutputsMessaging": "out",
                "WordPolicyConfig": {"WordsConfig": [{"Text": "secret"}]},
            },
        },
        "Detector": {"Type": "AWS::GuardDuty::Detector", "Properties": {"Enable": True}},
        "Parameter": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Type": "String", "Name": "/kept", "Value": {"Fn::GetAtt": ["Guardrail", "GuardrailId"]}},
        },
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Role": role(),
        "F": function("def handler(event, context):\n    return {'echo': event}\n"),
    }  # fmt: skip


def test_a_deployed_stack_and_its_data_survive(own_target: Target) -> None:
    stack = deploy(own_target, "kept", everything(), outputs={"Id": {"Ref": "Guardrail"}})
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    s3 = own_target.client("s3", DEV, REGION)
    s3.put_object(Bucket=stack.resources["Bucket"], Key="a/b.txt", Body=b"bytes")
    table = own_target.client("dynamodb", DEV, REGION)
    table.put_item(TableName=stack.resources["Table"], Item={"id": {"S": "1"}, "n": {"N": "7"}})
    sealed = own_target.client("kms", DEV, REGION).encrypt(KeyId=stack.resources["Key"], Plaintext=b"plain")
    own_target.client("sqs", DEV, REGION).send_message(QueueUrl=stack.resources["Queue"], MessageBody="waiting")
    time.sleep(2.5)

    own_target.kill()
    assert own_target.up() is True

    again = settled(own_target, "kept")
    assert (again.status, again.resources, again.outputs) == (stack.status, stack.resources, stack.outputs)
    assert s3.get_object(Bucket=stack.resources["Bucket"], Key="a/b.txt")["Body"].read() == b"bytes"
    found = table.get_item(TableName=stack.resources["Table"], Key={"id": {"S": "1"}})["Item"]
    assert found["n"] == {"N": "7"}
    assert table.describe_table(TableName=stack.resources["Table"])["Table"]["SSEDescription"]["SSEType"] == "KMS"
    opened = own_target.client("kms", DEV, REGION).decrypt(CiphertextBlob=sealed["CiphertextBlob"])
    assert opened["Plaintext"] == b"plain"
    guardrail = own_target.client("bedrock", DEV, REGION).get_guardrail(guardrailIdentifier=stack.outputs["Id"])
    assert guardrail["wordPolicy"]["words"][0]["text"] == "secret"
    stored = own_target.client("cloudcontrol", DEV, REGION).get_resource(
        TypeName="AWS::GuardDuty::Detector", Identifier=stack.resources["Detector"]
    )
    assert json.loads(stored["ResourceDescription"]["Properties"])["Enable"] is True
    waiting = own_target.client("sqs", DEV, REGION).receive_message(QueueUrl=stack.resources["Queue"])["Messages"]
    assert waiting[0]["Body"] == "waiting"
    assert invoke(own_target, stack.resources["F"], {"a": 1}) == {"echo": {"a": 1}}


def test_an_acknowledged_operation_survives_a_kill_right_after(own_target: Target) -> None:
    for number in range(2):
        name = f"acknowledged-{number}"
        parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Name": f"/{name}", "Value": "1"}}
        assert deploy(own_target, name, {"P": parameter}, account=PROD, region=RECOVERY).status == "CREATE_COMPLETE"
        own_target.kill()
        own_target.up()
        assert settled(own_target, name, account=PROD, region=RECOVERY).status == "CREATE_COMPLETE"
        read = own_target.client("ssm", PROD, RECOVERY).get_parameter(Name=f"/{name}")
        assert read["Parameter"]["Value"] == "1"


def test_a_stopped_target_starts_with_its_state(own_target: Target) -> None:
    own_target.client("ssm", DEV, REGION).put_parameter(Name="/last", Value="second", Type="String")
    own_target.down()
    own_target.up()
    assert own_target.client("ssm", DEV, REGION).get_parameter(Name="/last")["Parameter"]["Value"] == "second"


def test_everything_is_kept(own_target: Target) -> None:
    """No entry of any service was too strange to write."""
    figures = own_target.call("GET", "/_foundation/journal")
    assert figures["failure"] == ""
    assert "GF-LOCAL-051" not in own_target.folder.log.read_text(encoding="utf-8")


def test_fails_to_keep_its_state_and_says_so_until_it_can_again(own_target: Target) -> None:
    ssm = own_target.client("ssm", DEV, REGION)
    with sqlite3.connect(own_target.folder.journal) as other:
        other.execute("BEGIN IMMEDIATE")
        ssm.put_parameter(Name="/while-locked", Value="1", Type="String")
        _wait(lambda: "GF-LOCAL-052" in own_target.status().failure)
        other.execute("ROLLBACK")
    ssm.put_parameter(Name="/after", Value="1", Type="String")
    _wait(lambda: own_target.status().failure == "")
    own_target.kill()
    own_target.up()
    kept = ssm.get_parameters(Names=["/while-locked", "/after"])["Parameters"]
    assert {item["Name"] for item in kept} == {"/while-locked", "/after"}


def _wait(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.2)
