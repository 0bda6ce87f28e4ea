"""Redacts golden datasets for accounts that mustn't see personal data."""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from genai_foundation import contract
from genai_foundation.acknowledge import acknowledge
from genai_foundation.alarms import Alarms
from genai_foundation.catalog import GuardrailSpec
from genai_foundation.function import Function, Operations, Placement, Runtime
from genai_foundation.guardrails import Guardrail
from genai_foundation.iam import Statement, allow, document
from genai_foundation.keys import ADMIN_ACTIONS, DELETION_WINDOW_DAYS
from genai_foundation.reviews import NEXT_REVIEW, OWNER

METRICS_NAMESPACE: Final = "GenAIFoundation"
FUNCTION: Final = "evaluation/redact-function-name"
# Ages and addresses of web pages say nothing about who somebody is; everything else that Bedrock recognises is masked.
ENTITIES: Final = (
    "ADDRESS", "AWS_ACCESS_KEY", "AWS_SECRET_KEY", "CA_HEALTH_NUMBER", "CA_SOCIAL_INSURANCE_NUMBER", "CREDIT_DEBIT_CARD_CVV",
    "CREDIT_DEBIT_CARD_EXPIRY", "CREDIT_DEBIT_CARD_NUMBER", "DRIVER_ID", "EMAIL", "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
    "IP_ADDRESS", "LICENSE_PLATE", "MAC_ADDRESS", "NAME", "PASSWORD", "PHONE", "PIN", "SWIFT_CODE",
    "UK_NATIONAL_HEALTH_SERVICE_NUMBER", "UK_NATIONAL_INSURANCE_NUMBER", "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER", "USERNAME",
    "US_BANK_ACCOUNT_NUMBER", "US_BANK_ROUTING_NUMBER", "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER", "US_PASSPORT_NUMBER",
    "US_SOCIAL_SECURITY_NUMBER", "VEHICLE_IDENTIFICATION_NUMBER",
)  # fmt: skip


def redaction_guardrail() -> GuardrailSpec:
    """A guardrail that only masks: a block would hide what it found."""
    message = "This guardrail finds personal data in evaluation suites and blocks nothing."
    return GuardrailSpec.model_validate(
        {
            "name": "dataset-redaction",
            "version": 1,
            "description": "Finds personal data in evaluation suites before development may read them.",
            "blocked_input_messaging": message,
            "blocked_outputs_messaging": message,
            "sensitive_information_policy": {
                "pii_entities": [{"type": each, "action": "ANONYMIZE"} for each in ENTITIES]
            },
        }
    )


class PseudonymKey(Construct):
    """An HMAC key that makes replacements the same in every run; without it nobody can test a guess at a value.

    Never rotated: another key would make another person of everybody.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        account = cdk.Stack.of(self).account
        own: Statement = {
            "Sid": "AccountDecidesByIam",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": [*ADMIN_ACTIONS, "kms:GenerateMac"],
            "Resource": "*",
        }
        self.key = kms.CfnKey(
            self,
            "Default",
            description="Makes replacements of personal data in evaluation suites",
            key_spec="HMAC_256",
            key_usage="GENERATE_VERIFY_MAC",
            pending_window_in_days=DELETION_WINDOW_DAYS,
            key_policy=document([own]),
        )
        self.key.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        acknowledge(
            self.key,
            "checkov:CKV_AWS_7",
            reason="KMS rotates no HMAC keys by itself, and another key would make another person of everybody in the suites",
            owner=OWNER,
            expires=NEXT_REVIEW,
        )
        self.id = self.key.ref
        self.arn = self.key.attr_arn

    def grant_generate(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal make replacements."""
        return iam.Grant.add_to_principal(grantee=grantee, actions=["kms:GenerateMac"], resource_arns=[self.arn])


class DatasetRedaction(Construct):
    """A function that reads `golden/SUITE/VERSION/` and writes `redacted/…` with a report (docs/adr/0012-golden-datasets.md).

    :param bucket_name: the bucket of `GoldenDatasets`
    :param key_arn: its key
    :param operations: keys, retention and the dead-letter queue
    :param placement: isolated subnets and a group that reaches the endpoints
    :param layer_arn: the layer `redaction`
    :param alarm_topic_arn: where alarms go
    :param environment_name: name of the account in logs. Default ``data-governance``
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bucket_name: str,
        key_arn: str,
        operations: Operations,
        placement: Placement,
        layer_arn: str,
        alarm_topic_arn: str,
        runtime: Runtime | None = None,
        environment_name: str = "data-governance",
    ) -> None:
        super().__init__(scope, construct_id)
        self.guardrail = Guardrail(self, "Guardrail", spec=redaction_guardrail(), key_arn=operations.data_key_arn)
        self.key = PseudonymKey(self, "Pseudonyms")
        bucket = f"arn:aws:s3:::{bucket_name}"
        self.function = Function(
            self,
            "Default",
            handler="genai_runtime.evaluation.handlers.redact.handler",
            description="Replaces personal data in evaluation suites",
            operations=operations,
            runtime=runtime,
            placement=placement,
            layer_arns=[layer_arn],
            timeout=cdk.Duration.minutes(15),
            memory_mib=1024,
            reserved_concurrency=2,
            environment={
                "ENVIRONMENT": environment_name,
                "BUCKET_NAME": bucket_name,
                "REDACTION_GUARDRAIL_ID": self.guardrail.guardrail_id,
                "REDACTION_GUARDRAIL_VERSION": self.guardrail.version,
                "PSEUDONYM_KEY_ID": self.key.id,
                "POWERTOOLS_SERVICE_NAME": "evaluation-redact",
                "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
                "LOG_LEVEL": "INFO",
            },
            statements=[
                allow("List", ["s3:ListBucket"], [bucket]),
                allow("ReadGolden", ["s3:GetObject"], [f"{bucket}/golden/*"]),
                allow("WriteRedacted", ["s3:PutObject"], [f"{bucket}/redacted/*"]),
                allow("Datasets", ["kms:Decrypt", "kms:GenerateDataKey"], [key_arn]),
                allow("Pseudonyms", ["kms:GenerateMac"], [self.key.arn]),
                allow("Detect", ["bedrock:ApplyGuardrail"], self.guardrail.apply_arns),
            ],
        )
        for prefix in ("golden", "redacted"):
            acknowledge(
                self.function.role.policy,
                f"AwsSolutions::AwsSolutions-IAM5[Resource::{bucket}/{prefix}/*]",
                reason="suites are named when they are published; one prefix of one bucket, to read or to write only",
                owner=OWNER,
                expires=NEXT_REVIEW,
            )

        Alarms(self, "Alarms", topic_arn=alarm_topic_arn).add_function("Redact", self.function.name)

    def publish(self) -> None:
        """Publish the function's name for those who publish suites."""
        contract.publish(self, "FunctionName", FUNCTION, self.function.name)
