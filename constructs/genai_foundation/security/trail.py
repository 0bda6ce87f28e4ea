"""CloudTrail in every account, kept in a locked bucket of the shared account (SEC-4)."""

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_logs as logs
from constructs import Construct

from genai_foundation.acknowledge import acknowledge
from genai_foundation.iam import ServiceRole, Statement, allow
from genai_foundation.keys import CustomerKey
from genai_foundation.reviews import NEXT_REVIEW, OWNER
from genai_foundation.storage import SecureBucket

CLOUDTRAIL = "cloudtrail.amazonaws.com"
ARCHIVE_ALIAS = "genai-foundation-trail-archive"

# Data events of what the platform runs. Source: CloudTrail User Guide, "Logging data events".
DATA_EVENT_TYPES = [
    "AWS::Bedrock::AgentAlias",
    "AWS::Bedrock::Guardrail",
    "AWS::Bedrock::KnowledgeBase",
    "AWS::Bedrock::Model",
    "AWS::DynamoDB::Table",
    "AWS::Lambda::Function",
]


def archive_bucket_name(account: str, region: str) -> str:
    """Name of the shared account's trail archive in a Region: trails of other accounts must know it before it exists."""
    return f"genai-foundation-trail-{account}-{region}"


def archive_key_alias_arn(account: str, region: str) -> str:
    """ARN of the alias of the archive's key in the shared account, for the trails of other accounts."""
    return f"arn:aws:kms:{region}:{account}:alias/{ARCHIVE_ALIAS}"


def trail_arn(account: str, region: str, name: str) -> str:
    """ARN of a trail."""
    return f"arn:aws:cloudtrail:{region}:{account}:trail/{name}"


class TrailArchive(Construct):
    """The shared account's locked bucket for the trails of all accounts in one Region, with its key.

    :param bucket_name: see `archive_bucket_name`
    :param accounts: account ids that may deliver
    :param trail_name: name of their trails in this Region
    :param lock_days: compliance-mode retention of each log file
    :param access_log_bucket: name of the bucket that receives the server access log
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bucket_name: str,
        accounts: Sequence[str],
        trail_name: str,
        lock_days: int,
        access_log_bucket: str,
    ) -> None:
        super().__init__(scope, construct_id)
        region = cdk.Stack.of(self).region
        trails = [trail_arn(account, region, trail_name) for account in accounts]
        contexts = [f"arn:aws:cloudtrail:*:{account}:trail/*" for account in accounts]
        self.key = CustomerKey(
            self,
            "Key",
            description="CloudTrail log files of all accounts",
            alias=ARCHIVE_ALIAS,
            service_statements=[
                _service("TrailsEncrypt", ["kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:Decrypt"], "*", {
                    "StringEquals": {"aws:SourceArn": trails},
                    "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": contexts},
                }),
                _service("TrailsDescribe", ["kms:DescribeKey"], "*", {"StringEquals": {"aws:SourceArn": trails}}),
            ],
        )  # fmt: skip
        self.bucket = SecureBucket(
            self,
            "Bucket",
            bucket_name=bucket_name,
            key_arn=self.key.arn,
            access_log_bucket=access_log_bucket,
            object_lock_days=lock_days,
            noncurrent_days=lock_days,
            expire_days=lock_days,
            # CloudTrail's encryption context is its trail; with a bucket key it would be the bucket.
            bucket_key=False,
            statements=lambda arn: [
                _service("TrailsCheckAcl", ["s3:GetBucketAcl"], arn, {"StringEquals": {"aws:SourceArn": trails}}),
                _service("TrailsDeliver", ["s3:PutObject"], [f"{arn}/AWSLogs/{account}/*" for account in accounts], {
                    "StringEquals": {"aws:SourceArn": trails, "s3:x-amz-acl": "bucket-owner-full-control"},
                }),
            ],
        )  # fmt: skip


class AuditTrail(Construct):
    """The trail of one account in one Region: management and data events, validated, encrypted, copied to CloudWatch Logs.

    :param trail_name: a multi-Region trail shows up in every Region, so no other trail of the account may have its name
    :param archive_bucket: name of the archive bucket in the shared account
    :param archive_key_arn: ARN of the archive's key, or of its alias
    :param logs_key_arn: key of the CloudWatch log group
    :param log_retention_days: retention of the CloudWatch copy
    :param unlogged_bucket_arns: buckets that receive logs: an event for each delivery would make the next delivery
    :param multi_region: True in the primary Region: Regions that nobody approved are watched too. In the recovery Region a
        trail of its own keeps recording when the primary Region is lost
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        trail_name: str,
        archive_bucket: str,
        archive_key_arn: str,
        logs_key_arn: str,
        log_retention_days: int,
        multi_region: bool,
        unlogged_bucket_arns: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        log_group = logs.CfnLogGroup(self, "Logs", kms_key_id=logs_key_arn, retention_in_days=log_retention_days)
        log_group.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        role = ServiceRole(
            self,
            "Role",
            service=CLOUDTRAIL,
            description="CloudTrail writes its events to CloudWatch Logs",
            statements=[allow("Deliver", ["logs:CreateLogStream", "logs:PutLogEvents"], [log_group.attr_arn])],
        )
        trail = cloudtrail.CfnTrail(
            self,
            "Default",
            trail_name=trail_name,
            is_logging=True,
            is_multi_region_trail=multi_region,
            include_global_service_events=multi_region,
            enable_log_file_validation=True,
            s3_bucket_name=archive_bucket,
            kms_key_id=archive_key_arn,
            cloud_watch_logs_log_group_arn=log_group.attr_arn,
            cloud_watch_logs_role_arn=role.arn,
            advanced_event_selectors=[
                management_events(),
                *(data_events(kind) for kind in DATA_EVENT_TYPES),
                data_events("AWS::S3::Object", except_below=unlogged_bucket_arns),
            ],
        )
        trail.add_resource_dependency(role.policy)
        acknowledge(
            role.role,
            "GF::GF-IAM-003[cloudtrail.amazonaws.com]",
            reason="CloudTrail's own role policy for CloudWatch Logs has no source condition, and it may not send one",
            owner=OWNER,
            expires=NEXT_REVIEW,
        )
        if not multi_region:
            acknowledge(
                trail,
                "checkov:CKV_AWS_67",
                reason="the primary Region's trail covers all Regions; this one keeps recording when that Region is lost",
                owner=OWNER,
                expires=NEXT_REVIEW,
            )
        self.trail = trail
        self.log_group_name = log_group.ref


def management_events() -> dict[str, Any]:
    """Selector of all management events."""
    return {"name": "Management", "fieldSelectors": [{"field": "eventCategory", "equalTo": ["Management"]}]}


def data_events(resource_type: str, *, except_below: Sequence[str] = ()) -> dict[str, Any]:
    """Selector of all data events of a resource type, but for resources below these ARNs."""
    fields: list[dict[str, Any]] = [
        {"field": "eventCategory", "equalTo": ["Data"]},
        {"field": "resources.type", "equalTo": [resource_type]},
    ]
    if except_below:
        fields.append({"field": "resources.ARN", "notStartsWith": [f"{arn}/" for arn in except_below]})
    return {"name": resource_type.removeprefix("AWS::"), "fieldSelectors": fields}


def _service(sid: str, actions: Sequence[str], resource: str | list[str], condition: Mapping[str, Any]) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": CLOUDTRAIL},
        "Action": list(actions),
        "Resource": resource,
        "Condition": dict(condition),
    }
