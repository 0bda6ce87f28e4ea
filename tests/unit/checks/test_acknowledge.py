"""Acknowledging a finding beside its resource: what is stored, and what is refused."""

from datetime import date, datetime
from typing import Any

import pytest
from aws_cdk import App, Aspects, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template
from cdk_nag import WriteNagSuppressionsToCloudFormationAspect
from constructs import Construct

from foundation.checks.acknowledgements import Acknowledgement
from genai_foundation.acknowledge import AcknowledgementError, acknowledge

SQS3 = "AwsSolutions::AwsSolutions-SQS3"
REASON = "this queue is itself the dead-letter queue of the function"
EXPIRES = date(2027, 6, 30)
TEXT = f"{REASON} [owner: platform-team; expires: 2027-06-30]"


@pytest.fixture
def stack() -> Stack:
    return Stack(App(), "Sample")


def _queue_metadata(stack: Stack) -> dict[str, Any]:
    Aspects.of(stack).add(WriteNagSuppressionsToCloudFormationAspect())
    (queue,) = Template.from_stack(stack).find_resources("AWS::SQS::Queue").values()
    return queue.get("Metadata", {})  # type: ignore[no-any-return]


def test_the_text_reaches_the_template_and_is_read_back(stack: Stack) -> None:
    acknowledge(sqs.CfnQueue(stack, "Queue"), SQS3, reason=REASON, owner="platform-team", expires=EXPIRES)
    assert _queue_metadata(stack) == {"cdk_nag": {"rules_to_suppress": [{"id": SQS3, "reason": TEXT}]}}
    assert Acknowledgement.parse(SQS3, TEXT) == Acknowledgement(SQS3, REASON, "platform-team", EXPIRES)


def test_ids_of_other_tools_are_merged_into_metadata(stack: Stack) -> None:
    queue = sqs.CfnQueue(stack, "Queue")
    queue.add_metadata("checkov", {"skip": [{"id": "CKV_AWS_1", "comment": "before"}]})
    queue.add_metadata("cfn-lint", {"config": {"ignore_checks": ["W1001"], "configure_rules": {}}})
    for _ in range(2):
        also = ("checkov:CKV_AWS_27", "cfn-lint:W3005")
        acknowledge(queue, SQS3, reason=REASON, owner="platform-team", expires=EXPIRES, also=also)
    metadata = _queue_metadata(stack)
    assert metadata["checkov"]["skip"] == [
        {"id": "CKV_AWS_1", "comment": "before"},
        {"id": "CKV_AWS_27", "comment": TEXT},
    ]
    assert metadata["cfn-lint"] == {"config": {"ignore_checks": ["W1001", "W3005"], "configure_rules": {}}}
    assert metadata["genai_foundation"]["acknowledged"] == [
        {"id": "checkov:CKV_AWS_27", "reason": TEXT},
        {"id": "cfn-lint:W3005", "reason": TEXT},
    ]


def test_a_construct_with_a_resource_as_default_child_is_accepted(stack: Stack) -> None:
    queue = sqs.Queue(stack, "Queue", encryption_master_key=kms.Key.from_key_arn(stack, "Key", _key_arn()))
    acknowledge(queue, "checkov:CKV_AWS_27", reason=REASON, owner="platform-team", expires=EXPIRES)
    metadata = _queue_metadata(stack)
    assert metadata["checkov"] == {"skip": [{"id": "CKV_AWS_27", "comment": TEXT}]}
    assert "cdk_nag" not in metadata


def test_line_breaks_of_the_reason_are_joined(stack: Stack) -> None:
    reason = "this queue is itself\n    the dead-letter queue"
    acknowledge(sqs.CfnQueue(stack, "Queue"), SQS3, reason=reason, owner=" the team ", expires=EXPIRES)
    (rule,) = _queue_metadata(stack)["cdk_nag"]["rules_to_suppress"]
    assert rule["reason"] == "this queue is itself the dead-letter queue [owner: the team; expires: 2027-06-30]"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reason": "not needed"}, "GF-ACK-001"),
        ({"reason": " " * 40}, "GF-ACK-001"),
        ({"owner": "  "}, "GF-ACK-002"),
        ({"owner": "a; expires: 2099-01-01]"}, "GF-ACK-002"),
        ({"expires": "2027-01-01"}, "GF-ACK-003"),
        ({"expires": datetime(2027, 1, 1)}, "GF-ACK-003"),
        ({"also": ["CKV_AWS_27"]}, "GF-ACK-006"),
        ({"also": ["cfn-lint:3005"]}, "GF-ACK-006"),
    ],
)
def test_fails_on_an_acknowledgement_that_nobody_could_judge(stack: Stack, change: dict[str, Any], code: str) -> None:
    arguments: dict[str, Any] = {"reason": REASON, "owner": "platform-team", "expires": EXPIRES, **change}
    with pytest.raises(AcknowledgementError) as raised:
        acknowledge(sqs.CfnQueue(stack, "Queue"), SQS3, **arguments)
    assert raised.value.code == code
    assert str(raised.value).startswith(f"{code}: ")


@pytest.mark.parametrize(
    ("finding_id", "code"),
    [
        ("AwsSolutions-SQS3", "GF-ACK-004"),
        ("SQS3", "GF-ACK-004"),
        ("AwsSolutions::SQS3", "GF-ACK-004"),
        ("AwsSolutions::NIST.800.53.R5-SQS3", "GF-ACK-004"),
        ("CKV_AWS_27", "GF-ACK-004"),
        ("AwsSolutions::AwsSolutions-IAM4", "GF-ACK-005"),
        ("AwsSolutions::AwsSolutions-IAM5", "GF-ACK-005"),
        ("AwsSolutions::AwsSolutions-IAM5[]", "GF-ACK-004"),
        ("GF::GF-IAM-001", "GF-ACK-005"),
    ],
)
def test_fails_on_an_id_that_covers_nothing(stack: Stack, finding_id: str, code: str) -> None:
    with pytest.raises(AcknowledgementError) as raised:
        acknowledge(sqs.CfnQueue(stack, "Queue"), finding_id, reason=REASON, owner="platform-team", expires=EXPIRES)
    assert raised.value.code == code


def test_fails_on_linter_ids_without_a_resource(stack: Stack) -> None:
    group = Construct(stack, "Group")
    with pytest.raises(AcknowledgementError, match=r"GF-ACK-007.*Sample/Group"):
        acknowledge(group, SQS3, reason=REASON, owner="a", expires=EXPIRES, also=["checkov:CKV_AWS_27"])


def test_fails_before_anything_is_stored(stack: Stack) -> None:
    with pytest.raises(AcknowledgementError):
        acknowledge(sqs.CfnQueue(stack, "Queue"), SQS3, reason=REASON, owner="a", expires=EXPIRES, also=["x"])
    assert _queue_metadata(stack) == {}


def _key_arn() -> str:
    return "arn:aws:kms:eu-west-1:222222222222:key/12345678-1234-1234-1234-123456789012"
