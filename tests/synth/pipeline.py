"""Readers of the release pipeline's template that several test files share."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from foundation.checks.assembly import Assembly, Resource, StackTemplate
from foundation.checks.policies import Statement
from tests.synth.templates import attached, only, stack

ACCOUNTS = {"dev": "222222222222", "pre-prod": "333333333333", "prod": "444444444444"}
SHARED, REGION = "111111111111", "eu-west-1"
GOVERNANCE = "555555555555"
BUCKET = "ReleaseBucket5E6A42CC"
BUCKET_KEY = "<ReleaseBucketKeyFE1C82D8.Arn>"
ARTIFACTS = "<ReleaseArtifactsAC3F2D9C.Arn>"
LEDGER = "<ReleaseLedger2D187280.Arn>"
DATA_KEY = "<SecurityDataKeyArn>"
READ, WRITE = {"dynamodb:GetItem", "dynamodb:Query"}, {"dynamodb:PutItem"}
PURPOSES = ("seal", "promotion", "approval", "warrant")
PIPELINES = {"Release": "genai-foundation-release", "PullRequest": "genai-foundation-pull-request"}
"""Physical name by construct id."""
RELEASE_STAGES = ("Source", "Build", "Dev", "PreProd", "Approval", "Prod", "Publish")
PULL_REQUEST_STAGES = ("Source", "Build", "Gate")
PROJECTS = (
    "Build",
    "Candidate",
    "Test",
    "DeployDev",
    "DeployPreProd",
    "DeployProd",
    "Integration",
    "Performance",
    "Dossier",
)
REDEEM = {"dev": "Functions/RedeemDev", "pre-prod": "Functions/RedeemPreProd", "prod": "Functions/RedeemProd"}
# Of every function: its log, queue, keys, traces.
COMMON = {"Logs", "DeadLetters", "Keys", "Traces"}
Action = Mapping[str, Any]


def here(assembly: Assembly) -> StackTemplate:
    """The stack of the pipeline."""
    return stack(assembly, "shared/Pipeline")


def pipeline(assembly: Assembly, name: str = "genai-foundation-release") -> Resource:
    """A pipeline by its name."""
    return only(
        each for each in here(assembly).of_type("AWS::CodePipeline::Pipeline") if each.properties["Name"] == name
    )


def stages(assembly: Assembly, name: str = "genai-foundation-release") -> dict[str, list[Action]]:
    """Actions by stage."""
    return {stage["Name"]: stage["Actions"] for stage in pipeline(assembly, name).properties["Stages"]}


def actions(assembly: Assembly, name: str = "genai-foundation-release") -> Iterator[Action]:
    """Every action in order."""
    for each in stages(assembly, name).values():
        yield from sorted(each, key=lambda action: int(action["RunOrder"]))


def provider(action: Action) -> str:
    """What carries an action out."""
    return str(action["ActionTypeId"]["Provider"])


def given(action: Action) -> dict[str, Any]:
    """What an action's configuration gives: a function's parameters, a machine's input, a build's variables."""
    configuration = action["Configuration"]
    if "EnvironmentVariables" in configuration:
        return {each["name"]: each["value"] for each in json.loads(configuration["EnvironmentVariables"])}
    return dict(json.loads(configuration.get("UserParameters") or configuration.get("Input") or "{}"))


def resource(assembly: Assembly, logical_id: str) -> Resource:
    """A resource of the stack."""
    return only(each for each in here(assembly).resources if each.logical_id == logical_id)


def roles(assembly: Assembly) -> dict[str, str]:
    """Logical id of every role of the stack, by its path below the pipeline: Functions/Seal, Projects/Build, Release/Dev."""
    found = {}
    for each in here(assembly).of_type("AWS::IAM::Role"):
        path = each.path.removeprefix("shared/Pipeline/Release/").removesuffix("/Default").removesuffix("/Role")
        found[path] = each.logical_id
    return found


def statements(assembly: Assembly, role: str) -> list[Statement]:
    """What a role may do beside what every function may."""
    return [
        each
        for each in attached(assembly, here(assembly), roles(assembly)[role])
        if each.body["Sid"] not in COMMON or role.startswith("Projects/")
    ]


def allowed(assembly: Assembly, role: str) -> dict[str, set[str]]:
    """Resources by action that a role may touch, beside what every function may."""
    found: dict[str, set[str]] = {}
    for each in statements(assembly, role):
        for action in each.actions:
            found.setdefault(action, set()).update(each.resources)
    return found


def conditions(assembly: Assembly, role: str) -> dict[str, list[tuple[str, str, list[str]]]]:
    """Conditions of the statements that have any, by Sid."""
    return {each.body["Sid"]: list(each.conditions) for each in statements(assembly, role) if each.conditions}


def tag(assembly: Assembly, role: str, key: str = "genai-foundation-release") -> str | None:
    """Value of a role's tag."""
    tags = resource(assembly, roles(assembly)[role]).properties["Tags"]
    return next((each["Value"] for each in tags if each["Key"] == key), None)


