"""What IAM, key policies and trust policies of the deployed platform refuse (SEC-3, NET-1)."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from foundation.demo.caller import use_case_caller
from tests.local.platform.conftest import PRIMARY, USE_CASE, Platform
from tests.local.platform.identities import parameter, person

pytestmark = pytest.mark.local

OUTSIDER = "999999999999"
QUESTION: Any = [{"role": "user", "content": [{"text": "What is covered?"}]}]


def denied(call: Any, **arguments: Any) -> str:
    """The error code of a call that must be refused."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Code"])


def assume(target: Any, account: str, role: str) -> Any:
    with person(
        target, account, PRIMARY, statements=[{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role}]
    ) as user:
        sts = user.client("sts", endpoint_url=target.url)
        return sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]


def test_fails_for_a_principal_outside_the_organisation(platform: Platform) -> None:
    role = parameter(platform.target, "dev", PRIMARY, f"use-cases/{USE_CASE}/caller-role-arn")
    assert assume(platform.target, "dev", role)["AccessKeyId"]
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(platform.target, OUTSIDER, role)


def test_fails_for_another_environments_role(platform: Platform) -> None:
    role = parameter(platform.target, "prod", PRIMARY, f"use-cases/{USE_CASE}/caller-role-arn")
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(platform.target, "dev", role)


def test_fails_for_another_use_cases_alias(platform: Platform) -> None:
    with use_case_caller(platform.target, "dev", PRIMARY, USE_CASE) as caller:
        function = caller._function
        client = caller._client
        request: dict[str, Any] = {"FunctionName": function, "Payload": b"{}"}
        assert denied(client.invoke, **request, Qualifier="policy-search") == "AccessDeniedException"
        assert denied(client.invoke, **request) == "AccessDeniedException"


def test_fails_for_a_request_in_another_use_cases_name(platform: Platform) -> None:
    with use_case_caller(platform.target, "dev", PRIMARY, USE_CASE) as caller:
        payload = {"use_case": "policy-search", "prompt": "summarise", "variables": {}}
        result, _ = caller.ask(payload)
    assert (result["outcome"], result["error"]["code"]) == ("rejected", "GF-RUN-004")


def test_fails_for_an_unapproved_model_and_for_a_call_without_guardrail(platform: Platform) -> None:
    target = platform.target
    policies = [
        parameter(target, "prod", PRIMARY, f"catalog-policies/{kind}/1") for kind in ("invocation", "guardrails")
    ]
    guardrail = json.loads(parameter(target, "prod", PRIMARY, "guardrails/baseline/1"))
    guarded: Any = {"guardrailIdentifier": guardrail["id"], "guardrailVersion": guardrail["version"]}
    approved = {model.id: model for model in platform.settings.models_for("prod")}
    elsewhere = next(model for model in platform.settings.models_for("dev") if model.id not in approved)
    nova = approved["amazon.nova-lite-v1:0"].invocation_id(PRIMARY)
    with person(target, "prod", PRIMARY, policy_arns=policies) as user:
        bedrock = user.client("bedrock-runtime", endpoint_url=target.url)
        assert bedrock.converse(modelId=nova, messages=QUESTION, guardrailConfig=guarded)["output"]
        assert denied(bedrock.converse, modelId=nova, messages=QUESTION) == "AccessDeniedException"
        draft: Any = {**guarded, "guardrailVersion": "DRAFT"}
        assert (
            denied(bedrock.converse, modelId=nova, messages=QUESTION, guardrailConfig=draft) == "AccessDeniedException"
        )
        other = elsewhere.invocation_id(PRIMARY)
        assert (
            denied(bedrock.converse, modelId=other, messages=QUESTION, guardrailConfig=guarded)
            == "AccessDeniedException"
        )


def test_fails_with_another_accounts_key(platform: Platform) -> None:
    target = platform.target
    key = parameter(target, "prod", PRIMARY, "security/data-key-arn")
    use = [{"Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*"}]
    with person(target, "prod", PRIMARY, statements=use) as owner:
        blob = owner.client("kms", endpoint_url=target.url).encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    with person(target, "dev", PRIMARY, statements=use) as other:
        kms = other.client("kms", endpoint_url=target.url)
        assert denied(kms.decrypt, KeyId=key, CiphertextBlob=blob) == "AccessDeniedException"


def test_the_recovery_regions_replica_decrypts_what_the_primary_encrypted(platform: Platform) -> None:
    target = platform.target
    primary = parameter(target, "prod", PRIMARY, "security/data-key-arn")
    replica = parameter(target, "prod", "eu-central-1", "security/data-key-arn")
    assert primary.rsplit("/", 1)[1] == replica.rsplit("/", 1)[1]
    blob = target.client("kms", "prod", PRIMARY).encrypt(KeyId=primary, Plaintext=b"secret")["CiphertextBlob"]
    plain = target.client("kms", "prod", "eu-central-1").decrypt(KeyId=replica, CiphertextBlob=blob)["Plaintext"]
    assert plain == b"secret"
