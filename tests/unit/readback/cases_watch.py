"""Trails, alarms, rules and other watchers."""

# ruff: noqa: E501 - tables

from __future__ import annotations

from tests.unit.readback.cases import BLOCKS, KEY, OTHER_KEY, Case
from tests.unit.readback.cases_data import QUEUE_ARN, TOPIC_ARN

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
