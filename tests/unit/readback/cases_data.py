"""Log groups, tables, queues, topics, parameters, secrets."""

# ruff: noqa: E501 - tables

from __future__ import annotations

import json
from typing import Any

from tests.unit.readback.cases import EXTRA, KEY, OTHER_KEY, POLICY, WIDE, Case

TOPIC_ARN = "arn:aws:sns:eu-west-1:222222222222:alarms"
QUEUE_URL = "https://sqs.eu-west-1.amazonaws.com/222222222222/dead"
QUEUE_ARN = "arn:aws:sqs:eu-west-1:222222222222:dead"
KEYS = [{"AttributeName": "use_case", "KeyType": "HASH"}]

_TABLE_ANSWERS: dict[tuple[str, str], Any] = {
    ("dynamodb", "describe_table"): {
        "Table": {
            "TableName": "audit", "KeySchema": KEYS, "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
            "SSEDescription": {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": KEY}, "DeletionProtectionEnabled": True,
        }
    },
    ("dynamodb", "describe_continuous_backups"): {
        "ContinuousBackupsDescription": {
            "ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "ENABLED"}
        }
    },
    ("dynamodb", "describe_time_to_live"): {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}},
}  # fmt: skip
_TABLE_TAMPERED: tuple[tuple[tuple[Any, ...], Any, str], ...] = (
    (("dynamodb", "describe_table", "Table", "SSEDescription"), {"Status": "DISABLED"}, "SSE"),
    (("dynamodb", "describe_table", "Table", "SSEDescription", "KMSMasterKeyArn"), OTHER_KEY, "SSE.Key"),
    (("dynamodb", "describe_continuous_backups", "ContinuousBackupsDescription", "PointInTimeRecoveryDescription",
      "PointInTimeRecoveryStatus"), "DISABLED", "PointInTimeRecovery"),
    (("dynamodb", "describe_time_to_live", "TimeToLiveDescription", "TimeToLiveStatus"), "DISABLED", "TimeToLive"),
    (("dynamodb", "describe_table", "Table", "DeletionProtectionEnabled"), False, "DeletionProtection"),
)  # fmt: skip
_TABLE = {
    "KeySchema": KEYS, "BillingMode": "PAY_PER_REQUEST", "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
    "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
}  # fmt: skip
_REPLICA = {
    "SSESpecification": {"KMSMasterKeyId": KEY}, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
    "DeletionProtectionEnabled": True,
}  # fmt: skip

DATA = (
    Case(
        "AWS::Logs::LogGroup", "/app", {"LogGroupName": "/app", "RetentionInDays": 365, "KmsKeyId": KEY},
        {("logs", "describe_log_groups"): {"logGroups": [{"logGroupName": "/app", "retentionInDays": 365, "kmsKeyId": KEY}]}},
        (
            (("logs", "describe_log_groups", "logGroups", 0, "retentionInDays"), 1, "RetentionInDays"),
            (("logs", "describe_log_groups", "logGroups", 0), {"logGroupName": "/app", "kmsKeyId": KEY}, "RetentionInDays"),
            (("logs", "describe_log_groups", "logGroups", 0), {"logGroupName": "/app", "retentionInDays": 365}, "KmsKeyId"),
            (("logs", "describe_log_groups", "logGroups"), [], "LogGroupName"),
        ),
    ),
    Case(
        "AWS::DynamoDB::Table", "audit",
        {**_TABLE, **_REPLICA, "SSESpecification": {"SSEEnabled": True, "KMSMasterKeyId": KEY}}, _TABLE_ANSWERS, _TABLE_TAMPERED,
    ),
    Case(
        "AWS::DynamoDB::GlobalTable", "audit", {**_TABLE, "Replicas": [{"Region": "eu-west-1", **_REPLICA}]}, _TABLE_ANSWERS,
        (*_TABLE_TAMPERED, (("dynamodb", "describe_table", "Table", "Replicas"), [{"RegionName": "us-east-1"}], "Replicas")),
    ),
    Case(
        "AWS::SQS::Queue", QUEUE_URL, {"KmsMasterKeyId": KEY, "MessageRetentionPeriod": 1209600},
        {("sqs", "get_queue_attributes"): {"Attributes": {"KmsMasterKeyId": KEY, "MessageRetentionPeriod": "1209600"}}},
        (
            (("sqs", "get_queue_attributes", "Attributes"), {"MessageRetentionPeriod": "1209600"}, "KmsMasterKeyId"),
            (("sqs", "get_queue_attributes", "Attributes", "MessageRetentionPeriod"), "60", "MessageRetentionPeriod"),
            (("sqs", "get_queue_attributes", "Attributes", "RedrivePolicy"), "{}", "RedrivePolicy"),
        ),
    ),
    Case(
        "AWS::SQS::QueuePolicy", "p", {"Queues": [QUEUE_URL], "PolicyDocument": POLICY},
        {("sqs", "get_queue_attributes"): {"Attributes": {"Policy": json.dumps(POLICY)}}},
        ((("sqs", "get_queue_attributes", "Attributes", "Policy"), json.dumps(WIDE), "PolicyDocument dead"),
         (("sqs", "get_queue_attributes"), {}, "PolicyDocument dead")),
    ),
    Case(
        "AWS::SNS::Topic", TOPIC_ARN, {"KmsMasterKeyId": KEY},
        {("sns", "get_topic_attributes"): {"Attributes": {"KmsMasterKeyId": KEY}}},
        ((("sns", "get_topic_attributes", "Attributes"), {}, "KmsMasterKeyId"),),
    ),
    Case(
        "AWS::SNS::TopicPolicy", "p", {"Topics": [TOPIC_ARN], "PolicyDocument": POLICY},
        {("sns", "get_topic_attributes"): {"Attributes": {"Policy": json.dumps(POLICY)}}},
        ((("sns", "get_topic_attributes", "Attributes", "Policy"), json.dumps(EXTRA), "PolicyDocument alarms"),),
    ),
    Case(
        "AWS::SNS::Subscription", f"{TOPIC_ARN}:1", {"TopicArn": TOPIC_ARN, "Protocol": "email", "Endpoint": "a@example.com"},
        {("sns", "list_subscriptions_by_topic"): {"Subscriptions": [{"Protocol": "email", "Endpoint": "a@example.com"}]}},
        ((("sns", "list_subscriptions_by_topic", "Subscriptions", 0, "Endpoint"), "b@example.com", "Subscription"),),
    ),
    Case(
        "AWS::SSM::Parameter", "/p", {"Type": "String", "Value": "v"},
        {("ssm", "get_parameter"): {"Parameter": {"Name": "/p", "Type": "String", "Value": "v"}}},
        ((("ssm", "get_parameter", "Parameter", "Value"), "w", "Value"), (("ssm", "get_parameter"), "ParameterNotFound", "Value")),
    ),
    Case(
        "AWS::SecretsManager::Secret", "arn:s", {"KmsKeyId": KEY}, {("secretsmanager", "describe_secret"): {"KmsKeyId": KEY}},
        ((("secretsmanager", "describe_secret"), {}, "KmsKeyId"),),
    ),
)  # fmt: skip
