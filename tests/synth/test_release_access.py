"""The release pipeline's ways into a workload account: who may take which role, and what it may do there."""

from collections.abc import Mapping

import pytest

from foundation.checks.assembly import Assembly, Resource, StackTemplate
from foundation.checks.policies import Statement
from stacks.settings import Settings
from stacks.settings.platform import ENVIRONMENTS, Environment
from tests.synth.pipeline import ACCOUNTS, DATA_KEY, GOVERNANCE, REGION, SHARED, roles, tag
from tests.synth.templates import attached, only, policy_statements, stack

STAGES = pytest.mark.parametrize("environment", ENVIRONMENTS)
ROLES = {
    "dev": {"deployer", "evaluator", "reader", "activator", "tester"},
    "pre-prod": {"deployer", "evaluator", "reader", "activator", "tester"},
    "prod": {"deployer", "evaluator", "reader", "activator"},
}
TAG = "aws:principaltag/genai-foundation-release"
RUNS = "arn:aws:s3:::<EvaluationBucket>"
MARKED: dict[tuple[Environment, str], list[str]] = {
    ("dev", "deployer"): ["redeem-dev"],
    ("pre-prod", "deployer"): ["redeem-pre-prod"],
    ("prod", "deployer"): ["redeem-prod"],
    ("dev", "evaluator"): ["gate", "authorize", "redeem-pre-prod"],
    ("pre-prod", "evaluator"): ["gate", "authorize", "redeem-prod"],
    ("prod", "evaluator"): ["gate", "authorize"],
    **{(environment, "reader"): ["dossier"] for environment in ENVIRONMENTS},
    **{(environment, "activator"): ["activate"] for environment in ENVIRONMENTS},
    ("dev", "tester"): ["test"],
    ("pre-prod", "tester"): ["test"],
}


def access(assembly: Assembly, environment: str) -> StackTemplate:
    """The stack of an environment."""
    return stack(assembly, f"{environment}/ReleaseAccess")


def named(assembly: Assembly, environment: str) -> dict[str, Resource]:
    """Roles by the end of their names."""
    prefix = "genai-foundation-release-"
    found = {each.properties["RoleName"]: each for each in access(assembly, environment).of_type("AWS::IAM::Role")}
    assert all(name.startswith(prefix) for name in found)
    return {name.removeprefix(prefix): each for name, each in found.items()}


def trust(assembly: Assembly, environment: str, role: str) -> Statement:
    """The one statement of a role's trust policy."""
    (found,) = policy_statements(named(assembly, environment)[role])
    return found


def allowed(assembly: Assembly, environment: str, role: str) -> dict[str, Statement]:
    """What a role may do, by Sid."""
    here = access(assembly, environment)
    return {each.body["Sid"]: each for each in attached(assembly, here, named(assembly, environment)[role].logical_id)}


def grants(found: Mapping[str, Statement]) -> dict[str, tuple[set[str], set[str]]]:
    """Actions and resources by Sid."""
    return {sid: (set(each.actions), set(each.resources)) for sid, each in found.items()}


def conditions(found: Mapping[str, Statement]) -> dict[str, list[tuple[str, str, list[str]]]]:
    """Conditions of the statements that have any, by Sid."""
    return {sid: list(each.conditions) for sid, each in found.items() if each.conditions}


def parameter(account: str, name: str) -> str:
    """ARN of a parameter of the contract."""
    return f"arn:aws:ssm:{REGION}:{account}:parameter/genai-foundation/{name}"


@STAGES
def test_an_account_has_these_roles_and_no_other_way_in(assembly: Assembly, environment: Environment) -> None:
    assert set(named(assembly, environment)) == ROLES[environment]
    entering = [
        each
        for other in assembly.stacks
        if other.stage == environment
        for role in other.of_type("AWS::IAM::Role")
        for each in policy_statements(role)
        if any(SHARED in principal for principal in each.principals) and other.path != f"{environment}/ReleaseAccess"
    ]
    assert entering == []


@pytest.mark.parametrize(("environment", "role"), MARKED)
def test_a_role_is_taken_by_roles_of_the_shared_account_with_its_tag(
    assembly: Assembly, settings: Settings, environment: Environment, role: str
) -> None:
    found = trust(assembly, environment, role)
    assert found.principals == [f"arn:aws:iam::{SHARED}:root"]
    conditions = {(operator, key): values for operator, key, values in found.conditions}
    assert conditions["stringequals", "aws:principalorgid"] == [settings.organization.id]
    assert conditions["stringequals", TAG] == MARKED[environment, role]
    if role != "deployer":
        assert found.actions == ["sts:AssumeRole"]
        assert len(conditions) == 2


