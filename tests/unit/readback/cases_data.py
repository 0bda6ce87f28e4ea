"""Log groups, tables, queues, topics, parameters, functions, identities and watchers."""

# ruff: noqa: E501 - tables

from __future__ import annotations

import json
from typing import Any

from tests.unit.readback.cases import BLOCKS, EXTRA, KEY, OTHER_KEY, POLICY, WIDE, Case

ROLE_ARN = "arn:aws:iam::222222222222:role/r"
TOPIC_ARN = "arn:aws:sns:eu-west-1:222222222222:alarms"
QUEUE_URL = "https://sqs.eu-west-1.amazonaws.com/222222222222/dead"
QUEUE_ARN = "arn:aws:sqs:eu-west-1:222222222222:dead"
MANAGED = "arn:aws:iam::222222222222:policy/p"
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

_FUNCTION = {
    "Runtime": "python3.13", "Handler": "a.b", "Role": ROLE_ARN, "MemorySize": 256, "Timeout": 30, "Architectures": ["arm64"],
    "KMSKeyArn": KEY, "VpcConfig": {"SubnetIds": ["s-2", "s-1"], "SecurityGroupIds": ["sg-1"]}, "TracingConfig": {"Mode": "Active"},
    "DeadLetterConfig": {"TargetArn": QUEUE_ARN}, "Environment": {"Variables": {"A": "1"}}, "Layers": [{"Arn": "arn:l:1"}],
}  # fmt: skip
_F = ("lambda", "get_function_configuration")
_STATEMENT = {
    "Effect": "Allow", "Action": "lambda:InvokeFunction", "Principal": {"Service": "s3.amazonaws.com"},
    "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"}, "StringEquals": {"AWS:SourceAccount": "222222222222"}},
}  # fmt: skip


def _policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Policy": json.dumps({"Version": "2012-10-17", "Statement": list(statements)})}