def function_arn(assembly: Assembly, name: str) -> str:
    """A function as policies name it."""
    found = only(
        each
        for each in here(assembly).of_type("AWS::Lambda::Function")
        if each.path == f"shared/Pipeline/Release/{name}/Default"
    )
    return f"<{found.logical_id}.Arn>"


def key_arn(assembly: Assembly, purpose: str) -> str:
    """A signing key as policies name it."""
    key = only(
        each
        for each in here(assembly).of_type("AWS::KMS::Key")
        if each.path == f"shared/Pipeline/Release/{purpose.capitalize()}Key/Default"
    )
    return f"<{key.logical_id}.Arn>"


def objects(*patterns: str) -> set[str]:
    """Patterns of the bucket of releases."""
    return {f"<{BUCKET}.Arn>/{each}" for each in patterns}


def signing_keys(assembly: Assembly) -> set[str]:
    """All signing keys as policies name them."""
    return {key_arn(assembly, each) for each in PURPOSES}


def on(actions: Iterable[str], resources: Iterable[str]) -> dict[str, set[str]]:
    """Resources by action, the same for each of them."""
    return {action: set(resources) for action in actions}


def using(reads: Iterable[str], writes: Iterable[str] = ()) -> dict[str, set[str]]:
    """What reading and writing these patterns of the bucket of releases takes, by action."""
    found = {"s3:ListBucket": {f"<{BUCKET}.Arn>"}, "s3:GetObject": objects(*reads), "kms:Decrypt": {BUCKET_KEY}}
    if written := objects(*writes):
        found |= {"s3:PutObject": written, "kms:GenerateDataKey": {BUCKET_KEY}}
    return found


def project_name(construct_id: str) -> str:
    """genai-foundation-release-deploy-pre-prod of DeployPreProd."""
    words = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in construct_id)
    return f"genai-foundation-release{words}"


def project_arn(construct_id: str) -> str:
    """A project as policies name it."""
    return f"arn:aws:codebuild:{REGION}:{SHARED}:project/{project_name(construct_id)}"


def pipeline_arn(construct_id: str) -> str:
    """A pipeline as policies name it."""
    return f"arn:aws:codepipeline:{REGION}:{SHARED}:{PIPELINES[construct_id]}"


def artifacts(construct_id: str) -> str:
    """Pattern of a pipeline's artifacts."""
    return f"{ARTIFACTS}/{PIPELINES[construct_id][:20]}/*"


def in_accounts(*names: str) -> set[str]:
    """ARNs of the pipeline's roles in all environments."""
    return {
        f"arn:aws:iam::{account}:role/genai-foundation-release-{name}"
        for name in names
        for account in ([GOVERNANCE] if name == "publisher" else ACCOUNTS.values())
    }


def everything(assembly: Assembly) -> dict[str, set[str]]:
    """Roles by action."""
    found: dict[str, set[str]] = {}
    for role in roles(assembly):
        for each in statements(assembly, role):
            for action in each.actions:
                found.setdefault(action, set()).add(role)
    return found