def test_every_tag_is_one_that_a_role_of_the_pipeline_has(assembly: Assembly) -> None:
    given = {value for role in roles(assembly) if (value := tag(assembly, role))}
    assert {value for values in MARKED.values() for value in values} | {"redeem-dev", "publish"} == given


def test_the_publisher_of_the_governance_account_publishes_suites_and_nothing_else(
    assembly: Assembly, settings: Settings
) -> None:
    here = stack(assembly, "data-governance/ReleaseAccess")
    (role,) = here.of_type("AWS::IAM::Role")
    assert role.properties["RoleName"] == "genai-foundation-release-publisher"
    (entering,) = policy_statements(role)
    assert (entering.principals, entering.actions) == ([f"arn:aws:iam::{SHARED}:root"], ["sts:AssumeRole"])
    assert entering.conditions == [
        ("stringequals", "aws:principalorgid", [settings.organization.id]),
        ("stringequals", TAG, ["publish"]),
    ]
    found = {each.body["Sid"]: each for each in attached(assembly, here, role.logical_id)}
    bucket = f"arn:aws:s3:::genai-foundation-golden-{GOVERNANCE}-{REGION}"
    names = {parameter(GOVERNANCE, each) for each in ("data/goldendatasets-bucket", "evaluation/redact-function-name")}
    redact = f"arn:aws:lambda:{REGION}:{GOVERNANCE}:function:<EvaluationRedactFunctionName>"
    assert grants(found) == {
        "Find": ({"ssm:GetParameter"}, names),
        "List": ({"s3:ListBucket"}, {bucket}),
        "Publish": ({"s3:GetObject", "s3:PutObject"}, {f"{bucket}/golden/*"}),
        "Key": ({"kms:Decrypt", "kms:GenerateDataKey"}, {"<DataGoldendatasetsKeyArn>"}),
        "Redact": ({"lambda:InvokeFunction"}, {redact}),
    }
    assert conditions(found) == {}


@STAGES
def test_the_reader_reads_results_and_changes_nothing(assembly: Assembly, environment: Environment) -> None:
    found = allowed(assembly, environment, "reader")
    assert grants(found) == {
        "FindBucket": ({"ssm:GetParameter"}, {parameter(ACCOUNTS[environment], "evaluation/bucket")}),
        "ListRuns": ({"s3:ListBucket"}, {RUNS}),
        "ReadRuns": ({"s3:GetObject"}, {f"{RUNS}/runs/*"}),
        "Key": ({"kms:Decrypt"}, {DATA_KEY}),
    }
    assert conditions(found) == {}


@STAGES
def test_a_deploying_session_is_for_one_release_environment_and_execution(
    assembly: Assembly, environment: Environment
) -> None:
    found = trust(assembly, environment, "deployer")
    assert found.actions == ["sts:AssumeRole", "sts:TagSession"]
    conditions = {(operator, key): values for operator, key, values in found.conditions}
    assert conditions["stringequals", "aws:requesttag/environment"] == [environment]
    assert conditions["stringlike", "aws:requesttag/manifest"] == ["?" * 64]
    assert conditions["stringlike", "aws:requesttag/execution"] == ["?*"]
    assert conditions["stringequals", "aws:tagkeys"] == ["environment", "execution", "manifest"]
    assert "ForAllValues:StringEquals" in found.body["Condition"]
    assert len(conditions) == 6


@STAGES
def test_it_deploys_through_the_account_s_own_bootstrap_and_reads_its_own_release(
    assembly: Assembly, environment: Environment
) -> None:
    found = allowed(assembly, environment, "deployer")
    account = ACCOUNTS[environment]
    assert set(found) == {"Deploy", "ReadOwnRelease", "DecryptOwnRelease", "VerifySeal"}
    assert found["Deploy"].actions == ["sts:AssumeRole", "sts:TagSession"]
    assert found["Deploy"].resources == [
        f"arn:aws:iam::{account}:role/cdk-hnb659fds-{kind}-{account}-{region}"
        for region in (REGION, "eu-central-1")
        for kind in ("deploy-role", "file-publishing-role", "lookup-role")
    ]
    own = f"arn:aws:s3:::genai-foundation-releases-{SHARED}-{REGION}/releases/${{aws:PrincipalTag/manifest}}/*"
    assert (found["ReadOwnRelease"].actions, found["ReadOwnRelease"].resources) == (["s3:GetObject"], [own])
    assert found["DecryptOwnRelease"].conditions == [
        ("stringequals", "kms:viaservice", [f"s3.{REGION}.amazonaws.com"]),
        ("stringlike", "kms:encryptioncontext:aws:s3:arn", [own]),
    ]
    assert found["DecryptOwnRelease"].actions == ["kms:Decrypt"]
    assert found["VerifySeal"].actions == ["kms:GetPublicKey", "kms:Verify"]
    for name in ("DecryptOwnRelease", "VerifySeal"):
        assert found[name].resources == [f"arn:aws:kms:{REGION}:{SHARED}:key/*"]


