"""What each role of the release pipeline reaches: exactly its own part, so that no stage can do another's."""

import pytest

from foundation.checks.assembly import Assembly
from stacks.settings import Settings
from tests.synth.pipeline import (
    ACCOUNTS,
    BUCKET,
    REGION,
    SHARED,
    allowed,
    function_arn,
    key_arn,
    objects,
    pipeline,
    provider,
    resource,
    roles,
    stages,
    statements,
    tag,
)

GOVERNANCE = "555555555555"
LEDGER = "<ReleaseLedger2D187280.Arn>"
READ, WRITE = {"dynamodb:GetItem", "dynamodb:Query"}, {"dynamodb:PutItem"}
PURPOSES = ("seal", "promotion", "approval", "warrant")
# Function -> purpose it signs, what it may do with the ledger, roles of other accounts, whether it calls the repository host.
FUNCTIONS: dict[str, tuple[str | None, set[str], set[str], bool]] = {
    "Functions/Seal": ("seal", READ | WRITE, set(), False),
    "Functions/Branch": (None, set(), set(), True),
    "Functions/Datasets": (None, set(), {"publisher"}, False),
    "Functions/Authorize": ("warrant", READ | WRITE, {"evaluator"}, False),
    "Functions/Activate": (None, READ, {"activator"}, False),
    "Functions/Approve": ("approval", READ | WRITE, set(), False),
    "Gate/GatePrepare": (None, READ, {"evaluator"}, False),
    "Gate/GatePoll": (None, set(), {"evaluator"}, False),
    "Gate/GateDecide": ("promotion", READ | WRITE, {"evaluator"}, False),
    "Gate/GateReport": (None, set(), {"evaluator"}, True),
}
REDEEM = {"dev": "Functions/RedeemDev", "pre-prod": "Functions/RedeemPreProd", "prod": "Functions/RedeemProd"}
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
RELEASE_STAGES = ("Source", "Build", "Dev", "PreProd", "Approval", "Prod", "Publish")
PULL_REQUEST_STAGES = ("Source", "Build", "Gate")


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


def test_the_stack_has_these_roles_and_no_other(assembly: Assembly) -> None:
    assert set(roles(assembly)) == {
        *FUNCTIONS,
        *REDEEM.values(),
        *(f"Projects/{each}" for each in PROJECTS),
        *(f"Release/{each}" for each in RELEASE_STAGES),
        *(f"PullRequest/{each}" for each in PULL_REQUEST_STAGES),
        "Release",
        "PullRequest",
        "Gate/Machine",
        "ApproverQA",
        "ApproverDomainExpert",
    }


@pytest.mark.parametrize("role", FUNCTIONS)
def test_a_function_signs_writes_and_becomes_its_own_part_only(assembly: Assembly, role: str) -> None:
    purpose, entries, becomes, host = FUNCTIONS[role]
    found = allowed(assembly, role)
    assert found.get("kms:Sign", set()) == ({key_arn(assembly, purpose)} if purpose else set())
    assert {action for action in found if action.startswith("dynamodb:")} == entries
    assert all(found[action] == {LEDGER} for action in found if action.startswith("dynamodb:"))
    assert found.get("sts:AssumeRole", set()) == in_accounts(*becomes)
    assert "sts:TagSession" not in found
    secret = f"arn:aws:secretsmanager:{REGION}:{SHARED}:secret:genai-foundation/repository-host-??????"
    assert found.get("secretsmanager:GetSecretValue", set()) == ({secret} if host else set())
    assert found.get("kms:Verify", set()) == ({key_arn(assembly, each) for each in PURPOSES} if entries else set())


@pytest.mark.parametrize("environment", REDEEM)
def test_who_redeems_becomes_the_deployer_of_its_own_environment(assembly: Assembly, environment: str) -> None:
    role = REDEEM[environment]
    found = allowed(assembly, role)
    assert "kms:Sign" not in found
    assert found["dynamodb:PutItem"] == {LEDGER}
    assert f"arn:aws:iam::{ACCOUNTS[environment]}:role/genai-foundation-release-deployer" in found["sts:AssumeRole"]
    deployers = {
        arn for each in REDEEM.values() for arn in allowed(assembly, each)["sts:AssumeRole"] if "deployer" in arn
    }
    assert deployers == in_accounts("deployer")
    mine = {arn for arn in found["sts:AssumeRole"] if "deployer" in arn}
    assert mine == {f"arn:aws:iam::{ACCOUNTS[environment]}:role/genai-foundation-release-deployer"}
    assert tag(assembly, role) == f"redeem-{environment}"


def test_who_redeems_reads_again_what_the_promotion_before_rests_on(assembly: Assembly) -> None:
    before = {"dev": None, "pre-prod": "dev", "prod": "pre-prod"}
    for environment, role in REDEEM.items():
        evaluators = {arn for arn in allowed(assembly, role)["sts:AssumeRole"] if "evaluator" in arn}
        previous = before[environment]
        expected = {f"arn:aws:iam::{ACCOUNTS[previous]}:role/genai-foundation-release-evaluator"} if previous else set()
        assert evaluators == expected


