"""Functions, alarms and encryption: what the sample has is required, and each loss is caught."""

from typing import Any

import pytest

from tests.unit.checks.breaking import Found, Template, add, properties


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("DeadLetterConfig", "GF::GF-LAMBDA-001"),
        ("TracingConfig", "GF::GF-LAMBDA-002"),
        ("ReservedConcurrentExecutions", "GF::GF-LAMBDA-003"),
    ],
)
def test_fails_on_a_function_that_lacks_a_property(found: Found, name: str, rule: str) -> None:
    assert found(lambda template: properties(template, "Function").pop(name)) == [rule]


def test_a_failure_destination_replaces_a_dead_letter_queue(found: Found) -> None:
    def change(template: Template) -> None:
        del properties(template, "Function")["DeadLetterConfig"]
        destination = {"OnFailure": {"Destination": "arn:aws:sqs:eu-west-1:222222222222:failures"}}
        kind = "AWS::Lambda::EventInvokeConfig"
        add(template, "Config", kind, FunctionName={"Ref": "Function"}, DestinationConfig=destination)

    assert found(change) == []


def test_zero_reserved_concurrency_is_a_choice(found: Found) -> None:
    assert found(lambda template: properties(template, "Function").update(ReservedConcurrentExecutions=0)) == []


@pytest.mark.parametrize(
    ("alarm", "rule"),
    [("InvocationServerErrorsAlarm", "GF::GF-ALARM-001"), ("InvocationThrottlesAlarm", "GF::GF-ALARM-002")],
)
@pytest.mark.parametrize(
    "change",
    [{"AlarmActions": []}, {"ActionsEnabled": False}, {"Namespace": "Custom"}, {"MetricName": "Invocations"}],
)
def test_fails_without_a_working_alarm(found: Found, alarm: str, rule: str, change: dict[str, Any]) -> None:
    assert found(lambda template: properties(template, alarm).update(change)) == [rule]


def test_an_alarm_on_metric_math_counts(found: Found) -> None:
    def change(template: Template) -> None:
        alarm = properties(template, "InvocationThrottlesAlarm")
        metric = {"Namespace": alarm.pop("Namespace"), "MetricName": alarm.pop("MetricName")}
        alarm["Metrics"] = [{"Id": "rate", "Expression": "t / 60"}, {"Id": "t", "MetricStat": {"Metric": metric}}]

    assert found(change) == []


def test_alarms_are_not_needed_where_no_model_is_invoked(found: Found) -> None:
    def change(template: Template) -> None:
        for name in ("Policy", "InvocationServerErrorsAlarm", "InvocationThrottlesAlarm"):
            del template["Resources"][name]

    assert found(change) == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("Failures", {"KmsMasterKeyId": "alias/aws/sqs"}),
        ("Failures", {"KmsMasterKeyId": None, "SqsManagedSseEnabled": True}),
        ("Alarms", {"KmsMasterKeyId": {"Fn::Sub": "alias/aws/sns"}}),
        ("Logs", {"KmsKeyId": None}),
        ("Logs", {"KmsKeyId": {"Ref": "AWS::NoValue"}}),
        ("Bucket", {"BucketEncryption": None}),
        ("Audit", {"SSESpecification": {"SSEEnabled": False, "KMSMasterKeyId": "key"}}),
        ("Audit", {"SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"}}),
    ],
)
def test_fails_without_a_customer_key(found: Found, name: str, change: dict[str, Any]) -> None:
    assert found(lambda template: properties(template, name).update(change)) == ["GF::GF-ENCRYPT-001"]


def test_fails_on_a_bucket_with_a_key_of_the_service(found: Found) -> None:
    def change(template: Template) -> None:
        (rule,) = properties(template, "Bucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        rule["ServerSideEncryptionByDefault"] = {"SSEAlgorithm": "AES256"}

    assert found(change) == ["GF::GF-ENCRYPT-001"]


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        ({"SSESpecification": {"SSEEnabled": True}, "Replicas": [{"SSESpecification": {"KMSMasterKeyId": "k"}}]}, []),
        ({"SSESpecification": {"SSEEnabled": True}, "Replicas": [{"Region": "a"}]}, ["GF::GF-ENCRYPT-001"]),
        ({"Replicas": [{"SSESpecification": {"KMSMasterKeyId": "k"}}]}, ["GF::GF-ENCRYPT-001"]),
    ],
)
def test_global_tables_need_a_key_per_replica(found: Found, values: dict[str, Any], ids: list[str]) -> None:
    assert found(lambda template: add(template, "Global", "AWS::DynamoDB::GlobalTable", **values)) == ids
