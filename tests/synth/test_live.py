"""What is live, released apart from code: the log, AppConfig, who may change what, what is watched (ACC-4)."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from foundation.checks.assembly import Assembly, Resource, StackTemplate
from foundation.checks.intrinsics import text
from foundation.checks.policies import Statement
from stacks.settings import Settings
from tests.synth.templates import WORKLOADS, attached, every, only, stack, where

LARGEST_VALIDATOR = 32_768
"""Characters (AWS AppConfig API Reference, Validator)."""
APPCONFIG_WAITS = 15
HANDLERS = "genai_runtime.live.handlers"
DATA_KEY = {"Ref": "SecurityDataKeyArn"}
READS = {"appconfig:GetLatestConfiguration", "appconfig:StartConfigurationSession"}


def function(assembly: Assembly, environment: str, name: str) -> Resource:
    """A function of the stacks Live and Online, by its handler's module."""
    home = "Online" if name in ("observe", "shadow", "feedback") else "Live"
    here = stack(assembly, f"{environment}/{home}")
    return only(
        f for f in here.of_type("AWS::Lambda::Function") if f.properties["Handler"] == f"{HANDLERS}.{name}.handler"
    )


def allowed(assembly: Assembly, resource: Resource) -> list[Statement]:
    """What a function's role may do."""
    return attached(assembly, resource.stack, resource.properties["Role"]["Fn::GetAtt"][0])


def actions(assembly: Assembly, resource: Resource, service: str) -> set[str]:
    """Actions of one service."""
    found = {action for each in allowed(assembly, resource) for action in each.actions}
    return {action.partition(":")[2] for action in found if action.startswith(f"{service}:")}


def mapping(here: StackTemplate, target: Resource) -> Mapping[str, Any]:
    """Properties of a function's event source mapping."""
    return only(
        each
        for each in here.of_type("AWS::Lambda::EventSourceMapping")
        if each.properties["FunctionName"] == {"Ref": target.logical_id}
    ).properties


def test_live_versions_are_changed_in_the_primary_region_of_workload_accounts_only(assembly: Assembly) -> None:
    found = {each.path for each in assembly.stacks if each.path.endswith(("/Live", "/Online"))}
    assert found == {f"{environment}/{name}" for environment in WORKLOADS for name in ("Live", "Online")}
    assert not any("AppConfig" in r.type for each in assembly.stacks if "Recovery" in each.path for r in each.resources)


