"""What IAM decides: the organisation, models and guardrails, customer keys."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from foundation.local.target import Target
from tests.local.target.deployment import DEV, PROD, REGION, Resources, allow, assume, deploy, role
from tests.local.target.test_survival import KEY_POLICY

pytestmark = pytest.mark.local

OUTSIDER = "999999999999"
PROFILE = "eu.amazon.nova-lite-v1:0"
MODEL = "amazon.nova-lite-v1:0"
MESSAGES: list[dict[str, Any]] = [{"role": "user", "content": [{"text": "hello"}]}]


def denied(error: pytest.ExceptionInfo[ClientError]) -> str:
    assert error.value.response["Error"]["Code"] in {"AccessDeniedException", "AccessDenied"}
    return str(error.value)


@pytest.fixture(scope="module")
def guarded(target: Target) -> dict[str, str]:
    """Two guardrails, and roles that may call one model: freely, or with the first guardrail only."""
    profile = f"arn:aws:bedrock:{REGION}:{DEV}:inference-profile/{PROFILE}"
    models = [f"arn:aws:bedrock:{region}::foundation-model/{MODEL}" for region in (REGION, "eu-central-1")]
    guardrail = {"BlockedInputMessaging": "in", "BlockedOutputsMessaging": "out",
                 "WordPolicyConfig": {"WordsConfig": [{"Text": "secret"}]}}  # fmt: skip
    invoke = "bedrock:InvokeModel"
    bound = {"StringEquals": {"bedrock:GuardrailIdentifier": {"Fn::Sub": "${Own.GuardrailArn}:${Version.Version}"}}}
    through = {"StringEquals": {"bedrock:InferenceProfileArn": profile}}
    resources: Resources = {
        "Own": {"Type": "AWS::Bedrock::Guardrail", "Properties": {"Name": "own", **guardrail}},
        "Version": {
            "Type": "AWS::Bedrock::GuardrailVersion",
            "Properties": {"GuardrailIdentifier": {"Fn::GetAtt": ["Own", "GuardrailId"]}},
        },
        "Other": {"Type": "AWS::Bedrock::Guardrail", "Properties": {"Name": "other", **guardrail}},
        "Free": role(allow(invoke, profile), allow(invoke, models, **through)),
        "Bound": role(
            allow(invoke, [profile, *models], **bound),
            allow("bedrock:ApplyGuardrail", {"Fn::GetAtt": ["Own", "GuardrailArn"]}),
        ),
        "NoApply": role(allow(invoke, [profile, *models])),
        "ProfileOnly": role(allow(invoke, profile)),
    }
    outputs = {name: {"Fn::GetAtt": [name, "Arn"]} for name in ("Free", "Bound", "NoApply", "ProfileOnly")}
    ids = {name: {"Fn::GetAtt": [name, "GuardrailId"]} for name in ("Own", "Other")}
    stack = deploy(target, "guarded", resources, outputs={**outputs, **ids})
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    return stack.outputs


def converse(target: Target, role_arn: str, model: str = PROFILE, guardrail: str = "", version: str = "1") -> Any:
    config = {"guardrailConfig": {"guardrailIdentifier": guardrail, "guardrailVersion": version}} if guardrail else {}
    return assume(target, role_arn, "bedrock-runtime").converse(modelId=model, messages=MESSAGES, **config)


def test_converse_needs_the_profile_and_the_models_behind_it(target: Target, guarded: dict[str, str]) -> None:
    assert converse(target, guarded["Free"])["stopReason"]
    with pytest.raises(ClientError) as error:
        converse(target, guarded["ProfileOnly"])
    assert f"bedrock:InvokeModel on resource: arn:aws:bedrock:{REGION}::foundation-model/{MODEL}" in denied(error)


def test_fails_on_a_model_that_is_not_approved(target: Target, guarded: dict[str, str]) -> None:
    with pytest.raises(ClientError) as error:
        converse(target, guarded["Free"], model="eu.amazon.nova-pro-v1:0")
    assert "inference-profile/eu.amazon.nova-pro-v1:0" in denied(error)


def test_fails_on_the_bare_model_when_only_the_profile_is_allowed(target: Target, guarded: dict[str, str]) -> None:
    with pytest.raises(ClientError) as error:
        converse(target, guarded["Free"], model=MODEL)
    assert f"foundation-model/{MODEL}" in denied(error)


def test_fails_to_stream_with_the_permission_to_invoke_only(target: Target, guarded: dict[str, str]) -> None:
    with pytest.raises(ClientError) as error:
        assume(target, guarded["Free"], "bedrock-runtime").converse_stream(modelId=PROFILE, messages=MESSAGES)
    assert "bedrock:InvokeModelWithResponseStream" in denied(error)


def test_a_required_guardrail_is_required(target: Target, guarded: dict[str, str]) -> None:
    assert converse(target, guarded["Bound"], guardrail=guarded["Own"])["stopReason"]
    for guardrail, version in (("", ""), (guarded["Other"], "DRAFT"), (guarded["Own"], "DRAFT")):
        with pytest.raises(ClientError) as error:
            converse(target, guarded["Bound"], guardrail=guardrail, version=version)
        assert "bedrock:InvokeModel" in denied(error)


def test_fails_to_use_a_guardrail_without_the_permission_to_apply_it(target: Target, guarded: dict[str, str]) -> None:
    with pytest.raises(ClientError) as error:
        converse(target, guarded["NoApply"], guardrail=guarded["Own"])
    assert "bedrock:ApplyGuardrail" in denied(error)
    runtime = assume(target, guarded["NoApply"], "bedrock-runtime")
    with pytest.raises(ClientError) as error:
        runtime.apply_guardrail(
            guardrailIdentifier=guarded["Own"], guardrailVersion="1", source="INPUT", content=[{"text": {"text": "x"}}]
        )
    assert "bedrock:ApplyGuardrail" in denied(error)


def test_prompts_and_guardrails_are_allowed_by_their_arn(target: Target) -> None:
    released = {"Type": "AWS::Bedrock::PromptVersion", "Properties": {"PromptArn": {"Fn::GetAtt": ["P", "Arn"]}}}
    resources: Resources = {
        "P": {"Type": "AWS::Bedrock::Prompt", "Properties": {"Name": "by-arn"}},
        "V": released,
        "Draft": role(allow("bedrock:GetPrompt", {"Fn::GetAtt": ["P", "Arn"]})),
        "Released": role(allow("bedrock:GetPrompt", {"Ref": "V"})),
    }
    outputs = {name: {"Fn::GetAtt": [name, "Arn"]} for name in ("P", "V", "Draft", "Released")}
    stack = deploy(target, "prompts-by-arn", resources, outputs=outputs)
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    arn = stack.outputs["P"]
    draft = assume(target, stack.outputs["Draft"], "bedrock-agent")
    released_only = assume(target, stack.outputs["Released"], "bedrock-agent")
    assert draft.get_prompt(promptIdentifier=arn)["version"] == "DRAFT"
    assert draft.get_prompt(promptIdentifier=arn.rpartition("/")[2])["version"] == "DRAFT"
    assert released_only.get_prompt(promptIdentifier=arn, promptVersion="1")["version"] == "1"
    for client, asked in ((draft, {"promptVersion": "1"}), (released_only, {})):
        with pytest.raises(ClientError) as error:
            client.get_prompt(promptIdentifier=arn, **asked)
        assert f"bedrock:GetPrompt on resource: {arn}" in denied(error)


def test_a_bucket_of_the_organisation_refuses_outsiders(target: Target) -> None:
    policy = {"Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": {"Fn::Sub": "${B.Arn}/*"},
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}},
    }]}  # fmt: skip
    resources: Resources = {
        "B": {"Type": "AWS::S3::Bucket"},
        "P": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "B"}, "PolicyDocument": policy}},
    }
    bucket = deploy(target, "organisation-bucket", resources).resources["B"]
    target.client("s3", DEV, REGION).put_object(Bucket=bucket, Key="x", Body=b"1")
    reader = {"R": role(allow("s3:GetObject"))}
    for account, inside in ((PROD, True), (OUTSIDER, False)):
        made = deploy(target, "reader", reader, account=account, outputs={"Arn": {"Fn::GetAtt": ["R", "Arn"]}})
        s3 = assume(target, made.outputs["Arn"], "s3", account=account)
        if inside:
            assert s3.get_object(Bucket=bucket, Key="x")["Body"].read() == b"1"
        else:
            with pytest.raises(ClientError) as error:
                s3.get_object(Bucket=bucket, Key="x")
            denied(error)


def test_fails_to_read_over_plain_http_when_the_bucket_denies_it(target: Target) -> None:
    policy = {"Statement": [{
        "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": {"Fn::Sub": "${B.Arn}/*"},
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }]}  # fmt: skip
    resources: Resources = {
        "B": {"Type": "AWS::S3::Bucket"},
        "P": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "B"}, "PolicyDocument": policy}},
        "R": role(allow("s3:*")),
    }
    stack = deploy(target, "tls-bucket", resources, outputs={"Arn": {"Fn::GetAtt": ["R", "Arn"]}})
    s3, bucket = assume(target, stack.outputs["Arn"], "s3"), stack.resources["B"]
    s3.put_object(Bucket=bucket, Key="x", Body=b"1")
    s3.meta.events.register(
        "before-sign.s3", lambda request, **_: request.headers.add_header("x-forwarded-proto", "http")
    )
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="x")
    denied(error)


def test_another_account_s_key_needs_its_policy_and_the_caller_s(target: Target) -> None:
    shared_with_prod = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{PROD}:root"}, "Action": "kms:Decrypt",
                        "Resource": "*"}  # fmt: skip
    resources: Resources = {
        "Own": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": KEY_POLICY}},
        "Shared": {
            "Type": "AWS::KMS::Key",
            "Properties": {"KeyPolicy": {"Statement": [*KEY_POLICY["Statement"], shared_with_prod]}},
        },
    }
    keys = deploy(target, "two-keys", resources).resources
    here = target.client("kms", DEV, REGION)
    sealed = {name: here.encrypt(KeyId=key, Plaintext=b"plain")["CiphertextBlob"] for name, key in keys.items()}
    roles = {"May": role(allow("kms:Decrypt")), "MayNot": role(allow("kms:Encrypt"))}
    outputs = {name: {"Fn::GetAtt": [name, "Arn"]} for name in roles}
    made = deploy(target, "key-users", roles, account=PROD, outputs=outputs)
    may = assume(target, made.outputs["May"], "kms", account=PROD)
    assert may.decrypt(CiphertextBlob=sealed["Shared"])["Plaintext"] == b"plain"
    refused = (may, sealed["Own"]), (assume(target, made.outputs["MayNot"], "kms", account=PROD), sealed["Shared"])
    for client, blob in (*refused, (target.client("kms", PROD, REGION), sealed["Own"])):
        with pytest.raises(ClientError) as error:
            client.decrypt(CiphertextBlob=blob)
        assert f"key/{keys['Own']}" in denied(error) or f"key/{keys['Shared']}" in denied(error)


def test_objects_and_items_under_a_customer_key_need_the_key(target: Target) -> None:
    encryption = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Fn::GetAtt": ["K", "Arn"]}}
    data = ["s3:PutObject", "s3:GetObject", "dynamodb:PutItem", "dynamodb:GetItem"]
    resources: Resources = {
        "K": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": KEY_POLICY}},
        "B": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketEncryption": {"ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": encryption}]}},
        },
        "T": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Ref": "K"}},
            },
        },
        "With": role(allow(data), allow(["kms:Decrypt", "kms:GenerateDataKey"], {"Fn::GetAtt": ["K", "Arn"]})),
        "Without": role(allow(data)),
    }  # fmt: skip
    outputs = {name: {"Fn::GetAtt": [name, "Arn"]} for name in ("With", "Without")}
    stack = deploy(target, "under-a-key", resources, outputs=outputs)
    for call in use(target, stack.outputs["With"], stack.resources):
        call()
    for call in use(target, stack.outputs["Without"], stack.resources):
        with pytest.raises(ClientError) as error:
            call()
        assert "kms:" in denied(error)


def use(target: Target, role_arn: str, names: dict[str, str]) -> list[Callable[[], Any]]:
    """Calls that write and read an object and an item as the role."""
    s3, table = assume(target, role_arn, "s3"), assume(target, role_arn, "dynamodb")
    key: dict[str, Any] = {"id": {"S": "1"}}
    return [
        functools.partial(s3.put_object, Bucket=names["B"], Key="x", Body=b"1"),
        functools.partial(s3.get_object, Bucket=names["B"], Key="x"),
        functools.partial(table.put_item, TableName=names["T"], Item=key),
        functools.partial(table.get_item, TableName=names["T"], Key=key),
    ]
