"""What the functions behind what is live reach: the log, AppConfig and the catalog, each as far as its task goes."""

import pytest

from foundation.checks.assembly import Assembly, Resource, StackTemplate
from foundation.checks.policies import Statement
from tests.synth.templates import WORKLOADS, only, policy_statements, stack, where

Reach = dict[str, set[str]]
LOG_READ = ("dynamodb:GetItem", "dynamodb:Query")
VERSIONS = (
    "appconfig:CreateHostedConfigurationVersion", "appconfig:GetHostedConfigurationVersion",
    "appconfig:ListConfigurationProfiles", "appconfig:ListHostedConfigurationVersions",
)  # fmt: skip
DEPLOYMENTS = ("appconfig:ListDeployments", "appconfig:StartDeployment", "appconfig:StopDeployment")
COUNTS = ("dynamodb:BatchGetItem", "dynamodb:PutItem")
STREAM = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
CONFIGURATION = ("appconfig:GetLatestConfiguration", "appconfig:StartConfigurationSession")
QUEUE = ("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
# Of every function: tests/synth/test_function_roles.py.
COMMON = {
    "Logs", "DeadLetters", "Keys", "Traces", "MakeInterfaces", "AddressInterfaces", "DeleteInterfaces", "DescribeInterfaces",
}  # fmt: skip


def own_policies(function: Resource) -> list[Statement]:
    """What the function's stack lets it do, beside what every function may; policies of the catalog are its stack's."""
    role = {"Ref": function.properties["Role"]["Fn::GetAtt"][0]}
    policies = [p for p in function.stack.of_type("AWS::IAM::ManagedPolicy") if role in p.properties.get("Roles", [])]
    return [s for p in policies for s in policy_statements(p) if s.body["Sid"] not in COMMON]


def on(actions: tuple[str, ...], *resources: str) -> Reach:
    """Resources by action, the same for each of them."""
    return {action: set(resources) for action in actions}


def showing(here: StackTemplate, application: str, environment: str, strategy: str) -> Reach:
    """What making and deploying versions takes."""
    at = f"arn:aws:appconfig:{here.region}:{here.account}"
    own = f"{at}:application/{application}"
    profiles, place = f"{own}/configurationprofile/*", f"{own}/environment/{environment}"
    deployed = (own, place, f"{place}/deployment/*", profiles, f"{at}:deploymentstrategy/{strategy}")
    return {**on(VERSIONS, own, profiles), **on(DEPLOYMENTS, *deployed)}


def parameters(here: StackTemplate, *kinds: str) -> Reach:
    """Contracts of these kinds."""
    names = f"arn:aws:ssm:{here.region}:{here.account}:parameter/genai-foundation"
    return {"ssm:GetParameter": {f"{names}/{kind}/*" for kind in kinds}}


def live(here: StackTemplate) -> dict[str, Reach]:
    """Functions of the stack Live, by the module of their handler."""
    log = f"<{only(here.of_type('AWS::DynamoDB::GlobalTable')).logical_id}.Arn>"
    application, environment, strategy = (
        f"<{only(here.of_type(f'AWS::AppConfig::{kind}')).logical_id}>"
        for kind in ("Application", "Environment", "DeploymentStrategy")
    )
    own = f"arn:aws:appconfig:{here.region}:{here.account}:application/{application}"
    bedrock = f"arn:aws:bedrock:{here.region}:{here.account}"
    catalog = {
        **parameters(here, "guardrails", "prompts", "use-cases"),
        "bedrock:GetPrompt": {f"{bedrock}:prompt/*"},
        "bedrock:GetGuardrail": {f"{bedrock}:guardrail/*"},
    }
    show = {**on(LOG_READ, log), **showing(here, application, environment, strategy)}
    return {
        "activate": {**show, **catalog, "dynamodb:PutItem": {log}},
        "reconcile": show,
        "validate": {
            **on(LOG_READ, log),
            **catalog,
            "appconfig:GetConfigurationProfile": {own, f"{own}/configurationprofile/*"},
        },
    }


def online(here: StackTemplate) -> dict[str, Reach]:
    """Functions of the stack Online, by the module of their handler."""
    log, audit = "<LiveTableArn>", f"arn:aws:dynamodb:{here.region}:{here.account}:table/<ModelAccessAuditTableName>"
    application, environment = "<LiveApplicationId>", "<LiveEnvironmentId>"
    shown = f"arn:aws:appconfig:{here.region}:{here.account}:application/{application}/environment/{environment}"
    return {
        "observe": {
            **on(LOG_READ, log),
            **on(COUNTS, log),
            **on(STREAM, "<ModelAccessAuditStreamArn>"),
            "dynamodb:ListStreams": {"*"},
            **showing(here, application, environment, "<LiveDeploymentStrategyId>"),
        },
        "shadow": {
            **on(QUEUE, "{{resolve:ssm:/genai-foundation/live/shadow-queue-arn}}"),
            "dynamodb:PutItem": {audit},
            **on(CONFIGURATION, f"{shown}/configuration/*"),
            **parameters(here, "use-cases"),
        },
        "feedback": {"dynamodb:GetItem": {audit}, "dynamodb:PutItem": {audit}},
    }


@pytest.mark.parametrize("environment", WORKLOADS)
@pytest.mark.parametrize("name", ["Live", "Online"])
def test_a_function_reaches_what_its_task_takes_and_no_more(assembly: Assembly, environment: str, name: str) -> None:
    here = stack(assembly, f"{environment}/{name}")
    expected = live(here) if name == "Live" else online(here)
    functions = {each.properties["Handler"].split(".")[-2]: each for each in here.of_type("AWS::Lambda::Function")}
    assert functions.keys() == expected.keys()
    for module, function in functions.items():
        found: Reach = {}
        for statement in own_policies(function):
            assert statement.conditions == [], where(function)
            for action in statement.actions:
                found.setdefault(action, set()).update(statement.resources)
        assert found == expected[module], module


@pytest.mark.parametrize("environment", WORKLOADS)
def test_a_reconciliation_that_fails_is_the_next_minute_s_work(assembly: Assembly, environment: str) -> None:
    """Lambda would repeat the schedule's call by itself, beside the next one."""
    here = stack(assembly, f"{environment}/Live")
    reconcile = only(
        each
        for each in here.of_type("AWS::Lambda::Function")
        if each.properties["Handler"] == "genai_runtime.live.handlers.reconcile.handler"
    )
    once = only(here.of_type("AWS::Lambda::EventInvokeConfig")).properties
    assert once["FunctionName"] == {"Ref": reconcile.logical_id}
    assert (once["MaximumRetryAttempts"], once["MaximumEventAgeInSeconds"]) == (0, 60)
