"""The evaluation stacks: what each function may do, and where its results and histories are kept (EVAL-1 to EVAL-4)."""

import json

import pytest

from foundation.checks.assembly import Assembly, Resource, StackTemplate
from foundation.checks.intrinsics import text
from foundation.checks.policies import Statement
from genai_foundation.evaluation.datasets import golden_bucket_name
from genai_foundation.evaluation.state_machine import STEPS, definition
from genai_foundation.evaluation.steps import STEPS as FUNCTIONS
from genai_foundation.evaluation.tracking import WRITER_TAG, writer_role_arn
from stacks.settings import Settings
from stacks.settings.platform import ENVIRONMENTS, Environment
from tests.synth.templates import attached, only, policy_statements, stack, where

STAGES = pytest.mark.parametrize("environment", ENVIRONMENTS)
# Of every function: logs, dead letters, keys, traces, interfaces in the VPC.
COMMON = {"ec2", "kms", "logs", "sqs", "xray"}
OWN: dict[str, set[str]] = {
    "Plan": {"s3"},
    "Invoke": {"s3", "dynamodb", "bedrock", "lambda", "ssm"},
    "Score": {"s3", "bedrock", "ssm"},
    "Judge": {"s3", "dynamodb", "bedrock"},
    "JobCreate": {"s3", "bedrock", "iam"},
    "JobPoll": {"s3", "bedrock"},
    "JobCollect": {"s3", "bedrock"},
    "ReviewPlan": {"s3"},
    "ReviewRequest": {"s3", "sns", "states"},
    "ReviewSubmit": {"s3", "states"},
    "Gate": {"s3"},
    "Publish": {"s3"},
    "Track": {"s3", "sts"},
}


def evaluation(assembly: Assembly, environment: str) -> StackTemplate:
    """The stack of an environment."""
    return stack(assembly, f"{environment}/Evaluation")


def step_function(here: StackTemplate, name: str) -> Resource:
    """The function of a step."""
    handler = f"genai_runtime.evaluation.handlers.{FUNCTIONS[name].handler}.handler"
    return only(each for each in here.of_type("AWS::Lambda::Function") if each.properties["Handler"] == handler)


def permissions(assembly: Assembly, here: StackTemplate, name: str) -> list[Statement]:
    """Everything that a step's function may do."""
    return attached(assembly, here, step_function(here, name).properties["Role"]["Fn::GetAtt"][0])


def machine(here: StackTemplate) -> Resource:
    """The state machine."""
    return only(here.of_type("AWS::StepFunctions::StateMachine"))


def resources(statements: list[Statement], action: str) -> set[str]:
    """Resources on which an action is allowed."""
    return {resource for each in statements if action in each.actions for resource in each.resources}


@STAGES
@pytest.mark.parametrize("name", OWN)
def test_a_function_uses_the_services_of_its_step_and_no_others(
    assembly: Assembly, environment: Environment, name: str
) -> None:
    statements = permissions(assembly, evaluation(assembly, environment), name)
    used = {action.partition(":")[0] for each in statements for action in each.actions}
    common = COMMON - {"ec2"} if name == "Track" else COMMON
    # Judges must be named in the configuration and approved here.
    assert used - {"bedrock"} == (common | OWN[name]) - {"bedrock"}
    assert ("bedrock" in used) <= ("bedrock" in OWN[name])


@pytest.mark.parametrize("name", OWN)
def test_a_function_reads_and_writes_its_own_objects_only(assembly: Assembly, name: str) -> None:
    here = evaluation(assembly, "dev")
    statements = permissions(assembly, here, name)
    bucket = f"<{only(here.of_type('AWS::S3::Bucket')).logical_id}.Arn>"
    own = {each for each in resources(statements, "s3:GetObject") if each.startswith(bucket)}
    assert own == {f"{bucket}/{each}" for each in FUNCTIONS[name].reads}
    assert resources(statements, "s3:PutObject") == {f"{bucket}/{each}" for each in FUNCTIONS[name].writes}
    assert not any("s3:Delete" in action for each in statements for action in each.actions)


def test_only_the_gate_decides_and_only_invoke_answers() -> None:
    def writers(pattern: str) -> set[str]:
        return {name for name, step in FUNCTIONS.items() if pattern in step.writes}

    assert writers("runs/*/gate/*") == {"Gate"}
    assert writers("runs/*/responses/*") == {"Invoke"}
    assert writers("runs/*/scores/*") == {"Score"}
    assert writers("runs/*/result.json") == {"Publish"}
    assert writers("runs/*/run.json") == set()