COMPUTE = (
    Case(
        "AWS::Lambda::Function", "f",
        {
            **{k: v for k, v in _FUNCTION.items() if k not in ("KMSKeyArn", "Layers")}, "KmsKeyArn": KEY, "Layers": ["arn:l:1"],
            "ReservedConcurrentExecutions": 5, "VpcConfig": {"SubnetIds": ["s-1", "s-2"], "SecurityGroupIds": ["sg-1"]},
        },
        {_F: _FUNCTION, ("lambda", "get_function_concurrency"): {"ReservedConcurrentExecutions": 5}},
        (
            ((*_F, "KMSKeyArn"), OTHER_KEY, "KmsKeyArn"),
            ((*_F, "VpcConfig"), {}, "VpcConfig.SubnetIds"),
            ((*_F, "VpcConfig", "SecurityGroupIds"), ["sg-9"], "VpcConfig.SecurityGroupIds"),
            ((*_F, "Runtime"), "python3.9", "Runtime"),
            ((*_F, "TracingConfig", "Mode"), "PassThrough", "TracingConfig"),
            ((*_F, "DeadLetterConfig"), {}, "DeadLetterConfig"),
            ((*_F, "Role"), "arn:aws:iam::222222222222:role/admin", "Role"),
            ((*_F, "Environment", "Variables", "A"), "2", "Environment"),
            ((*_F, "Layers"), [], "Layers"),
            (("lambda", "get_function_concurrency"), {}, "ReservedConcurrentExecutions"),
        ),
    ),
    Case(
        "AWS::Lambda::Alias", "arn:a", {"Name": "live", "FunctionName": "f", "FunctionVersion": "$LATEST"},
        {("lambda", "get_alias"): {"FunctionVersion": "$LATEST"}, ("lambda", "get_provisioned_concurrency_config"): "ResourceNotFoundException"},
        ((("lambda", "get_alias", "FunctionVersion"), "3", "FunctionVersion"),),
    ),
    Case(
        "AWS::Lambda::Permission", "p",
        {"FunctionName": "f", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com", "SourceArn": "arn:aws:s3:::b",
         "SourceAccount": "222222222222"},
        {("lambda", "get_policy"): _policy(_STATEMENT)},
        (
            (("lambda", "get_policy"), _policy({k: v for k, v in _STATEMENT.items() if k != "Condition"}), "Statement"),
            (("lambda", "get_policy"), _policy({**_STATEMENT, "Principal": "*"}), "Statement"),
            (("lambda", "get_policy"), "ResourceNotFoundException", "Statement"),
        ),
    ),
    Case(
        "AWS::Lambda::LayerVersion", "arn:l:1", {"CompatibleRuntimes": ["python3.13"]},
        {("lambda", "get_layer_version_by_arn"): {"CompatibleRuntimes": ["python3.13"]}},
        ((("lambda", "get_layer_version_by_arn", "CompatibleRuntimes"), [], "CompatibleRuntimes"),),
    ),
    Case(
        "AWS::Lambda::EventSourceMapping", "u", {"EventSourceArn": QUEUE_ARN},
        {("lambda", "get_event_source_mapping"): {"EventSourceArn": QUEUE_ARN, "State": "Enabled"}},
        ((("lambda", "get_event_source_mapping", "State"), "Disabled", "Enabled"),),
    ),
    Case(
        "AWS::Lambda::EventInvokeConfig", "c",
        {"FunctionName": "f", "Qualifier": "live", "MaximumRetryAttempts": 1, "DestinationConfig": {"OnFailure": {"Destination": QUEUE_ARN}}},
        {("lambda", "get_function_event_invoke_config"): {"MaximumRetryAttempts": 1, "DestinationConfig": {"OnFailure": {"Destination": QUEUE_ARN}}}},
        (
            (("lambda", "get_function_event_invoke_config", "DestinationConfig"), {}, "DestinationConfig.OnFailure"),
            (("lambda", "get_function_event_invoke_config", "MaximumRetryAttempts"), 2, "MaximumRetryAttempts"),
        ),
    ),
    Case(
        "AWS::StepFunctions::StateMachine", "arn:m",
        {"RoleArn": ROLE_ARN, "LoggingConfiguration": {"Level": "ALL"}, "TracingConfiguration": {"Enabled": True},
         "EncryptionConfiguration": {"KmsKeyId": KEY, "Type": "CUSTOMER_MANAGED_KMS_KEY"}},
        {
            ("stepfunctions", "describe_state_machine"): {
                "stateMachineArn": "arn:m", "name": "m", "definition": "{}", "roleArn": ROLE_ARN, "type": "STANDARD", "creationDate": 0,
                "loggingConfiguration": {"level": "ALL"}, "tracingConfiguration": {"enabled": True},
                "encryptionConfiguration": {"kmsKeyId": KEY, "type": "CUSTOMER_MANAGED_KMS_KEY"},
            }
        },
        (
            (("stepfunctions", "describe_state_machine", "loggingConfiguration", "level"), "OFF", "LoggingConfiguration.Level"),
            (("stepfunctions", "describe_state_machine", "tracingConfiguration", "enabled"), False, "TracingConfiguration"),
            (("stepfunctions", "describe_state_machine", "encryptionConfiguration", "kmsKeyId"), OTHER_KEY, "EncryptionConfiguration"),
        ),
    ),
)  # fmt: skip

_ROLE = {
    "Path": "/", "RoleName": "r", "RoleId": "AROA0000000000000000", "Arn": ROLE_ARN, "CreateDate": 0,
    "AssumeRolePolicyDocument": json.dumps(POLICY), "MaxSessionDuration": 3600,
}  # fmt: skip

