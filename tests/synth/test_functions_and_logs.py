"""Functions, log groups and alarms: what an operator relies on (OBS-1)."""

import pytest

from foundation.checks.assembly import Assembly, Resource, StackTemplate
from foundation.checks.intrinsics import text, texts
from stacks.settings import Settings
from stacks.settings.platform import ENVIRONMENTS, Environment
from tests.synth.templates import TWINS, attached, every, only, policy_statements, stack, where

# A resource of the stack, a dynamic reference, or a parameter of the template.
TOPICS = ("<AlarmTopic>", "{{resolve:ssm:/genai-foundation/security/alarm-topic-arn}}", "<SecurityAlarmTopicArn>")
QUEUES = (
    "<DeadLetters.Arn>",
    "{{resolve:ssm:/genai-foundation/security/dead-letter-queue-arn}}",
    "<SecurityDeadLetterQueueArn>",
)
LOGS_KEYS = ("<LogsKey.Arn>", "{{resolve:ssm:/genai-foundation/security/logs-key-arn}}", "<SecurityLogsKeyArn>")


def test_every_log_group_has_a_key_and_the_configured_retention(assembly: Assembly, settings: Settings) -> None:
    for group in every(assembly, "AWS::Logs::LogGroup"):
        key = text(group.properties["KmsKeyId"])
        assert key in LOGS_KEYS, where(group)
        assert group.properties["RetentionInDays"] == settings.retention.log_days, where(group)


def test_every_function_is_traced_limited_and_has_a_dead_letter_queue_and_a_log_group(assembly: Assembly) -> None:
    for function in every(assembly, "AWS::Lambda::Function"):
        properties = function.properties
        assert text(properties["DeadLetterConfig"]["TargetArn"]) in QUEUES, where(function)
        assert properties["TracingConfig"] == {"Mode": "Active"}, where(function)
        assert 0 < properties["ReservedConcurrentExecutions"] <= 100, where(function)
        assert text(properties["KmsKeyArn"]), where(function)
        assert properties["LoggingConfig"]["LogFormat"] == "JSON"
        group = function.stack.template["Resources"][properties["LoggingConfig"]["LogGroup"]["Ref"]]
        assert group["Type"] == "AWS::Logs::LogGroup"
        assert 0 < properties["Timeout"] <= 900


def test_every_function_runs_on_the_configured_runtime(assembly: Assembly, settings: Settings) -> None:
    for function in every(assembly, "AWS::Lambda::Function"):
        assert function.properties["Runtime"] == f"python{settings.runtime.python}"
        assert function.properties["Architectures"] == [settings.runtime.architecture]
    for layer in every(assembly, "AWS::Lambda::LayerVersion"):
        assert layer.properties["CompatibleRuntimes"] == [f"python{settings.runtime.python}"]
        assert layer.properties["CompatibleArchitectures"] == [settings.runtime.architecture]


def test_a_function_may_send_to_its_dead_letter_queue_and_use_that_queue_s_key(assembly: Assembly) -> None:
    for function in every(assembly, "AWS::Lambda::Function"):
        allowed = attached(assembly, function.stack, function.properties["Role"]["Fn::GetAtt"][0])
        queue = text(function.properties["DeadLetterConfig"]["TargetArn"])
        assert any("sqs:SendMessage" in each.actions and queue in each.resources for each in allowed), where(function)
        keys = {key for each in allowed if "kms:GenerateDataKey" in each.actions for key in each.resources}
        assert any("LogsKey" in key or "logs-key-arn" in key for key in keys), where(function)


def test_a_function_waits_for_all_permissions_that_its_stack_gives_it(assembly: Assembly) -> None:
    """A first call before its policy exists would fail, once, on a real deployment only."""
    for function in every(assembly, "AWS::Lambda::Function"):
        role = function.properties["Role"]["Fn::GetAtt"][0]
        policies = {
            each.logical_id
            for each in function.stack.of_type("AWS::IAM::ManagedPolicy")
            if {"Ref": role} in each.properties["Roles"]
        }
        actions = {each for each in policies if "Deploy action" in described(function, each)}
        assert policies - actions <= set(function.body["DependsOn"]), where(function)


def described(function: Resource, logical_id: str) -> str:
    """Description of a resource beside a function."""
    return str(function.stack.template["Resources"][logical_id]["Properties"].get("Description"))


def test_a_deploy_action_waits_for_its_permission(assembly: Assembly) -> None:
    custom = [r for each in assembly.stacks for r in each.resources if r.type.startswith("Custom::")]
    assert custom
    for resource in custom:
        policies = {
            each.logical_id
            for each in resource.stack.of_type("AWS::IAM::ManagedPolicy")
            if each.properties.get("Description") == f"Deploy action {resource.type}"
        }
        assert policies, where(resource)
        assert policies <= set(resource.body["DependsOn"]), where(resource)
        assert "deploy-actions-arn" in text(resource.properties["ServiceToken"]) or resource.stack.path.endswith(
            "Security"
        )