@STAGES
def test_plan_reads_the_stage_of_golden_datasets_that_its_environment_may_see(
    assembly: Assembly, settings: Settings, environment: Environment
) -> None:
    here = evaluation(assembly, environment)
    governance = settings.account("data-governance").id
    bucket = f"arn:aws:s3:::{golden_bucket_name(governance, here.region)}"
    stage = "redacted" if environment == "dev" else "golden"
    statements = permissions(assembly, here, "Plan")
    assert {each for each in resources(statements, "s3:GetObject") if each.startswith("arn:")} == {
        f"{bucket}/{stage}/*"
    }
    (foreign,) = [each for each in statements if f"arn:aws:kms:{here.region}:{governance}:key/*" in each.resources]
    assert foreign.actions == ["kms:Decrypt"]
    assert foreign.conditions == [("stringequals", "kms:viaservice", [f"s3.{here.region}.amazonaws.com"])]
    for name in OWN.keys() - {"Plan"}:
        assert not any(governance in each for s in permissions(assembly, here, name) for each in s.resources), name


@STAGES
def test_candidates_are_called_behind_guardrails_and_judges_and_embeddings_by_name(
    assembly: Assembly, settings: Settings, environment: Environment
) -> None:
    here = evaluation(assembly, environment)
    calls = {"bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"}
    for each in permissions(assembly, here, "Invoke"):
        if calls & set(each.actions):
            assert [key for _, key, _ in each.conditions] == ["bedrock:guardrailidentifier"]
    approved = settings.models_for(environment)
    chosen = {
        "Judge": [model for model in approved if model.id in settings.evaluation.judges],
        "Score": [model for model in approved if model.spec.embedding_dimensions],
    }
    for name, models in chosen.items():
        named = resources(permissions(assembly, here, name), "bedrock:InvokeModel")
        assert {arn.rpartition("/")[2] for arn in named} == {
            part for model in models for part in (model.id, model.invocation_id(here.region))
        }, name
        assert not any("*" in arn for arn in named)


@STAGES
def test_invoke_may_call_the_aliases_of_the_environment_s_use_cases_only(
    assembly: Assembly, settings: Settings, environment: Environment
) -> None:
    called = resources(permissions(assembly, evaluation(assembly, environment), "Invoke"), "lambda:InvokeFunction")
    function = "{{resolve:ssm:/genai-foundation/model-access/function-arn}}"
    assert called == {f"{function}:{case.name}" for case in settings.use_cases_in(environment)}


def test_forms_are_signed_where_they_are_made_and_verified_where_they_come_in(assembly: Assembly) -> None:
    here = evaluation(assembly, "dev")
    key = only(each for each in here.of_type("AWS::KMS::Key"))
    assert (key.properties["KeySpec"], key.properties["KeyUsage"]) == ("HMAC_256", "GENERATE_VERIFY_MAC")
    allowed = {
        (name, action)
        for name in OWN
        for each in permissions(assembly, here, name)
        for action in each.actions
        if action in ("kms:GenerateMac", "kms:VerifyMac")
    }
    assert allowed == {("ReviewPlan", "kms:GenerateMac"), ("ReviewSubmit", "kms:VerifyMac")}


@STAGES
def test_reviewers_are_told_by_an_encrypted_topic(
    assembly: Assembly, settings: Settings, environment: Environment
) -> None:
    here = evaluation(assembly, environment)
    topic = only(here.of_type("AWS::SNS::Topic"))
    assert text(topic.properties["KmsMasterKeyId"]) == "<SecurityDataKeyArn>"
    told = {each.properties["Endpoint"] for each in here.of_type("AWS::SNS::Subscription")}
    assert told == set(settings.evaluation.reviewers)
    publishers = {name for name in OWN if resources(permissions(assembly, here, name), "sns:Publish")}
    assert publishers == {"ReviewRequest"}


@STAGES
def test_tracking_becomes_the_shared_account_s_writer_and_nothing_else(
    assembly: Assembly, settings: Settings, environment: Environment
) -> None:
    here = evaluation(assembly, environment)
    shared = settings.account("shared").id
    for name in OWN:
        expected = {writer_role_arn(shared)} if name == "Track" else set()
        assert resources(permissions(assembly, here, name), "sts:AssumeRole") == expected
    tag, value = WRITER_TAG
    tagged = {
        role.logical_id
        for role in here.of_type("AWS::IAM::Role")
        if {"Key": tag, "Value": value} in role.properties["Tags"]
    }
    assert tagged == {step_function(here, "Track").properties["Role"]["Fn::GetAtt"][0]}


def test_functions_run_in_the_vpc_but_for_tracking(assembly: Assembly) -> None:
    here = evaluation(assembly, "prod")
    outside = [name for name in OWN if "VpcConfig" not in step_function(here, name).properties]
    assert outside == ["Track"]


@STAGES
def test_the_machine_is_the_definition_with_its_functions(
    assembly: Assembly, settings: Settings, environment: Environment
) -> None:
    here = evaluation(assembly, environment)
    properties = machine(here).properties
    expected = definition(
        max_concurrency=settings.evaluation.max_concurrency, timeout_seconds=14 * 24 * 3600
    )  # fmt: skip
    assert json.loads(properties["DefinitionString"]) == expected
    given = {name: value["Fn::GetAtt"] for name, value in properties["DefinitionSubstitutions"].items()}
    assert given == {name: [step_function(here, name).logical_id, "Arn"] for name in STEPS}
    assert properties["StateMachineType"] == "STANDARD"


