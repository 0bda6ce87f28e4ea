"""The release pipeline's ways into a workload account: who may take which role, and what it may do there."""

import pytest

from foundation.checks.assembly import Assembly, Resource, StackTemplate
from foundation.checks.policies import Statement
from stacks.settings import Settings
from stacks.settings.platform import ENVIRONMENTS, Environment
from tests.synth.pipeline import ACCOUNTS, REGION, SHARED, roles, tag
from tests.synth.templates import attached, only, policy_statements, stack

STAGES = pytest.mark.parametrize("environment", ENVIRONMENTS)
ROLES = {
    "dev": {"deployer", "evaluator", "reader", "activator", "tester"},
    "pre-prod": {"deployer", "evaluator", "reader", "activator", "tester"},
    "prod": {"deployer", "evaluator", "reader", "activator"},
}
TAG = "aws:principaltag/genai-foundation-release"
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


def test_the_publisher_of_the_governance_account_publishes_suites_and_nothing_else(assembly: Assembly) -> None:
    here = stack(assembly, "data-governance/ReleaseAccess")
    (role,) = here.of_type("AWS::IAM::Role")
    assert role.properties["RoleName"] == "genai-foundation-release-publisher"
    (entering,) = policy_statements(role)
    conditions = {key: values for _, key, values in entering.conditions}
    assert conditions["aws:principaltag/genai-foundation-release"] == ["publish"]
    found = {each.body["Sid"]: each for each in attached(assembly, here, role.logical_id)}
    assert {sid: sorted(each.actions) for sid, each in found.items()} == {
        "Find": ["ssm:GetParameter"],
        "List": ["s3:ListBucket"],
        "Publish": ["s3:GetObject", "s3:PutObject"],
        "Key": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Redact": ["lambda:InvokeFunction"],
    }
    assert all(each.endswith("/golden/*") for each in found["Publish"].resources)


@STAGES
def test_the_reader_reads_results_and_changes_nothing(assembly: Assembly, environment: Environment) -> None:
    found = allowed(assembly, environment, "reader")
    actions = {action for each in found.values() for action in each.actions}
    assert actions == {"ssm:GetParameter", "s3:ListBucket", "s3:GetObject", "kms:Decrypt"}


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
    assert found["VerifySeal"].actions == ["kms:GetPublicKey", "kms:Verify"]
    for name in ("DecryptOwnRelease", "VerifySeal"):
        assert found[name].resources == [f"arn:aws:kms:{REGION}:{SHARED}:key/*"]


@STAGES
def test_the_evaluator_requests_runs_and_reads_suites_of_its_environment_s_stage(
    assembly: Assembly, environment: Environment
) -> None:
    found = allowed(assembly, environment, "evaluator")
    prefix = "redacted" if environment == "dev" else "golden"
    assert found["ReadDatasets"].resources == [f"arn:aws:s3:::genai-foundation-golden-555555555555-{REGION}/{prefix}/*"]
    runs = "arn:aws:s3:::<EvaluationBucket>"
    assert set(found["ReadRuns"].resources) == {f"{runs}/runs/*", f"{runs}/baselines/*"}
    assert found["RequestRuns"].resources == [f"{runs}/runs/*/run.json"]
    writes = {action for each in found.values() for action in each.actions if "Put" in action or "Delete" in action}
    assert writes == {"s3:PutObject"}
    assert found["Start"].resources == ["<EvaluationStateMachineArn>"]
    parameters = f"arn:aws:ssm:{REGION}:{ACCOUNTS[environment]}:parameter/genai-foundation"
    assert set(found["Contract"].resources) == {
        f"{parameters}/evaluation/state-machine-arn",
        f"{parameters}/evaluation/bucket",
        f"{parameters}/model-access/function-arn",
        f"{parameters}/guardrails/*",
    }


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
    here = f"{REGION}:{ACCOUNTS[environment]}"
    activate = allowed(assembly, environment, "activator")
    assert {name: each.resources for name, each in activate.items()} == {
        "Find": [f"arn:aws:ssm:{here}:parameter/genai-foundation/live/activate-function-name"],
        "Activate": [f"arn:aws:lambda:{here}:function:<LiveActivateFunctionName>"],
    }
    if "tester" in ROLES[environment]:
        test = allowed(assembly, environment, "tester")
        assert test["Call"].actions == ["lambda:InvokeFunction"]
        assert test["Call"].resources == [
            f"<ModelAccessFunctionArn>:{case.name}" for case in settings.use_cases_in(environment)
        ]