IDENTITY = (
    Case(
        "AWS::IAM::Role", "r",
        {"AssumeRolePolicyDocument": POLICY, "Policies": [{"PolicyName": "own", "PolicyDocument": POLICY}]},
        {
            ("iam", "get_role"): {"Role": _ROLE},
            ("iam", "list_attached_role_policies"): {"AttachedPolicies": [{"PolicyArn": MANAGED}]},
            ("iam", "list_role_policies"): {"PolicyNames": ["own"]},
            ("iam", "get_role_policy"): {"RoleName": "r", "PolicyName": "own", "PolicyDocument": json.dumps(POLICY)},
        },
        (
            (("iam", "get_role", "Role", "AssumeRolePolicyDocument"), json.dumps(WIDE), "AssumeRolePolicyDocument"),
            (("iam", "list_attached_role_policies", "AttachedPolicies"),
             [{"PolicyArn": MANAGED}, {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}], "ManagedPolicies"),
            (("iam", "list_role_policies", "PolicyNames"), ["own", "extra"], "InlinePolicies"),
            (("iam", "get_role_policy", "PolicyDocument"), json.dumps(WIDE), "Policy own"),
            (("iam", "get_role", "Role", "MaxSessionDuration"), 43200, "MaxSessionDuration"),
        ),
        (("AWS::IAM::ManagedPolicy", MANAGED, {"Roles": ["r"]}),),
    ),
    Case(
        "AWS::IAM::ManagedPolicy", MANAGED, {"PolicyDocument": POLICY},
        {
            ("iam", "get_policy"): {"Policy": {"DefaultVersionId": "v1"}},
            ("iam", "get_policy_version"): {"PolicyVersion": {"Document": json.dumps(POLICY)}},
        },
        ((("iam", "get_policy_version", "PolicyVersion", "Document"), json.dumps(EXTRA), "PolicyDocument"),),
    ),
    Case(
        "AWS::IAM::Policy", "p", {"PolicyName": "own", "Roles": ["r"], "PolicyDocument": POLICY},
        {("iam", "get_role_policy"): {"RoleName": "r", "PolicyName": "own", "PolicyDocument": json.dumps(POLICY)}},
        ((("iam", "get_role_policy", "PolicyDocument"), json.dumps(WIDE), "Policy own"),
         (("iam", "get_role_policy"), "NoSuchEntity", "Policy own")),
    ),
    Case(
        "AWS::IAM::RolePolicy", "p", {"PolicyName": "own", "RoleName": "r", "PolicyDocument": POLICY},
        {("iam", "get_role_policy"): {"RoleName": "r", "PolicyName": "own", "PolicyDocument": json.dumps(POLICY)}},
        ((("iam", "get_role_policy", "PolicyDocument"), json.dumps(EXTRA), "Policy own"),),
    ),
)  # fmt: skip

_SELECTOR = {
    "Name": "s3",
    "FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
    ],
}
_ALARM = {
    "AlarmName": "a", "Namespace": "AWS/SQS", "MetricName": "m", "Statistic": "Sum", "Threshold": 1.0, "EvaluationPeriods": 1,
    "Period": 60, "ComparisonOperator": "GreaterThanThreshold", "AlarmActions": [TOPIC_ARN], "ActionsEnabled": True,
    "Dimensions": [{"Name": "QueueName", "Value": "dead"}],
}  # fmt: skip

