"""IAM findings over identity, trust and resource policies: the sample has none, each weakness is caught."""

import json
from datetime import date
from typing import Any

import pytest

from foundation.checks.assembly import Assembly
from foundation.checks.templates import check_templates
from tests.unit.checks.breaking import Found, Template, add, broken, named, properties, statement
from tests.unit.checks.sample import ACCOUNT, GUARDRAIL, MODEL

ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def _policy(template: Template, **statement_body: Any) -> None:
    body = {"Effect": "Allow", **statement_body}
    add(template, "More", "AWS::IAM::ManagedPolicy", PolicyDocument={"Version": "2012-10-17", "Statement": body})


@pytest.mark.parametrize("action", ["s3:*", "s3:Get*", "s3:GetObjec?", "*"])
def test_fails_on_action_wildcards(found: Found, action: str) -> None:
    ids = found(lambda template: _policy(template, Action=action, Resource="arn:aws:s3:::bucket/key"))
    assert ids[0] == f"GF::GF-IAM-001[{action}]"


def test_fails_on_not_action(found: Found) -> None:
    ids = found(lambda template: _policy(template, NotAction="iam:*", Resource="arn:aws:s3:::bucket/key"))
    assert "GF::GF-IAM-001[*]" in ids


def test_fails_on_action_wildcards_of_inline_and_resource_policies(found: Found) -> None:
    body = {"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:eu-west-1:1:q"}

    def inline(template: Template) -> None:
        properties(template, "Role")["Policies"] = [{"PolicyName": "a", "PolicyDocument": {"Statement": [body]}}]

    def on_resource(template: Template) -> None:
        principal = {"AWS": "arn:aws:iam::222222222222:role/a"}
        document = {"Statement": {**body, "Principal": principal}}
        add(template, "QueuePolicy", "AWS::SQS::QueuePolicy", PolicyDocument=document, Queues=[])

    assert found(inline) == ["GF::GF-IAM-001[sqs:*]"]
    assert found(on_resource) == ["GF::GF-IAM-001[sqs:*]"]


@pytest.mark.parametrize("principal", [ROOT, ACCOUNT, {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}])
def test_a_key_may_delegate_to_its_own_account(found: Found, principal: object) -> None:
    assert found(lambda template: statement(template, "Key", "KeyPolicy").update(Principal={"AWS": principal})) == []


@pytest.mark.parametrize("principal", ["*", "arn:aws:iam::999999999999:root", f"arn:aws:iam::{ACCOUNT}:role/a"])
def test_fails_when_a_key_delegates_elsewhere(found: Found, principal: str) -> None:
    ids = found(lambda template: statement(template, "Key", "KeyPolicy").update(Principal={"AWS": principal}))
    assert ids == ["GF::GF-IAM-001[kms:*]"]


@pytest.mark.parametrize("resource", ["*", "arn:aws:s3:::*", ["a:b", "*"], {"Fn::Sub": "arn:${AWS::Partition}:s3:::*"}])
def test_fails_on_every_resource_where_better_is_possible(found: Found, resource: object) -> None:
    ids = found(lambda template: _policy(template, Action=["s3:GetObject", "xray:PutTraceSegments"], Resource=resource))
    assert ids == ["GF::GF-IAM-002[s3:GetObject]"]


def test_fails_on_not_resource(found: Found) -> None:
    assert found(lambda template: _policy(template, Action="s3:GetObject", NotResource="arn:aws:s3:::a")) == [
        "GF::GF-IAM-002[s3:GetObject]"
    ]


def test_fails_on_an_action_that_aws_does_not_know(found: Found) -> None:
    assert found(lambda template: _policy(template, Action="s3:GetObjects", Resource="*")) == [
        "GF::GF-IAM-002[s3:GetObjects]"
    ]


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("arn:aws:ec2:eu-west-1:222222222222:*/*", ["GF::GF-IAM-002[ec2:CreateNetworkInterface]"]),
        (
            "arn:aws:ec2:*:222222222222:*/*",
            ["GF::GF-IAM-002[ec2:CreateNetworkInterface]", "GF::GF-IAM-002[ec2:DeleteNetworkInterface]"],
        ),
        ("arn:aws:ec2:eu-west-1:222222222222:network-interface/*", []),
    ],
)
def test_lambda_may_delete_interfaces_as_aws_documents(found: Found, resource: str, expected: list[str]) -> None:
    actions = ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"]
    assert found(lambda template: _policy(template, Action=actions, Resource=resource)) == expected


def test_fails_on_metrics_of_every_namespace(found: Found) -> None:
    assert found(lambda template: statement(template, "Policy", "PolicyDocument", 3).pop("Condition")) == [
        "GF::GF-IAM-002[cloudwatch:PutMetricData]"
    ]


def test_deny_statements_may_use_wildcards(found: Found) -> None:
    assert found(lambda template: _policy(template, Effect="Deny", Action="s3:*", Resource="*")) == []


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}},
        {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}},
    ],
)
def test_fails_on_a_confused_deputy_in_a_trust_policy(found: Found, condition: dict[str, Any]) -> None:
    ids = found(lambda template: statement(template, "Role", "AssumeRolePolicyDocument").update(Condition=condition))
    assert ids == ["GF::GF-IAM-003[lambda.amazonaws.com]"]


