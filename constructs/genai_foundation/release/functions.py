"""The functions of the pipeline: each may sign, write and become only what its own step needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import aws_cdk as cdk
from constructs import Construct

from genai_foundation.acknowledge import acknowledge
from genai_foundation.function import Function, Operations, Runtime
from genai_foundation.iam import Statement, allow
from genai_foundation.release import names
from genai_foundation.release.names import Purpose
from genai_foundation.release.store import LEDGER_READ, LEDGER_WRITE, ReleaseBucket, ReleaseLedger
from genai_foundation.reviews import NEXT_REVIEW, OWNER

METRICS_NAMESPACE: Final = "GenAIFoundation"
HANDLERS: Final = "genai_runtime.release.handlers"
OUTSIDE_VPC: Final = (
    "the shared account has no VPC, and what these functions call are control planes, roles of other accounts and the "
    "repository host (docs/adr/0018-the-release-pipeline-in-codepipeline.md)"
)
JOB_ACTIONS: Final = ("codepipeline:PutJobFailureResult", "codepipeline:PutJobSuccessResult")
# One job at a time, and one more while an execution is repeated; gates of pull requests run beside each other.
JOBS_AT_ONCE, GATES_AT_ONCE = 2, 5


@dataclass(frozen=True)
class Step:
    """One function.

    :param handler: module below genai_runtime.release.handlers
    :param signs: purpose whose key it, and it alone, may sign with
    :param ledger: what it may do with entries, all of which it verifies
    :param job: answers CodePipeline's jobs
    :param marked: value of its role's tag, see `names.mark`
    :param becomes: roles of the workload accounts that the tag admits it to
    :param reads: patterns of keys in the bucket of releases
    :param writes: patterns of keys in the bucket of releases
    :param host: calls the repository host
    """

    handler: str
    description: str
    reads: tuple[str, ...]
    writes: tuple[str, ...] = ()
    signs: Purpose | None = None
    ledger: Literal["none", "read", "write"] = "read"
    job: bool = False
    marked: str | None = None
    becomes: tuple[str, ...] = ()
    host: bool = False
    minutes: int = 5
    memory_mib: int = 512


SEAL, BRANCH, AUTHORIZE, ACTIVATE, APPROVE, REDEEM = "Seal", "Branch", "Authorize", "Activate", "Approve", "Redeem"
DATASETS: Final = "Datasets"
GATE_STEPS: Final = ("GatePrepare", "GatePoll", "GateDecide", "GateReport")
_MANIFEST = ("releases/*/manifest.json",)
_GATE = ("gates/*",)
_EVALUATES: dict[str, Any] = {"marked": names.GATE, "becomes": (names.EVALUATOR,)}

# Sealing hashes every file of a release; activating waits for AppConfig in the environment.
STEPS: Final[Mapping[str, Step]] = {
    SEAL: Step(
        "seal", "Checks the stored files of a release against its manifest and signs it", ("releases/*",),
        signs="seal", ledger="write", job=True, minutes=15, memory_mib=2048,
    ),
    BRANCH: Step(
        "branch", "Cuts the release branch at the repository host", _MANIFEST, ledger="none", job=True, host=True
    ),
    DATASETS: Step(
        "datasets", "Publishes the suites of a release in the governance account", ("releases/*",),
        ledger="none", job=True, marked=names.PUBLISH, minutes=15, memory_mib=1024,
    ),
    AUTHORIZE: Step(
        "authorize", "Issues the warrant of one deployment, after every check", _MANIFEST,
        signs="warrant", ledger="write", job=True, marked=names.AUTHORIZE, becomes=(names.EVALUATOR,),
    ),
    REDEEM: Step(
        "redeem", "Turns a warrant into the deploying session of one environment", _MANIFEST,
        ledger="write", becomes=(names.DEPLOYER, names.EVALUATOR),
    ),
    ACTIVATE: Step(
        "activate", "Makes a deployed release live in its environment", _MANIFEST,
        job=True, marked=names.ACTIVATE, becomes=(names.ACTIVATOR,), minutes=15,
    ),
    APPROVE: Step(
        "approve", "Checks who approved what, and signs the approvals", _MANIFEST,
        signs="approval", ledger="write", job=True,
    ),
    "GatePrepare": Step(
        "gate_prepare", "Starts the evaluations that a release needs in an environment", (*_MANIFEST, *_GATE), _GATE,
        **_EVALUATES,
    ),
    "GatePoll": Step("gate_poll", "Asks how a gate's evaluations are doing", _GATE, ledger="none", **_EVALUATES),
    "GateDecide": Step(
        "gate_decide", "Decides from finished evaluations and signs the verdict", (*_MANIFEST, *_GATE),
        signs="promotion", ledger="write", memory_mib=1024, **_EVALUATES,
    ),
    "GateReport": Step(
        "gate_report", "Tells the repository host a gate's verdict", (), ledger="none", host=True, **_EVALUATES,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Context:
    """What all functions of the pipeline share.

    :param accounts: id by environment
    :param environment: the common variables but for those that need the signing keys
    :param host_token_arn: pattern of the secret with the repository host's token: Secrets Manager ends each ARN with six
        characters of its own
    """

    operations: Operations
    runtime: Runtime
    layer_arn: str
    bucket: ReleaseBucket
    ledger: ReleaseLedger
    accounts: Mapping[str, str]
    environment: Mapping[str, str]
    host_environment: Mapping[str, str]
    host_token_arn: str


def release_function(
    scope: Construct,
    name: str,
    context: Context,
    *,
    verifies: Sequence[str],
    statements: Sequence[Statement] = (),
    environment: Mapping[str, str] | None = None,
    only_in: str | None = None,
) -> Function:
    """The function of one step; `statements` and `environment` are what it has beside the step's own.

    :param verifies: ARNs of the signing keys
    :param only_in: the one environment whose roles it may become; its construct is named after it
    """
    step = STEPS[name]
    arns = [
        names.role_arn(context.accounts[place], role)
        for role in step.becomes
        for place in _places(role, context, only_in)
    ]
    function = Function(
        scope,
        f"{name}{pascal(only_in)}" if only_in else name,
        handler=f"{HANDLERS}.{step.handler}.handler",
        description=step.description,
        operations=context.operations,
        runtime=context.runtime,
        outside_vpc=OUTSIDE_VPC,
        layer_arns=[context.layer_arn],
        uses=("evaluation", "live"),
        timeout=cdk.Duration.minutes(step.minutes),
        memory_mib=step.memory_mib,
        reserved_concurrency=GATES_AT_ONCE if name in GATE_STEPS else JOBS_AT_ONCE,
        environment={
            **context.environment,
            **(context.host_environment if step.host else {}),
            **(environment or {}),
            "POWERTOOLS_SERVICE_NAME": f"release-{step.handler.replace('_', '-')}",
        },
        statements=[
            *_entries(step, context, verifies),
            *_objects(step, context),
            *([allow("AnswerJobs", JOB_ACTIONS, ["*"])] if step.job else []),
            *([allow("Become", _assume(step), arns)] if arns else []),
            *([allow("HostToken", ["secretsmanager:GetSecretValue"], [context.host_token_arn])] if step.host else []),
            *statements,
        ],
    )
    marked = names.redeem(only_in) if only_in else step.marked
    if marked:
        names.mark(function.role.role, marked)
    _acknowledge(function, step, context)
    return function


def pascal(environment: str) -> str:
    """PreProd of pre-prod."""
    return "".join(part.capitalize() for part in environment.split("-"))


def _places(role: str, context: Context, only_in: str | None) -> list[str]:
    """Environments in which a function becomes a role; who redeems reads again what the promotion before rests on."""
    order = list(context.accounts)
    if only_in is None:
        return order
    if role == names.EVALUATOR:
        return order[: order.index(only_in)][-1:]
    return [only_in]


def _assume(step: Step) -> list[str]:
    """The deployer's session carries tags."""
    return ["sts:AssumeRole", *(["sts:TagSession"] if names.DEPLOYER in step.becomes else [])]