def test_a_log_delivery_waits_for_its_permission(assembly: Assembly) -> None:
    for delivery in every(assembly, "AWS::EC2::FlowLog", "AWS::CloudTrail::Trail"):
        value = delivery.properties.get("DeliverLogsPermissionArn") or delivery.properties["CloudWatchLogsRoleArn"]
        policies = {
            each.logical_id
            for each in delivery.stack.of_type("AWS::IAM::ManagedPolicy")
            if {"Ref": value["Fn::GetAtt"][0]} in each.properties["Roles"]
        }
        assert policies, where(delivery)
        assert policies <= set(delivery.body.get("DependsOn", [])), where(delivery)


def test_every_alarm_tells_the_topic_when_it_starts_and_when_it_ends(assembly: Assembly) -> None:
    for alarm in every(assembly, "AWS::CloudWatch::Alarm"):
        for actions in ("AlarmActions", "OKActions"):
            (topic,) = texts(alarm.properties[actions])
            assert topic in TOPICS, where(alarm)
        assert alarm.properties["TreatMissingData"] == "notBreaching"
        assert alarm.properties["AlarmDescription"]


def models_watched(security: StackTemplate, metric: str) -> set[str]:
    """ModelId dimensions of the alarms on a Bedrock metric."""
    return {
        dimension["Value"]
        for alarm in security.of_type("AWS::CloudWatch::Alarm")
        if (alarm.properties.get("Namespace"), alarm.properties.get("MetricName")) == ("AWS/Bedrock", metric)
        for dimension in alarm.properties["Dimensions"]
        if dimension["Name"] == "ModelId"
    }


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("twin", TWINS)
def test_bedrock_throttles_and_errors_of_every_approved_model_have_alarms(
    assembly: Assembly, settings: Settings, environment: Environment, twin: str
) -> None:
    security = stack(assembly, f"{environment}/{twin}Security")
    approved = {model.invocation_id(security.region) for model in settings.models_for(environment)}
    for metric in ("InvocationThrottles", "InvocationServerErrors"):
        assert models_watched(security, metric) == approved, metric


def test_dead_letters_and_every_function_s_errors_and_throttles_have_alarms(assembly: Assembly) -> None:
    for each in assembly.stacks:
        watched = {
            (alarm.properties["MetricName"], text(dimension["Value"]))
            for alarm in each.of_type("AWS::CloudWatch::Alarm")
            for dimension in alarm.properties.get("Dimensions", [])
        }
        for function in each.of_type("AWS::Lambda::Function"):
            name = f"<{function.logical_id}>"
            assert {("Errors", name), ("Throttles", name)} <= watched, where(function)
        for queue in each.of_type("AWS::SQS::Queue"):
            assert ("ApproximateNumberOfMessagesVisible", f"<{queue.logical_id}.QueueName>") in watched, where(queue)


def topics(security: StackTemplate) -> dict[str, set[str]]:
    """Subscribed addresses by topic."""
    found: dict[str, set[str]] = {topic.logical_id: set() for topic in security.of_type("AWS::SNS::Topic")}
    for subscription in security.of_type("AWS::SNS::Subscription"):
        found[subscription.properties["TopicArn"]["Ref"]].add(subscription.properties["Endpoint"])
    return found


def test_operations_hear_of_alarms_and_security_of_findings(assembly: Assembly, settings: Settings) -> None:
    for stage in assembly.stages:
        for twin in TWINS:
            security = stack(assembly, f"{stage}/{twin}Security")
            rule = only(security.of_type("AWS::Events::Rule")).properties
            assert set(rule["EventPattern"]["source"]) == {"aws.guardduty", "aws.access-analyzer"}
            (target,) = rule["Targets"]
            assert topics(security) == {
                "AlarmTopic": set(settings.notifications.operations),
                target["Arn"]["Ref"]: set(settings.notifications.security),
            }, security.path


def test_cloudwatch_may_publish_to_the_alarm_topic_and_use_its_key(assembly: Assembly) -> None:
    for stage in assembly.stages:
        for twin in TWINS:
            security = stack(assembly, f"{stage}/{twin}Security")
            policy = only(
                each
                for each in security.of_type("AWS::SNS::TopicPolicy")
                if each.properties["Topics"] == [{"Ref": "AlarmTopic"}]
            )
            publish = [each for each in policy_statements(policy) if each.allows]
            assert [each.services for each in publish] == [["cloudwatch.amazonaws.com"]]
            key = only(each for each in security.of_type("AWS::KMS::Key") if each.logical_id == "LogsKey")
            use = [each for each in policy_statements(key) if each.services == ["cloudwatch.amazonaws.com"]]
            assert {action for each in use for action in each.actions} >= {"kms:Decrypt", "kms:GenerateDataKey"}
