"""A small app with cdk-nag's packs: two accounts, findings in every state that the report knows."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from aws_cdk import Acknowledgment, App, Aspects, Environment, Stack, Stage, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks, WriteNagSuppressionsToCloudFormationAspect
from constructs import Construct

from genai_foundation.acknowledge import acknowledge

ACCOUNTS = {"dev": "222222222222", "prod": "444444444444"}
SQS3 = "AwsSolutions::AwsSolutions-SQS3"
SQS4 = "AwsSolutions::AwsSolutions-SQS4"
WILDCARD = "AwsSolutions::AwsSolutions-IAM5[Action::s3:Get*]"
OWN_WILDCARD = "GF::GF-IAM-001[s3:Get*]"
ROTATION = (
    "AwsSolutions::AwsSolutions-KMS5",
    "NIST.800.53.R5::NIST.800.53.R5-KMSBackingKeyRotationEnabled",
)
ANSWER: dict[str, Any] = {"owner": "platform-team", "expires": date(2027, 6, 30)}


@dataclass(frozen=True)
class Faults:
    """What is wrong in `dev/Workload`; nothing by default."""

    open_finding: bool = False
    no_owner: bool = False
    expired: bool = False
    stale: bool = False
    not_written: bool = False
    reason: str = "the topic in front of it encrypts in transit"


def synthesize(outdir: Path, faults: Faults | None = None, *, packs: bool = True) -> Path:
    """Write the cloud assembly; the report's own gate is what the tests look at, so findings don't stop synthesis."""
    app = App(
        outdir=str(outdir),
        post_cli_context={
            "aws:cdk:enable-path-metadata": True,
            "@aws-cdk/core:failSynthOnValidationErrors": False,
        },
        builtin_cloud_formation_validation=False,
    )
    for name, account in ACCOUNTS.items():
        stage = Stage(app, name, env=Environment(account=account, region="eu-west-1"))
        wrong = (faults or Faults()) if name == "dev" else Faults()
        if not wrong.not_written:
            Aspects.of(stage).add(WriteNagSuppressionsToCloudFormationAspect())
        _workload(Stack(stage, "Workload"), wrong)
    if packs:
        Validations.of(app).add_plugins(AwsSolutionsChecks(app), NIST80053R5Checks(app))
    app.synth()
    return outdir


def _workload(stack: Stack, wrong: Faults) -> None:
    key = kms.CfnKey(stack, "Key", key_policy={"Version": "2012-10-17", "Statement": []})
    for finding in ROTATION:
        acknowledge(key, finding, reason="imported key material can't be rotated by KMS", **ANSWER)
    queue = sqs.CfnQueue(stack, "Failures", kms_master_key_id=key.attr_arn)
    reason = "this queue is itself the dead-letter queue of the function"
    if wrong.no_owner:
        Validations.of(queue).acknowledge(Acknowledgment(id=SQS3, reason="not needed"))
    else:
        acknowledge(queue, SQS3, reason=reason, **ANSWER, also=["checkov:CKV_AWS_27"])
    if not wrong.open_finding:
        expires = date(2020, 1, 1) if wrong.expired else ANSWER["expires"]
        acknowledge(queue, SQS4, reason=wrong.reason, owner="platform-team", expires=expires)
    if wrong.stale:
        acknowledge(queue, "AwsSolutions::AwsSolutions-S1", reason="left over from a bucket of long ago", **ANSWER)
    _reader(stack)


def _reader(stack: Stack) -> None:
    """The acknowledgement stands on the construct around two resources, of which one has the finding."""
    reader = Construct(stack, "Reader")
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": stack.account}},
    }
    role = iam.CfnRole(reader, "Role", assume_role_policy_document={"Version": "2012-10-17", "Statement": [trust]})
    reads = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::documents/index.json"}
    document = {"Version": "2012-10-17", "Statement": [reads]}
    iam.CfnManagedPolicy(reader, "Policy", policy_document=document, roles=[role.ref])
    for finding in (WILDCARD, OWN_WILDCARD):
        acknowledge(reader, finding, reason="one object, read whole and with its versions", **ANSWER)