def test_roles_that_other_accounts_know_are_these(assembly: Assembly) -> None:
    marked = {role: value for role in roles(assembly) if (value := tag(assembly, role))}
    assert marked == {
        **{role: f"redeem-{environment}" for environment, role in REDEEM.items()},
        "Functions/Authorize": "authorize",
        "Functions/Datasets": "publish",
        "Projects/Dossier": "dossier",
        "Functions/Activate": "activate",
        "Gate/GatePrepare": "gate",
        "Gate/GatePoll": "gate",
        "Gate/GateDecide": "gate",
        "Gate/GateReport": "gate",
        "Projects/Integration": "test",
        "Projects/Performance": "test",
    }


def test_the_ledger_is_written_and_never_changed_or_emptied(assembly: Assembly) -> None:
    found = everything(assembly)
    assert {action for action in found if action.startswith("dynamodb:")} == {*READ, *WRITE, "dynamodb:Scan"}
    signs = {role for role, (purpose, *_) in FUNCTIONS.items() if purpose}
    assert found["dynamodb:PutItem"] == {role for role, (_, entries, *_) in FUNCTIONS.items() if entries >= WRITE} | {
        *REDEEM.values()
    }
    assert signs <= found["dynamodb:PutItem"]
    assert found["dynamodb:Scan"] == {"Projects/Dossier"}


def test_releases_are_written_by_builds_gates_by_gates_and_dossiers_by_the_dossier(assembly: Assembly) -> None:
    written = {
        role: set(allowed(assembly, role).get("s3:PutObject", set()))
        for role in roles(assembly)
        if any(BUCKET in arn for arn in allowed(assembly, role).get("s3:PutObject", ()))
    }
    assert written == {
        "Projects/Build": objects("releases/*"),
        "Projects/Candidate": objects("releases/*"),
        "Projects/Dossier": objects("dossiers/*"),
        "Gate/GatePrepare": objects("gates/*"),
    }
    assert not any(action.startswith(("s3:Delete", "dynamodb:Delete")) for action in everything(assembly))


@pytest.mark.parametrize("project", PROJECTS)
def test_a_project_reads_its_own_pipeline_s_source_and_writes_its_own_log(assembly: Assembly, project: str) -> None:
    found = allowed(assembly, f"Projects/{project}")
    artifacts = {arn for arn in found["s3:GetObject"] if BUCKET not in arn}
    folder = "genai-foundation-pul" if project == "Candidate" else "genai-foundation-rel"
    assert artifacts == {f"<ReleaseArtifactsAC3F2D9C.Arn>/{folder}/*"}
    (log,) = found["logs:PutLogEvents"]
    assert f"Projects{project}Logs" in log


def test_a_deployment_asks_for_a_session_from_its_own_builds_only(assembly: Assembly) -> None:
    for environment, role in REDEEM.items():
        name = role.removeprefix("Functions/Redeem")
        redeeming = [
            each for each in statements(assembly, f"Projects/Deploy{name}") if "lambda:InvokeFunction" in each.actions
        ]
        (redeem,) = redeeming
        project = f"arn:aws:codebuild:{REGION}:{SHARED}:project/genai-foundation-release-deploy-{environment}"
        assert redeem.resources == [function_arn(assembly, role)]
        assert redeem.conditions == [("arnequals", "codebuild:projectarn", [project])]
        beyond = set(allowed(assembly, f"Projects/Deploy{name}")) - {
            "kms:Decrypt", "lambda:InvokeFunction", "logs:CreateLogStream", "logs:PutLogEvents", "s3:GetObject",
            "s3:GetObjectVersion",
        }  # fmt: skip
        assert beyond == set()


def test_tests_call_use_cases_of_pre_production_from_their_own_builds_only(assembly: Assembly) -> None:
    for name in ("Integration", "Performance"):
        become = [each for each in statements(assembly, f"Projects/{name}") if "sts:AssumeRole" in each.actions]
        (each,) = become
        assert each.resources == ["arn:aws:iam::333333333333:role/genai-foundation-release-tester"]
        project = f"arn:aws:codebuild:{REGION}:{SHARED}:project/genai-foundation-release-{name.lower()}"
        assert each.conditions == [("arnequals", "codebuild:projectarn", [project])]
    assert "sts:AssumeRole" not in allowed(assembly, "Projects/Test")


def targets(assembly: Assembly, name: str) -> dict[str, set[str]]:
    """What the actions of each stage run, as policies name it."""
    found: dict[str, set[str]] = {}
    for stage, given in stages(assembly, name).items():
        found[stage] = set()
        for action in given:
            configuration = action["Configuration"]
            if provider(action) == "Lambda":
                found[stage].add(f"<{configuration['FunctionName']['Ref']}.Arn>")
            elif provider(action) == "CodeBuild":
                project = resource(assembly, configuration["ProjectName"]["Ref"]).properties["Name"]
                found[stage].add(f"arn:aws:codebuild:{REGION}:{SHARED}:project/{project}")
            elif provider(action) == "StepFunctions":
                found[stage].add(f"<{configuration['StateMachineArn']['Ref']}>")
            elif provider(action) == "CodeStarSourceConnection":
                found[stage].add(configuration["ConnectionArn"])
    return found


