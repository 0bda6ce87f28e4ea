"""Resource types that ministack lacks or keeps incompletely, through CloudFormation and back through the API."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from foundation.local.target import Target
from tests.local.target.deployment import DEV, PROD, RECOVERY, REGION, Resources, delete, deploy
from tests.local.target.test_survival import KEY_POLICY

pytestmark = pytest.mark.local

KEY = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": KEY_POLICY, "MultiRegion": True}}


def detector(**more: Any) -> Resources:
    return {"D": {"Type": "AWS::GuardDuty::Detector", "Properties": {"Enable": True, **more}}}


def model(target: Target, resource_type: str, identifier: str, account: str = DEV) -> Any:
    found = target.client("cloudcontrol", account, REGION).get_resource(TypeName=resource_type, Identifier=identifier)
    return json.loads(found["ResourceDescription"]["Properties"])


def test_a_type_that_ministack_does_not_know_is_kept_updated_and_deleted(target: Target) -> None:
    stack = deploy(target, "generic", detector(), outputs={"Id": {"Ref": "D"}, "Att": {"Fn::GetAtt": ["D", "Id"]}})
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    assert stack.outputs["Id"] == stack.outputs["Att"]
    assert len(stack.outputs["Id"]) == 32
    updated = deploy(target, "generic", detector(FindingPublishingFrequency="ONE_HOUR"))
    assert updated.resources == stack.resources
    kept = model(target, "AWS::GuardDuty::Detector", stack.resources["D"])
    assert kept["FindingPublishingFrequency"] == "ONE_HOUR"
    assert delete(target, "generic") == "DELETE_COMPLETE"
    with pytest.raises(Exception, match="ResourceNotFoundException"):
        model(target, "AWS::GuardDuty::Detector", stack.resources["D"])


def test_a_create_only_property_replaces_the_resource(target: Target) -> None:
    def analyzer(kind: str) -> Resources:
        return {"A": {"Type": "AWS::AccessAnalyzer::Analyzer", "Properties": {"Type": kind}}}

    first = deploy(target, "analyzer", analyzer("ACCOUNT"), outputs={"Arn": {"Ref": "A"}})
    assert first.outputs["Arn"].startswith(f"arn:aws:access-analyzer:{REGION}:{DEV}:analyzer/")
    second = deploy(target, "analyzer", analyzer("ACCOUNT_UNUSED_ACCESS"), outputs={"Arn": {"Ref": "A"}})
    assert second.status == "UPDATE_COMPLETE", second.reasons
    assert second.outputs["Arn"] != first.outputs["Arn"]
    with pytest.raises(Exception, match="ResourceNotFoundException"):
        model(target, "AWS::AccessAnalyzer::Analyzer", first.outputs["Arn"])


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({}, r"required key \[Enable\] not found"),
        ({"Enable": True, "Enabled": True}, r"extraneous key \[Enabled\] is not permitted"),
        ({"Enable": True, "Id": "12"}, "Id is read-only and can't be set"),
        ({"Enable": "yes"}, "#/Enable: expected type: boolean"),
        ({"Enable": True, "Features": [{"Name": "S3", "Status": 3, "On": 1}]}, r"extraneous key \[On\]"),
    ],
)
def test_fails_on_properties_that_the_schema_refuses(target: Target, properties: dict[str, Any], reason: str) -> None:
    stack = deploy(target, "refused", {"D": {"Type": "AWS::GuardDuty::Detector", "Properties": properties}})
    assert stack.status == "ROLLBACK_COMPLETE"
    assert re.search(reason, " ".join(stack.reasons))
    delete(target, "refused")


def test_fails_on_a_wrong_property_of_a_type_that_ministack_knows(target: Target) -> None:
    bucket = {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketEncryptionn": {}}}}
    stack = deploy(target, "typo", bucket)
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "extraneous key [BucketEncryptionn] is not permitted" in " ".join(stack.reasons)


def test_fails_on_a_second_detector_of_an_account_and_region(target: Target) -> None:
    assert deploy(target, "first-detector", detector(), account=PROD).status == "CREATE_COMPLETE"
    second = deploy(target, "second-detector", detector(), account=PROD)
    assert "a detector already exists for the current account" in " ".join(second.reasons)
    assert deploy(target, "other-region", detector(), account=PROD, region=RECOVERY).status == "CREATE_COMPLETE"


def test_a_replica_key_has_the_primary_s_id_and_material(target: Target) -> None:
    primary = deploy(target, "primary-key", {"K": KEY}, outputs={"Arn": {"Fn::GetAtt": ["K", "Arn"]}})
    replica = {
        "Type": "AWS::KMS::ReplicaKey",
        "Properties": {"PrimaryKeyArn": primary.outputs["Arn"], "KeyPolicy": KEY_POLICY, "Description": "copy"},
    }
    stack = deploy(target, "replica-key", {"K": replica}, region=RECOVERY)
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    assert stack.resources["K"] == primary.resources["K"]
    sealed = target.client("kms", DEV, REGION).encrypt(KeyId=stack.resources["K"], Plaintext=b"both")
    there = target.client("kms", DEV, RECOVERY)
    assert there.decrypt(CiphertextBlob=sealed["CiphertextBlob"])["Plaintext"] == b"both"
    found = there.describe_key(KeyId=stack.resources["K"])["KeyMetadata"]
    assert (found["Description"], found["MultiRegionConfiguration"]["MultiRegionKeyType"]) == ("copy", "REPLICA")


def test_dynamic_references_and_parameter_types_resolve_ssm_anywhere(target: Target) -> None:
    target.client("ssm", DEV, REGION).put_parameter(
        Name="/given", Value='{"id":"abc","version":"1"}', Type="String", Overwrite=True
    )
    given = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/given"}
    nested = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*",
                             "Condition": {"StringEquals": {"aws:PrincipalTag/x": "{{resolve:ssm:/given}}"}}}]}  # fmt: skip
    resources: Resources = {
        "Q": {"Type": "AWS::SQS::Queue"},
        "P": {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [{"Ref": "Q"}], "PolicyDocument": nested}},
        "S": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Type": "String", "Name": "/copied", "Value": "in {{resolve:ssm:/given}} between"},
        },
    }
    stack = deploy(target, "references", resources, parameters={"Given": given}, outputs={"Value": {"Ref": "Given"}})
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    assert json.loads(stack.outputs["Value"]) == {"id": "abc", "version": "1"}
    copied = target.client("ssm", DEV, REGION).get_parameter(Name="/copied")["Parameter"]["Value"]
    assert copied == 'in {"id":"abc","version":"1"} between'
    policy = target.client("sqs", DEV, REGION).get_queue_attributes(
        QueueUrl=stack.resources["Q"], AttributeNames=["Policy"]
    )["Attributes"]["Policy"]
    condition = json.loads(policy)["Statement"][0]["Condition"]["StringEquals"]
    assert condition["aws:PrincipalTag/x"] == '{"id":"abc","version":"1"}'