def test_fails_on_a_confused_deputy_in_a_key_policy(found: Found) -> None:
    assert found(lambda template: statement(template, "Key", "KeyPolicy", 1).pop("Condition")) == [
        "GF::GF-IAM-003[sns.amazonaws.com]"
    ]


def test_fails_on_a_confused_deputy_in_a_permission(found: Found) -> None:
    assert found(lambda template: properties(template, "Permission").pop("SourceAccount")) == [
        "GF::GF-IAM-003[events.amazonaws.com]"
    ]


@pytest.mark.parametrize(
    "condition",
    [
        {"ArnLike": {"AWS:SourceArn": "arn:aws:sns:eu-west-1:222222222222:topic"}},
        {"StringEquals": {"aws:SourceOrgID": "o-exampleorg1"}},
        {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:222222222222:log-group:a"}},
    ],
)
def test_source_conditions_are_accepted(found: Found, condition: dict[str, Any]) -> None:
    assert found(lambda template: statement(template, "Key", "KeyPolicy", 1).update(Condition=condition)) == []


def test_instances_assume_their_role_without_source_context(found: Found) -> None:
    trust = {"Principal": {"Service": "ec2.amazonaws.com"}, "Condition": {}}
    assert found(lambda template: statement(template, "Role", "AssumeRolePolicyDocument").update(trust)) == []


def test_fails_on_policies_given_as_text(found: Found) -> None:
    body = {"Effect": "Allow", "Action": "logs:*", "Principal": {"Service": "es.amazonaws.com"}, "Resource": "*"}
    text = json.dumps({"Statement": [body]})

    def change(document: object) -> list[str]:
        return found(lambda template: add(template, "P", "AWS::Logs::ResourcePolicy", PolicyDocument=document))

    expected = ["GF::GF-IAM-001[logs:*]", "GF::GF-IAM-003[es.amazonaws.com]"]
    assert change(text) == expected
    assert change({"Fn::Join": ["", [text[:10], text[10:]]]}) == expected
    assert change('{"Statement": [') == ["GF::GF-IAM-006[PolicyDocument]"]


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:bedrock:eu-west-1::foundation-model/*",
        "arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0",
        "arn:aws:bedrock:eu-west-1:222222222222:inference-profile/eu.*",
    ],
)
def test_fails_on_model_wildcards(found: Found, arn: str) -> None:
    assert found(lambda template: statement(template, "Policy", "PolicyDocument").update(Resource=arn)) == [
        f"GF::GF-IAM-004[{arn}]"
    ]


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"StringEqualsIfExists": {"bedrock:GuardrailIdentifier": GUARDRAIL}},
        {"StringLike": {"bedrock:GuardrailIdentifier": "*"}},
        {"StringNotEquals": {"bedrock:GuardrailIdentifier": GUARDRAIL}},
    ],
)
def test_fails_on_invocations_without_a_guardrail(found: Found, condition: dict[str, Any]) -> None:
    ids = found(lambda template: statement(template, "Policy", "PolicyDocument").update(Condition=condition))
    assert ids == [f"GF::GF-IAM-005[{MODEL}]"]


@pytest.mark.parametrize(
    ("deny", "expected"),
    [
        ({"StringNotEquals": {"bedrock:GuardrailIdentifier": GUARDRAIL}}, []),
        ({"Null": {"bedrock:GuardrailIdentifier": "true"}}, []),
        ({"StringNotEqualsIfExists": {"bedrock:GuardrailIdentifier": GUARDRAIL}}, [f"GF::GF-IAM-005[{MODEL}]"]),
        ({"Null": {"bedrock:GuardrailIdentifier": "false"}}, [f"GF::GF-IAM-005[{MODEL}]"]),
    ],
)
def test_a_deny_for_every_other_guardrail_counts(found: Found, deny: dict[str, Any], expected: list[str]) -> None:
    def change(template: Template) -> None:
        statement(template, "Policy", "PolicyDocument").pop("Condition")
        body = {"Effect": "Deny", "Action": "bedrock:InvokeModel*", "Resource": "*", "Condition": deny}
        properties(template, "Policy")["PolicyDocument"]["Statement"].append(body)

    assert found(change) == expected


def test_an_acknowledgement_covers_exactly_its_id(good: Assembly) -> None:
    def change(template: Template) -> None:
        _policy(template, Action=["s3:Get*", "s3:Put*"], Resource="arn:aws:s3:::bucket/key")
        reason = "every read of this one object is meant [owner: the platform team; expires: 2027-01-01]"
        rules = [{"id": "GF::GF-IAM-001[s3:Get*]", "reason": reason}]
        named(template, "More")["Metadata"] = {"cdk_nag": {"rules_to_suppress": rules}}

    judged = {each.finding.id: each.acknowledgement for each in check_templates(broken(good, change))}
    assert list(judged) == ["GF::GF-IAM-001[s3:Get*]", "GF::GF-IAM-001[s3:Put*]"]
    covering = judged["GF::GF-IAM-001[s3:Get*]"]
    assert covering is not None
    assert (covering.owner, covering.expires) == ("the platform team", date(2027, 1, 1))
    assert judged["GF::GF-IAM-001[s3:Put*]"] is None
