"""Functions that lose no event, alarms where models are invoked, customer keys wherever data rests."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from foundation.checks.assembly import Resource, StackTemplate
from foundation.checks.findings import Finding
from foundation.checks.iam import invocations
from foundation.checks.intrinsics import referenced, text

_ERRORS = frozenset({"InvocationServerErrors", "InvocationClientErrors"})
_THROTTLES = frozenset({"InvocationThrottles"})


def check_functions(stack: StackTemplate) -> Iterator[Finding]:
    """Dead-letter queue or failure destination, tracing, reserved concurrency."""
    destinations = _failure_destinations(stack)
    for function in stack.of_type("AWS::Lambda::Function"):
        properties = function.properties
        target = (properties.get("DeadLetterConfig") or {}).get("TargetArn")
        if not target and function.logical_id not in destinations:
            message = "asynchronous events that fail are lost; set DeadLetterConfig or an OnFailure destination"
            yield Finding("GF-LAMBDA-001", function, message)
        mode = (properties.get("TracingConfig") or {}).get("Mode")
        if mode != "Active":
            yield Finding("GF-LAMBDA-002", function, f"TracingConfig.Mode is {mode}; set it to Active")
        if "ReservedConcurrentExecutions" not in properties:
            message = "one caller can use up the account's concurrency; set ReservedConcurrentExecutions"
            yield Finding("GF-LAMBDA-003", function, message)


def _failure_destinations(stack: StackTemplate) -> set[str]:
    found = set()
    for config in stack.of_type("AWS::Lambda::EventInvokeConfig"):
        target = ((config.properties.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
        function = referenced(config.properties.get("FunctionName"))
        if target and function:
            found.add(function)
    return found


def check_alarms(stacks: Sequence[StackTemplate]) -> Iterator[Finding]:
    """Each account and Region that may invoke a model has alarms with actions on Bedrock errors and throttles."""
    places: dict[tuple[str, str], list[StackTemplate]] = {}
    for stack in stacks:
        places.setdefault((stack.stage, stack.region), []).append(stack)
    for (stage, region), members in places.items():
        invoking = next((statement.resource for stack in members for statement in invocations(stack)), None)
        if invoking is None:
            continue
        watched = {name for stack in members for name in _alarmed_metrics(stack)}
        for rule, wanted in (("GF-ALARM-001", _ERRORS), ("GF-ALARM-002", _THROTTLES)):
            if not watched & wanted:
                names = " or ".join(sorted(wanted))
                message = f"no alarm with an action in {stage}, {region or 'any Region'} on AWS/Bedrock {names}"
                yield Finding(rule, invoking, message)


def _alarmed_metrics(stack: StackTemplate) -> Iterator[str]:
    """Names of the Bedrock metrics that an active alarm of the template watches."""
    for alarm in stack.of_type("AWS::CloudWatch::Alarm"):
        properties = alarm.properties
        if not properties.get("AlarmActions") or str(properties.get("ActionsEnabled", True)).lower() == "false":
            continue
        metrics = [properties, *((item.get("MetricStat") or {}).get("Metric") or {} for item in _metrics(properties))]
        for metric in metrics:
            if metric.get("Namespace") == "AWS/Bedrock":
                yield text(metric.get("MetricName", ""))


def _metrics(properties: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(properties.get("Metrics") or [])


def check_encryption(stack: StackTemplate) -> Iterator[Finding]:
    """SQS, SNS, CloudWatch Logs, S3 and DynamoDB: the key is the customer's, not the service's."""
    for resource in stack.resources:
        keys = _keys(resource)
        if keys is None:
            continue
        missing = [name for name, key in keys.items() if not _is_customer_key(key)]
        if missing or not keys:
            message = (
                f"{', '.join(missing) or 'encryption'} names no customer key; set it to a key of the Security stack"
            )
            yield Finding("GF-ENCRYPT-001", resource, message)


def _keys(resource: Resource) -> Mapping[str, Any] | None:
    """Properties that name the key, with their values; None for types that aren't checked."""
    properties = resource.properties
    if resource.type in ("AWS::SQS::Queue", "AWS::SNS::Topic"):
        return {"KmsMasterKeyId": properties.get("KmsMasterKeyId")}
    if resource.type == "AWS::Logs::LogGroup":
        return {"KmsKeyId": properties.get("KmsKeyId")}
    if resource.type == "AWS::S3::Bucket":
        return _bucket_keys(properties)
    if resource.type == "AWS::DynamoDB::Table":
        sse = properties.get("SSESpecification") or {}
        return {"SSESpecification.KMSMasterKeyId": sse.get("KMSMasterKeyId") if sse.get("SSEEnabled") else None}
    if resource.type == "AWS::DynamoDB::GlobalTable":
        return _global_table_keys(properties)
    return None


def _bucket_keys(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    rules = (properties.get("BucketEncryption") or {}).get("ServerSideEncryptionConfiguration") or []
    default = (rules[0].get("ServerSideEncryptionByDefault") or {}) if rules else {}
    managed = str(default.get("SSEAlgorithm", "")).startswith("aws:kms")
    return {"BucketEncryption.KMSMasterKeyID": default.get("KMSMasterKeyID") if managed else None}


def _global_table_keys(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    if not (properties.get("SSESpecification") or {}).get("SSEEnabled"):
        return {}
    return {
        f"Replicas[{number}].SSESpecification.KMSMasterKeyId": (replica.get("SSESpecification") or {}).get(
            "KMSMasterKeyId"
        )
        for number, replica in enumerate(properties.get("Replicas") or [])
    }


def _is_customer_key(key: Any) -> bool:
    """Whether the value names a key that isn't AWS's own (alias/aws/SERVICE)."""
    return bool(key) and "alias/aws/" not in text(key) and text(key) != "<AWS::NoValue>"
