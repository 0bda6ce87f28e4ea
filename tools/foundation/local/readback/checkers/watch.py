"""CloudTrail, alarms, event rules, and types that the target keeps as their properties only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from foundation.local.readback.checkers.base import (
    Check,
    Checker,
    Clients,
    Resource,
    Result,
    as_list,
    key_id,
    missing_is,
)
from foundation.local.readback.values import is_true, scalar_text


def trail(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Where it logs, with which key, validated, what it selects, and that it runs."""
    api, name = clients("cloudtrail"), resource.physical_id
    found = api.get_trail(Name=name)["Trail"]
    yield Check("KMSKeyId", key_id(resource.get("KMSKeyId")), key_id(found.get("KmsKeyId")))
    for flag, member in (
        ("EnableLogFileValidation", "LogFileValidationEnabled"),
        ("IsMultiRegionTrail", "IsMultiRegionTrail"),
    ):
        yield Check(flag, is_true(resource.get(flag, default=False)), bool(found.get(member)))
    for member in ("S3BucketName", "S3KeyPrefix", "CloudWatchLogsRoleArn", "CloudWatchLogsLogGroupArn"):
        yield Check(member, resource.get(member), found.get(member))
    yield Check("IsLogging", is_true(resource.get("IsLogging")), api.get_trail_status(Name=name)["IsLogging"])
    selectors = api.get_event_selectors(TrailName=name)
    for member in ("AdvancedEventSelectors", "EventSelectors"):
        if (expected := resource.get(member)) is not None:
            yield Check(member, _selectors(expected), _selectors(selectors.get(member, [])), unordered=True)


def alarm(resource: Resource, clients: Clients) -> Iterator[Result]:
    """What it measures, when it fires, whom it tells."""
    answer = clients("cloudwatch").describe_alarms(AlarmNames=[resource.physical_id])
    found = (answer.get("MetricAlarms") or answer.get("CompositeAlarms") or [{}])[0]
    for member in ("Namespace", "MetricName", "Statistic", "ComparisonOperator", "Threshold", "EvaluationPeriods", "Period",
                   "TreatMissingData", "AlarmRule"):  # fmt: skip
        if (expected := resource.get(member)) is not None:
            yield Check(member, expected, found.get(member))
    dimensions = as_list(resource.get("Dimensions"))
    yield Check("Dimensions", dimensions, found.get("Dimensions", []), unordered=True)
    queries = [_query(q) for q in as_list(resource.get("Metrics"))]
    yield Check("Metrics", queries, [_query(q) for q in found.get("Metrics", [])], unordered=True)
    yield Check("AlarmActions", as_list(resource.get("AlarmActions")), found.get("AlarmActions", []), unordered=True)
    yield Check(
        "ActionsEnabled", is_true(resource.get("ActionsEnabled", default=True)), found.get("ActionsEnabled", False)
    )


def _query(query: Any) -> dict[str, Any]:
    """A metric query without the members that CloudWatch fills in."""
    stat = dict(query.get("MetricStat") or {})
    made = {
        "Id": query["Id"],
        "Expression": query.get("Expression"),
        "ReturnData": is_true(query.get("ReturnData", True)),
    }
    if stat:
        metric = {"Dimensions": [], **stat["Metric"]}
        made["MetricStat"] = {"Metric": metric, "Period": stat["Period"], "Stat": stat["Stat"]}
    return made


def rule(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Pattern or schedule, state, targets."""
    api, name = clients("events"), resource.physical_id.rpartition("|")[2].rpartition("/")[2]
    found = api.describe_rule(Name=name)
    yield Check("State", resource.get("State", default="ENABLED"), found.get("State"))
    yield Check("ScheduleExpression", resource.get("ScheduleExpression"), found.get("ScheduleExpression"))
    pattern = found.get("EventPattern")
    yield Check("EventPattern", resource.get("EventPattern"), json.loads(pattern) if pattern else None, unordered=True)
    targets = [t["Arn"] for t in api.list_targets_by_rule(Rule=name)["Targets"]]
    yield Check("Targets", [t["Arn"] for t in as_list(resource.get("Targets"))], targets, unordered=True)


def metric_filter(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Pattern and metric."""
    group = resource.get("LogGroupName")
    pages = clients("logs").get_paginator("describe_metric_filters").paginate(logGroupName=group)
    filters = [f for page in pages for f in page["metricFilters"] if f["filterName"] == resource.physical_id]
    yield Check("FilterPattern", resource.get("FilterPattern"), filters[0].get("filterPattern") if filters else None)


def account_public_access(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Custom::AccountPublicAccessBlock: all four settings."""
    answer = missing_is(
        lambda: clients("s3control").get_public_access_block(AccountId=resource.get("AccountId")),
        "NoSuchPublicAccessBlockConfiguration",
    )
    found = (answer or {}).get("PublicAccessBlockConfiguration", {})
    for block in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"):
        yield Check(block, True, bool(found.get(block)))


def stored(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Every property of the template, through Cloud Control: what the target keeps, not what it would do."""
    answer = clients("cloudcontrol").get_resource(TypeName=resource.type, Identifier=resource.physical_id)
    found = json.loads(answer["ResourceDescription"]["Properties"])
    for name, expected in resource.properties.items():
        if name != "Tags":
            yield Check(name, expected, found.get(name), unordered=True)


def _selectors(selectors: Any) -> Any:
    """Selectors without names and with the fields that AWS fills in."""
    if not isinstance(selectors, list):
        return selectors
    return [
        {
            key: _selectors(value) if isinstance(value, list) and value and isinstance(value[0], dict) else value
            for key, value in selector.items()
            if key not in ("Name", "ExcludeManagementEventSources") and value not in ([], None)
        }
        if "FieldSelectors" in selector or "DataResources" in selector
        else {
            key: [scalar_text(v) for v in as_list(value)] for key, value in selector.items() if value not in ([], None)
        }
        for selector in selectors
    ]


CHECKERS: dict[str, Checker] = {
    "AWS::CloudTrail::Trail": trail,
    "AWS::CloudWatch::Alarm": alarm,
    "AWS::CloudWatch::CompositeAlarm": alarm,
    "AWS::Events::Rule": rule,
    "AWS::Logs::MetricFilter": metric_filter,
    "Custom::AccountPublicAccessBlock": account_public_access,
    **dict.fromkeys(
        (
            "AWS::AccessAnalyzer::Analyzer",
            "AWS::EC2::VPCBlockPublicAccessOptions",
            "AWS::GuardDuty::Detector",
            "AWS::SageMaker::MlflowApp",
        ),
        stored,
    ),
}