def test_the_log_is_encrypted_kept_recoverable_and_ready_to_be_replicated(assembly: Assembly) -> None:
    for environment in WORKLOADS:
        table = only(stack(assembly, f"{environment}/Live").of_type("AWS::DynamoDB::GlobalTable"))
        (replica,) = table.properties["Replicas"]
        assert replica["DeletionProtectionEnabled"] is True
        assert replica["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert replica["SSESpecification"]["KMSMasterKeyId"] == DATA_KEY
        assert table.properties["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
        assert [key["AttributeName"] for key in table.properties["KeySchema"]] == ["use_case", "entry"]


def test_a_deployment_takes_effect_at_once(assembly: Assembly) -> None:
    for strategy in every(assembly, "AWS::AppConfig::DeploymentStrategy"):
        assert strategy.properties["DeploymentDurationInMinutes"] == 0
        assert strategy.properties["FinalBakeTimeInMinutes"] == 0
        assert strategy.properties["GrowthFactor"] == 100


def test_each_use_case_has_an_encrypted_configuration_that_a_schema_and_a_function_check(
    assembly: Assembly, settings: Settings
) -> None:
    profiles = every(assembly, "AWS::AppConfig::ConfigurationProfile")
    assert {(each.stack.stage, each.properties["Name"]) for each in profiles} == {
        (environment, case.name) for case in settings.use_cases for environment in case.environments
    }
    for each in profiles:
        assert each.properties["LocationUri"] == "hosted"
        assert "data-key-arn" in each.properties["KmsKeyIdentifier"], where(each)
        schema, checked = each.properties["Validators"]
        assert (schema["Type"], checked["Type"]) == ("JSON_SCHEMA", "LAMBDA")
        assert len(schema["Content"]) < LARGEST_VALIDATOR
        assert json.loads(schema["Content"])["$schema"] == "http://json-schema.org/draft-04/schema#"
        assert "live/validate-function-arn" in checked["Content"]


@pytest.mark.parametrize("environment", WORKLOADS)
def test_appconfig_and_the_schedule_may_invoke_their_function_only_for_their_own_resource(
    assembly: Assembly, environment: str
) -> None:
    here = stack(assembly, f"{environment}/Live")
    granted = {
        text(each.properties["FunctionName"]): each.properties for each in here.of_type("AWS::Lambda::Permission")
    }
    validate, reconcile = (function(assembly, environment, name) for name in ("validate", "reconcile"))
    assert granted.keys() == {f"<{validate.logical_id}>", f"<{reconcile.logical_id}>"}
    asked = granted[f"<{validate.logical_id}>"]
    application = only(here.of_type("AWS::AppConfig::Application")).logical_id
    assert asked["Principal"] == "appconfig.amazonaws.com"
    assert text(asked["SourceArn"]).endswith(f":application/<{application}>/configurationprofile/*")
    rule = only(here.of_type("AWS::Events::Rule"))
    called = granted[f"<{reconcile.logical_id}>"]
    assert (called["Principal"], text(called["SourceArn"])) == ("events.amazonaws.com", f"<{rule.logical_id}.Arn>")
    assert {asked["SourceAccount"], called["SourceAccount"]} == {here.account}
    assert rule.properties["ScheduleExpression"] == "rate(1 minute)"
    assert [text(target["Arn"]) for target in rule.properties["Targets"]] == [f"<{reconcile.logical_id}.Arn>"]


def test_a_validator_ends_before_appconfig_stops_waiting(assembly: Assembly) -> None:
    for environment in WORKLOADS:
        assert function(assembly, environment, "validate").properties["Timeout"] < APPCONFIG_WAITS


@pytest.mark.parametrize("environment", WORKLOADS)
def test_each_function_has_the_permissions_of_its_task(assembly: Assembly, environment: str) -> None:
    show = {
        "CreateHostedConfigurationVersion", "GetHostedConfigurationVersion", "ListConfigurationProfiles",
        "ListDeployments", "ListHostedConfigurationVersions", "StartDeployment", "StopDeployment",
    }  # fmt: skip
    read = {action.partition(":")[2] for action in READS}
    streams = {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}
    count = {"BatchGetItem", "PutItem"}
    expected = {
        "activate": (show, {"GetItem", "PutItem", "Query"}),
        "reconcile": (show, {"GetItem", "Query"}),
        "validate": ({"GetConfigurationProfile"}, {"GetItem", "Query"}),
        "observe": (show, {"GetItem", "Query", *count, *streams}),
        "shadow": (read, {"PutItem"}),
        "feedback": (set(), {"GetItem", "PutItem"}),
    }
    for name, (configuration, table) in expected.items():
        here = function(assembly, environment, name)
        assert actions(assembly, here, "appconfig") == configuration, name
        assert actions(assembly, here, "dynamodb") == table, name
        assert here.properties["VpcConfig"]["SubnetIds"], name


def test_nobody_may_delete_or_replace_what_the_log_or_the_audit_table_holds(assembly: Assembly) -> None:
    for policy in every(assembly, "AWS::IAM::ManagedPolicy"):
        if not policy.stack.path.endswith(("/Live", "/Online", "/ModelAccess")):
            continue
        for statement in policy.properties["PolicyDocument"]["Statement"]:
            changing = {"dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "dynamodb:UpdateItem"}
            assert not changing & set(statement["Action"]), where(policy)


@pytest.mark.parametrize("environment", WORKLOADS)
def test_shadows_ask_with_the_permissions_of_model_access(assembly: Assembly, environment: str) -> None:
    access = only(each for each in stack(assembly, f"{environment}/ModelAccess").of_type("AWS::Lambda::Function"))
    shadow = function(assembly, environment, "shadow")

    def roles(resource: Resource) -> Any:
        role = resource.properties["Role"]["Fn::GetAtt"][0]
        return resource.stack.template["Resources"][role]["Properties"]["ManagedPolicyArns"]

    assert roles(shadow) == roles(access)


@pytest.mark.parametrize("environment", WORKLOADS)
def test_observe_reads_requests_of_experiments_in_order_and_gives_up_poison(
    assembly: Assembly, environment: str
) -> None:
    here, observe = stack(assembly, f"{environment}/Online"), function(assembly, environment, "observe")
    source = mapping(here, observe)
    assert source["EventSourceArn"] == {"Ref": "ModelAccessAuditStreamArn"}
    (pattern,) = [json.loads(each["Pattern"]) for each in source["FilterCriteria"]["Filters"]]
    assert pattern == {"dynamodb": {"NewImage": {"experiment": {"S": [{"exists": True}]}}}}
    assert (source["ParallelizationFactor"], source["MaximumBatchingWindowInSeconds"]) == (1, 0)
    assert (source["BisectBatchOnFunctionError"], source["StartingPosition"]) == (True, "TRIM_HORIZON")
    assert source["MaximumRetryAttempts"] >= 3
    assert source["DestinationConfig"]["OnFailure"]["Destination"] == {"Ref": "SecurityDeadLetterQueueArn"}
    audit = only(stack(assembly, f"{environment}/ModelAccess").of_type("AWS::DynamoDB::GlobalTable"))
    assert audit.properties["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}


@pytest.mark.parametrize("environment", WORKLOADS)
def test_what_a_shadow_is_asked_is_encrypted_short_lived_and_not_asked_twice_at_once(
    assembly: Assembly, environment: str
) -> None:
    live, online = (stack(assembly, f"{environment}/{name}") for name in ("Live", "Online"))
    for queue in live.of_type("AWS::SQS::Queue"):
        assert queue.properties["KmsMasterKeyId"] == DATA_KEY
        assert queue.properties["MessageRetentionPeriod"] <= 3600
    questions = only(q for q in live.of_type("AWS::SQS::Queue") if "RedrivePolicy" in q.properties)
    shadow = function(assembly, environment, "shadow")
    assert questions.properties["VisibilityTimeout"] >= 6 * shadow.properties["Timeout"]
    source = mapping(online, shadow)
    concurrency = source["ScalingConfig"]["MaximumConcurrency"]
    assert concurrency <= shadow.properties["ReservedConcurrentExecutions"]
    assert source["BatchSize"] == 1


def test_model_access_reads_what_is_live_in_the_primary_region_only(assembly: Assembly) -> None:
    names = ("LIVE_APPLICATION", "LIVE_ENVIRONMENT", "LIVE_MAX_AGE_SECONDS", "SHADOW_QUEUE_URL")
    for environment in WORKLOADS:
        for twin in ("", "Recovery"):
            here = only(stack(assembly, f"{environment}/{twin}ModelAccess").of_type("AWS::Lambda::Function"))
            variables = here.properties["Environment"]["Variables"]
            assert all(bool(variables[name]) is (twin == "") for name in names)
            read = {f"appconfig:{each}" for each in actions(assembly, here, "appconfig")}
            assert read == (set() if twin else READS)


def test_what_functions_do_with_appconfig_passes_their_vpc_s_endpoints(assembly: Assembly) -> None:
    for environment in WORKLOADS:
        network = stack(assembly, f"{environment}/Network")
        passed = {
            str(each.properties["ServiceName"]).rpartition(".")[2]: set(
                each.properties["PolicyDocument"]["Statement"][0]["Action"]
            )
            for each in network.of_type("AWS::EC2::VPCEndpoint")
        }
        assert passed["appconfigdata"] == READS
        used = {
            f"appconfig:{action}"
            for name in ("activate", "reconcile", "validate", "observe")
            for action in actions(assembly, function(assembly, environment, name), "appconfig")
        }
        assert used == passed["appconfig"]