@STAGES
def test_the_evaluator_requests_runs_and_reads_suites_of_its_environment_s_stage(
    assembly: Assembly, environment: Environment
) -> None:
    found = allowed(assembly, environment, "evaluator")
    suites = f"arn:aws:s3:::genai-foundation-golden-{GOVERNANCE}-{REGION}"
    prefix = "redacted" if environment == "dev" else "golden"
    account = ACCOUNTS[environment]
    names = ("evaluation/state-machine-arn", "evaluation/bucket", "model-access/function-arn", "guardrails/*")
    follow = found.pop("Follow")
    assert grants(found) == {
        "Contract": ({"ssm:GetParameter"}, {parameter(account, each) for each in names}),
        "ListRuns": ({"s3:ListBucket"}, {RUNS}),
        "ReadRuns": ({"s3:GetObject"}, {f"{RUNS}/runs/*", f"{RUNS}/baselines/*"}),
        "RequestRuns": ({"s3:PutObject"}, {f"{RUNS}/runs/*/run.json"}),
        "Start": ({"states:StartExecution"}, {"<EvaluationStateMachineArn>"}),
        "Key": ({"kms:Decrypt", "kms:GenerateDataKey"}, {DATA_KEY}),
        "ListDatasets": ({"s3:ListBucket"}, {suites}),
        "ReadDatasets": ({"s3:GetObject"}, {f"{suites}/{prefix}/*"}),
        "DecryptDatasets": ({"kms:Decrypt"}, {f"arn:aws:kms:{REGION}:{GOVERNANCE}:key/*"}),
    }
    assert conditions(found) == {
        "DecryptDatasets": [("stringequals", "kms:viaservice", [f"s3.{REGION}.amazonaws.com"])]
    }
    # Of that machine, whose name is the last part of its ARN.
    assert follow.actions == ["states:DescribeExecution"]
    machine = {"Fn::Select": [6, {"Fn::Split": [":", {"Ref": "EvaluationStateMachineArn"}]}]}
    executions = ["", [f"arn:aws:states:{REGION}:{account}:execution:", machine, ":*"]]
    assert follow.body["Resource"] == [{"Fn::Join": executions}]


@STAGES
def test_the_golden_bucket_and_its_key_let_the_environment_s_evaluator_read(
    assembly: Assembly, environment: Environment
) -> None:
    """Their policies name the account; the evaluator's own policy narrows that to what it reads."""
    data = stack(assembly, "data-governance/Data")
    root = f"arn:aws:iam::{ACCOUNTS[environment]}:root"
    policy = only(
        each
        for each in data.of_type("AWS::S3::BucketPolicy")
        if each.properties["Bucket"]["Ref"].startswith("GoldenDatasets")
    )
    key = only(each for each in data.of_type("AWS::KMS::Key") if each.logical_id.startswith("GoldenDatasets"))
    reads = [each for each in policy_statements(policy) if each.principals == [root] and "s3:GetObject" in each.actions]
    decrypts = [each for each in policy_statements(key) if each.principals == [root]]
    assert len(reads) == len(decrypts) == 1
    wanted = allowed(assembly, environment, "evaluator")["ReadDatasets"].resources
    assert [arn.partition("/")[2] for arn in reads[0].resources] == [arn.partition("/")[2] for arn in wanted]


@STAGES
def test_the_activator_makes_versions_live_and_the_tester_calls_use_cases(
    assembly: Assembly, settings: Settings, environment: Environment
) -> None:
    account = ACCOUNTS[environment]
    activate = f"arn:aws:lambda:{REGION}:{account}:function:<LiveActivateFunctionName>"
    found = allowed(assembly, environment, "activator")
    assert conditions(found) == {}
    assert grants(found) == {
        "Find": ({"ssm:GetParameter"}, {parameter(account, "live/activate-function-name")}),
        "Activate": ({"lambda:InvokeFunction"}, {activate}),
    }
    if "tester" in ROLES[environment]:
        found = allowed(assembly, environment, "tester")
        assert conditions(found) == {}
        assert grants(found) == {
            "Find": ({"ssm:GetParameter"}, {parameter(account, "model-access/function-name")}),
            "Call": (
                {"lambda:InvokeFunction"},
                {f"<ModelAccessFunctionArn>:{case.name}" for case in settings.use_cases_in(environment)},
            ),
        }