WATCH = (
    Case(
        "AWS::CloudTrail::Trail", "t",
        {"KMSKeyId": KEY, "EnableLogFileValidation": True, "IsMultiRegionTrail": True, "S3BucketName": "logs", "IsLogging": True,
         "AdvancedEventSelectors": [_SELECTOR]},
        {
            ("cloudtrail", "get_trail"): {
                "Trail": {"KmsKeyId": KEY, "LogFileValidationEnabled": True, "IsMultiRegionTrail": True, "S3BucketName": "logs"}
            },
            ("cloudtrail", "get_trail_status"): {"IsLogging": True},
            ("cloudtrail", "get_event_selectors"): {"AdvancedEventSelectors": [_SELECTOR]},
        },
        (
            (("cloudtrail", "get_trail", "Trail", "KmsKeyId"), OTHER_KEY, "KMSKeyId"),
            (("cloudtrail", "get_trail", "Trail", "LogFileValidationEnabled"), False, "EnableLogFileValidation"),
            (("cloudtrail", "get_trail", "Trail", "S3BucketName"), "other", "S3BucketName"),
            (("cloudtrail", "get_trail_status", "IsLogging"), False, "IsLogging"),
            (("cloudtrail", "get_event_selectors", "AdvancedEventSelectors"), [], "AdvancedEventSelectors"),
            (("cloudtrail", "get_event_selectors", "AdvancedEventSelectors", 0, "FieldSelectors", 1, "Equals"), ["AWS::Lambda::Function"],
             "AdvancedEventSelectors"),
        ),
    ),
    Case(
        "AWS::CloudWatch::Alarm", "a", {k: v for k, v in _ALARM.items() if k != "AlarmName"},
        {("cloudwatch", "describe_alarms"): {"MetricAlarms": [_ALARM]}},
        (
            (("cloudwatch", "describe_alarms", "MetricAlarms", 0, "Threshold"), 100.0, "Threshold"),
            (("cloudwatch", "describe_alarms", "MetricAlarms", 0, "AlarmActions"), [], "AlarmActions"),
            (("cloudwatch", "describe_alarms", "MetricAlarms", 0, "ActionsEnabled"), False, "ActionsEnabled"),
            (("cloudwatch", "describe_alarms", "MetricAlarms", 0, "Dimensions"), [], "Dimensions"),
            (("cloudwatch", "describe_alarms", "MetricAlarms", 0, "Metrics"), [{"Id": "m", "Expression": "1"}], "Metrics"),
        ),
    ),
    Case(
        "AWS::CloudWatch::CompositeAlarm", "c", {"AlarmRule": "ALARM(a)", "AlarmActions": [TOPIC_ARN]},
        {("cloudwatch", "describe_alarms"): {"CompositeAlarms": [{"AlarmRule": "ALARM(a)", "AlarmActions": [TOPIC_ARN], "ActionsEnabled": True}]}},
        ((("cloudwatch", "describe_alarms", "CompositeAlarms", 0, "AlarmRule"), "FALSE", "AlarmRule"),),
    ),
    Case(
        "AWS::Events::Rule", "r", {"EventPattern": {"source": ["aws.s3"]}, "Targets": [{"Id": "t", "Arn": QUEUE_ARN}]},
        {
            ("events", "describe_rule"): {"State": "ENABLED", "EventPattern": '{"source": ["aws.s3"]}'},
            ("events", "list_targets_by_rule"): {"Targets": [{"Id": "t", "Arn": QUEUE_ARN}]},
        },
        (
            (("events", "describe_rule", "State"), "DISABLED", "State"),
            (("events", "describe_rule", "EventPattern"), '{"source": ["aws.ec2"]}', "EventPattern"),
            (("events", "list_targets_by_rule", "Targets", 0, "Arn"), "arn:aws:sqs:eu-west-1:999999999999:other", "Targets"),
        ),
    ),
    Case(
        "AWS::Logs::MetricFilter", "f", {"LogGroupName": "/app", "FilterPattern": "ERROR"},
        {("logs", "describe_metric_filters"): {"metricFilters": [{"filterName": "f", "filterPattern": "ERROR"}]}},
        ((("logs", "describe_metric_filters", "metricFilters", 0, "filterPattern"), "", "FilterPattern"),),
    ),
    Case(
        "Custom::AccountPublicAccessBlock", "b", {"AccountId": "222222222222"},
        {("s3control", "get_public_access_block"): {"PublicAccessBlockConfiguration": BLOCKS}},
        (
            (("s3control", "get_public_access_block", "PublicAccessBlockConfiguration", "BlockPublicPolicy"), False, "BlockPublicPolicy"),
            (("s3control", "get_public_access_block"), "NoSuchPublicAccessBlockConfiguration", "BlockPublicAcls"),
        ),
    ),
    *(
        Case(
            kind, "i", {"Enable": True},
            {("cloudcontrol", "get_resource"): {"ResourceDescription": {"Identifier": "i", "Properties": '{"Enable": true}'}}},
            ((("cloudcontrol", "get_resource", "ResourceDescription", "Properties"), '{"Enable": false}', "Enable"),),
        )
        for kind in (
            "AWS::GuardDuty::Detector", "AWS::AccessAnalyzer::Analyzer", "AWS::EC2::VPCBlockPublicAccessOptions",
            "AWS::SageMaker::MlflowApp",
        )
    ),
)  # fmt: skip