@pytest.mark.parametrize(
    ("pipeline_id", "name"), [("Release", "genai-foundation-release"), ("PullRequest", "genai-foundation-pull-request")]
)
def test_a_stage_runs_exactly_what_its_actions_name(assembly: Assembly, pipeline_id: str, name: str) -> None:
    runs = {
        "codebuild:StartBuild", "codeconnections:UseConnection", "lambda:InvokeFunction", "states:StartExecution",
    }  # fmt: skip
    for stage, expected in targets(assembly, name).items():
        found = allowed(assembly, f"{pipeline_id}/{stage}")
        assert {arn for action in runs for arn in found.get(action, ())} == expected, stage
        wide = {action for action, resources in found.items() if "*" in resources}
        assert wide <= {"lambda:ListFunctions"}


def test_actions_have_the_role_of_their_stage_and_approvals_none(assembly: Assembly) -> None:
    for pipeline_id, name in (
        ("Release", "genai-foundation-release"),
        ("PullRequest", "genai-foundation-pull-request"),
    ):
        for stage, given in stages(assembly, name).items():
            for action in given:
                if provider(action) == "Manual":
                    assert "RoleArn" not in action
                else:
                    assert action["RoleArn"]["Fn::GetAtt"][0] == roles(assembly)[f"{pipeline_id}/{stage}"]


def test_the_source_stages_alone_read_the_repository(assembly: Assembly, settings: Settings) -> None:
    release = settings.release
    assert release is not None
    found = everything(assembly)
    connection = f"arn:aws:codeconnections:{REGION}:{SHARED}:connection/{release.connection_id}"
    for action in ("codeconnections:UseConnection", "codestar-connections:UseConnection"):
        assert found[action] == {"Release/Source", "PullRequest/Source"}
        for role in found[action]:
            assert allowed(assembly, role)[action] == {connection}


def test_a_pipeline_s_own_role_becomes_its_stages_and_handles_its_artifacts(assembly: Assembly) -> None:
    for pipeline_id, names, folder in (
        ("Release", RELEASE_STAGES, "genai-foundation-rel"),
        ("PullRequest", PULL_REQUEST_STAGES, "genai-foundation-pul"),
    ):
        found = allowed(assembly, pipeline_id)
        assert found.pop("sts:AssumeRole") == {f"<{roles(assembly)[f'{pipeline_id}/{each}']}.Arn>" for each in names}
        assert {action.partition(":")[0] for action in found} == {"kms", "s3"}
        assert found["s3:PutObject"] == {f"<ReleaseArtifactsAC3F2D9C.Arn>/{folder}/*"}


def test_code_that_nobody_reviewed_has_no_role_in_common_with_what_is_released(assembly: Assembly) -> None:
    release, candidates = (
        targets(assembly, name)["Build"] for name in ("genai-foundation-release", "genai-foundation-pull-request")
    )
    # Datasets is code of the shared account's own deployment: it believes what a build stored by its hash alone.
    (shared,) = release & candidates
    assert "Datasets" in shared
    found = allowed(assembly, "Projects/Candidate")
    assert not {"kms:Sign", "lambda:InvokeFunction", "states:StartExecution", "sts:AssumeRole"} & set(found)
    assert "Fn::GetAtt" in str(pipeline(assembly, "genai-foundation-pull-request").properties["RoleArn"])


def test_only_approvers_give_approvals_and_only_approve_reads_them(assembly: Assembly) -> None:
    found = everything(assembly)
    assert found["codepipeline:PutApprovalResult"] == {"ApproverQA", "ApproverDomainExpert"}
    assert found["codepipeline:GetPipelineState"] == {"ApproverQA", "ApproverDomainExpert", "Functions/Approve"}
    jobs = {f"Functions/{each}" for each in ("Seal", "Branch", "Datasets", "Authorize", "Activate", "Approve")}
    assert found["codepipeline:PutJobSuccessResult"] == found["codepipeline:PutJobFailureResult"] == jobs


def test_no_role_of_the_pipeline_changes_the_pipeline(assembly: Assembly) -> None:
    """Nor a project, a function, a policy or a stack: it is deployed by people (docs/adr/0018…)."""
    services = {action.partition(":")[0] for action in everything(assembly)}
    assert not services & {"cloudformation", "iam"}
    changing = {action for action in everything(assembly) if action.partition(":")[2].startswith(("Create", "Update"))}
    assert changing <= {"logs:CreateLogDelivery", "logs:CreateLogStream", "logs:UpdateLogDelivery"}