def _entries(step: Step, context: Context, verifies: Sequence[str]) -> list[Statement]:
    if step.ledger == "none":
        return []
    actions = LEDGER_WRITE if step.ledger == "write" else LEDGER_READ
    return [allow("Ledger", actions, [context.ledger.arn]), allow("Verify", ["kms:Verify"], verifies)]


def _objects(step: Step, context: Context) -> list[Statement]:
    """The step's objects. Without the right to list, S3 says that a missing object is forbidden."""
    if not step.reads:
        return []
    bucket = context.bucket
    use = ["kms:Decrypt", *(["kms:GenerateDataKey"] if step.writes else [])]
    return [
        allow("List", ["s3:ListBucket"], [bucket.arn]),
        allow("Read", ["s3:GetObject"], [f"{bucket.arn}/{each}" for each in step.reads]),
        *([allow("Write", ["s3:PutObject"], [f"{bucket.arn}/{each}" for each in step.writes])] if step.writes else []),
        allow("Key", use, [bucket.key.arn]),
    ]


def _acknowledge(function: Function, step: Step, context: Context) -> None:
    bucket = f"<{cdk.Stack.of(function).get_logical_id(context.bucket.bucket.bucket)}.Arn>"
    reasons = {
        f"{bucket}/{each}": "objects of one kind in the bucket of releases; releases are named when they are built"
        for each in dict.fromkeys((*step.reads, *step.writes))
    }
    for resource, reason in reasons.items():
        acknowledge(
            function.role.policy,
            f"AwsSolutions::AwsSolutions-IAM5[Resource::{resource}]",
            reason=reason,
            owner=OWNER,
            expires=NEXT_REVIEW,
        )