@STAGES
def test_histories_are_logged_traced_and_encrypted(assembly: Assembly, environment: Environment) -> None:
    here = evaluation(assembly, environment)
    properties = machine(here).properties
    assert properties["TracingConfiguration"] == {"Enabled": True}
    assert properties["EncryptionConfiguration"]["Type"] == "CUSTOMER_MANAGED_KMS_KEY"
    assert text(properties["EncryptionConfiguration"]["KmsKeyId"]) == "<SecurityDataKeyArn>"
    logging = properties["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", False)
    (destination,) = logging["Destinations"]
    group = destination["CloudWatchLogsLogGroup"]["LogGroupArn"]["Fn::GetAtt"][0]
    assert here.template["Resources"][group]["Type"] == "AWS::Logs::LogGroup"
    key = only(
        e for e in stack(assembly, f"{environment}/Security").of_type("AWS::KMS::Key") if "DataKey" in e.logical_id
    )
    deliveries = [each for each in policy_statements(key) if each.services == ["delivery.logs.amazonaws.com"]]
    assert [each.actions for each in deliveries] == [["kms:Decrypt"]]


@STAGES
def test_the_machine_invokes_its_functions_reads_its_batches_and_starts_its_children_only(
    assembly: Assembly, environment: Environment
) -> None:
    here = evaluation(assembly, environment)
    this = machine(here)
    role = this.properties["RoleArn"]["Fn::GetAtt"][0]
    statements = attached(assembly, here, role)
    bucket = f"<{only(here.of_type('AWS::S3::Bucket')).logical_id}.Arn>"
    functions = {f"<{step_function(here, name).logical_id}.Arn>" for name in STEPS}
    assert resources(statements, "lambda:InvokeFunction") == functions
    assert resources(statements, "s3:GetObject") == {f"{bucket}/runs/*/looks/*"}
    assert resources(statements, "states:StartExecution") == {f"<{this.logical_id}>"}
    executions = f"arn:aws:states:{here.region}:{here.account}:execution:<{this.logical_id}.Name>"
    assert resources(statements, "states:StopExecution") == {f"{executions}:*", f"{executions}/*"}
    assert "s3:PutObject" not in {action for each in statements for action in each.actions}
    # The log delivery is checked when the machine is made.
    policies = [p for p in here.of_type("AWS::IAM::ManagedPolicy") if {"Ref": role} in p.properties["Roles"]]
    logs = [p.logical_id for p in policies if "logs:CreateLogDelivery" in json.dumps(p.properties)]
    assert set(logs) <= set(this.body["DependsOn"]), where(this)


@STAGES
def test_failed_and_timed_out_runs_have_alarms(assembly: Assembly, environment: Environment) -> None:
    here = evaluation(assembly, environment)
    watched = {
        alarm.properties["MetricName"]
        for alarm in here.of_type("AWS::CloudWatch::Alarm")
        if alarm.properties["Namespace"] == "AWS/States"
        and alarm.properties["Dimensions"] == [{"Name": "StateMachineArn", "Value": {"Ref": machine(here).logical_id}}]
    }
    assert watched == {"ExecutionsFailed", "ExecutionsTimedOut"}


@STAGES
def test_what_the_command_and_other_pipelines_need_is_published(assembly: Assembly, environment: Environment) -> None:
    here = evaluation(assembly, environment)
    published = {each.properties["Name"] for each in here.of_type("AWS::SSM::Parameter")}
    prefix = "/genai-foundation/evaluation"
    assert published == {
        f"{prefix}/state-machine-arn",
        f"{prefix}/bucket",
        f"{prefix}/review-submit-function-name",
        # For pipelines of lines of business.
        *(f"{prefix}/layers/{name}" for name in ("base", "scoring", "statistics", "publishing")),
    }


@STAGES
def test_runs_expire_as_configured(assembly: Assembly, settings: Settings, environment: Environment) -> None:
    bucket = only(evaluation(assembly, environment).of_type("AWS::S3::Bucket"))
    days = [
        rule["ExpirationInDays"]
        for rule in bucket.properties["LifecycleConfiguration"]["Rules"]
        if "ExpirationInDays" in rule
    ]
    assert days == [settings.evaluation.retention_days]


@STAGES
def test_concurrency_covers_the_batches_of_two_runs(
    assembly: Assembly, settings: Settings, environment: Environment
) -> None:
    here = evaluation(assembly, environment)
    for name, step in FUNCTIONS.items():
        reserved = step_function(here, name).properties["ReservedConcurrentExecutions"]
        assert reserved == (2 * settings.evaluation.max_concurrency if step.per_batch else 5)
