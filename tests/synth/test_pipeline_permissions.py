"""What the roles of the release pipeline's functions reach: exactly their own part, so that no step can do another's."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from foundation.checks.assembly import Assembly
from tests.synth.pipeline import (
    ACCOUNTS,
    BUCKET,
    DATA_KEY,
    LEDGER,
    PROJECTS,
    PULL_REQUEST_STAGES,
    READ,
    REDEEM,
    REGION,
    RELEASE_STAGES,
    SHARED,
    WRITE,
    allowed,
    conditions,
    everything,
    function_arn,
    here,
    in_accounts,
    key_arn,
    objects,
    on,
    pipeline_arn,
    roles,
    signing_keys,
    tag,
    using,
)
from tests.synth.templates import only

MANIFESTS = "releases/*/manifest.json"
LOG_DELIVERY = {
    f"logs:{action}"
    for action in (
        "CreateLogDelivery", "DeleteLogDelivery", "DescribeLogGroups", "DescribeResourcePolicies", "GetLogDelivery",
        "ListLogDeliveries", "PutResourcePolicy", "UpdateLogDelivery",
    )
}  # fmt: skip
JOBS = {"codepipeline:PutJobFailureResult", "codepipeline:PutJobSuccessResult"}
SECRET = f"arn:aws:secretsmanager:{REGION}:{SHARED}:secret:genai-foundation/repository-host-??????"


@dataclass(frozen=True)
class Part:
    """A function's part.

    :param signs: purpose
    :param entries: what it does with the ledger
    :param becomes: roles of other accounts
    :param host: calls the repository host
    :param job: answers CodePipeline
    """

    reads: tuple[str, ...] = (MANIFESTS,)
    writes: tuple[str, ...] = ()
    signs: str | None = None
    entries: frozenset[str] = frozenset()
    becomes: frozenset[str] = frozenset()
    host: bool = False
    job: bool = True
    more: Mapping[str, set[str]] = field(default_factory=dict)


LEDGER_READ, LEDGER_WRITE = frozenset(READ), frozenset(READ | WRITE)
EVALUATOR = frozenset(in_accounts("evaluator"))
FUNCTIONS = {
    "Functions/Seal": Part(reads=("releases/*",), signs="seal", entries=LEDGER_WRITE),
    "Functions/Branch": Part(host=True),
    "Functions/Datasets": Part(reads=("releases/*",), becomes=frozenset(in_accounts("publisher"))),
    "Functions/Authorize": Part(signs="warrant", entries=LEDGER_WRITE, becomes=EVALUATOR),
    "Functions/Activate": Part(entries=LEDGER_READ, becomes=frozenset(in_accounts("activator"))),
    "Functions/Approve": Part(
        signs="approval", entries=LEDGER_WRITE, more={"codepipeline:GetPipelineState": {pipeline_arn("Release")}}
    ),
    "Gate/GatePrepare": Part(
        reads=(MANIFESTS, "gates/*"), writes=("gates/*",), entries=LEDGER_READ, becomes=EVALUATOR, job=False
    ),
    "Gate/GatePoll": Part(reads=("gates/*",), becomes=EVALUATOR, job=False),
    "Gate/GateDecide": Part(
        reads=(MANIFESTS, "gates/*"), signs="promotion", entries=LEDGER_WRITE, becomes=EVALUATOR, job=False
    ),
    "Gate/GateReport": Part(reads=(), becomes=EVALUATOR, host=True, job=False),
}


def reach(assembly: Assembly, part: Part) -> dict[str, set[str]]:
    """Resources by action that a part takes."""
    found = on(part.entries, {LEDGER})
    if part.reads:
        found |= using(part.reads, part.writes)
    if part.entries:
        found["kms:Verify"] = signing_keys(assembly)
    if part.signs:
        found["kms:Sign"] = {key_arn(assembly, part.signs)}
    if part.becomes:
        found["sts:AssumeRole"] = set(part.becomes)
    if part.host:
        found["secretsmanager:GetSecretValue"] = {SECRET}
    if part.job:
        found |= on(JOBS, {"*"})
    return found | dict(part.more)


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
    part = FUNCTIONS[role]
    assert allowed(assembly, role) == reach(assembly, part)
    algorithm = {"Sign": [("stringequals", "kms:signingalgorithm", ["ECDSA_SHA_256"])]}
    assert conditions(assembly, role) == (algorithm if part.signs else {})


@pytest.mark.parametrize(("environment", "before"), [("dev", ""), ("pre-prod", "dev"), ("prod", "pre-prod")])
def test_who_redeems_becomes_the_deployer_of_its_own_environment(
    assembly: Assembly, environment: str, before: str
) -> None:
    """And reads again what the promotion by the environment before rests on."""
    role = REDEEM[environment]
    becomes = {f"arn:aws:iam::{ACCOUNTS[environment]}:role/genai-foundation-release-deployer"}
    if before:
        becomes.add(f"arn:aws:iam::{ACCOUNTS[before]}:role/genai-foundation-release-evaluator")
    part = Part(entries=LEDGER_WRITE, becomes=frozenset(becomes), job=False, more={"sts:TagSession": becomes})
    assert allowed(assembly, role) == reach(assembly, part)
    assert conditions(assembly, role) == {}
    assert tag(assembly, role) == f"redeem-{environment}"


def test_the_gate_s_machine_invokes_its_own_functions_only(assembly: Assembly) -> None:
    """And delivers its log, whose rights know no resource."""
    found = allowed(assembly, "Gate/Machine")
    assert found.pop("lambda:InvokeFunction") == {
        function_arn(assembly, role) for role in FUNCTIONS if role.startswith("Gate/")
    }
    assert found == {
        **on(LOG_DELIVERY, {"*"}),
        **on(("kms:Decrypt", "kms:GenerateDataKey"), {DATA_KEY}),
    }
    machine = only(here(assembly).of_type("AWS::StepFunctions::StateMachine")).logical_id
    logs = f"arn:aws:logs:{REGION}:{SHARED}:*"
    assert conditions(assembly, "Gate/Machine") == {
        "LogKey": [("stringlike", "kms:encryptioncontext:sourcearn", [logs])],
        "History": [("stringequals", "kms:encryptioncontext:aws:states:statemachinearn", [f"<{machine}>"])],
    }


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
    signs = {role for role, part in FUNCTIONS.items() if part.signs}
    assert found["dynamodb:PutItem"] == {role for role, part in FUNCTIONS.items() if part.entries >= WRITE} | {
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
