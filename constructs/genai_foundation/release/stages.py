"""The stages of the release pipeline and of the one for pull requests: which action runs when, with what.

docs/adr/0018-the-release-pipeline-in-codepipeline.md says why they are as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from constructs import Construct

from genai_foundation.function import Function
from genai_foundation.iam import Statement, allow
from genai_foundation.release import functions as steps
from genai_foundation.release.actions import (
    AUTHOR,
    COMMIT,
    EXECUTION,
    MANIFEST,
    Action,
    approval,
    build,
    invoke,
    run_machine,
    source,
)
from genai_foundation.release.functions import pascal
from genai_foundation.release.gate import ReleaseGate
from genai_foundation.release.names import action_name
from genai_foundation.release.pipeline import Stage, artifact_pattern, through_s3
from genai_foundation.release.projects import BuildProject
from genai_foundation.storage import SecureBucket

NAMED_LATER = "executions of one machine; they are named when they start"
LISTS = {"*": "CodePipeline lists functions before it invokes one, and listing accepts no resource (its User Guide)"}


@dataclass(frozen=True)
class Repository:
    """Where the source is.

    :param connection_arn: connection that may read it
    :param name: OWNER/NAME
    :param branch: whose pushes are released, and into which pull requests go
    """

    connection_arn: str
    name: str
    branch: str


@dataclass(frozen=True)
class Parts:
    """What the actions run.

    :param functions: by step; `RedeemENV` isn't an action
    :param projects: by construct id
    :param roles: that approve
    :param dossier_link: page of a release's dossier, with `#{Build.MANIFEST}` in it
    """

    repository: Repository
    functions: Mapping[str, Function]
    projects: Mapping[str, BuildProject]
    gate: ReleaseGate
    artifacts: SecureBucket
    data_key_arn: str
    roles: tuple[str, ...]
    dossier_link: str


def release_stages(scope: Construct, parts: Parts, pipeline: str) -> list[Stage]:
    """Source, Build, Dev, PreProd, Approval, Prod, Publish."""
    return [
        source_stage(scope, parts, pipeline),
        _build(parts),
        _dev(parts),
        _pre_prod(parts),
        _approval(parts),
        _prod(parts),
        _stage(parts, "Publish", [_run(parts, "Dossier", 1)], projects=["Dossier"]),
    ]


def pull_request_stages(scope: Construct, parts: Parts, pipeline: str) -> list[Stage]:
    """Source, Build, Gate: candidates are evaluated on dev, and nothing is sealed, deployed or promoted."""
    gate = _evaluate(parts, "Evaluate", 1, "dev", "gate", pull_request=True)
    return [
        source_stage(scope, parts, pipeline),
        _stage(
            parts,
            "Build",
            [_built(parts, "Candidate"), _call(parts, steps.DATASETS, 2)],
            projects=["Candidate"],
            functions=[steps.DATASETS],
        ),
        _stage(parts, "Gate", [gate], gate=True),
    ]


def source_stage(scope: Construct, parts: Parts, pipeline: str) -> Stage:
    """The only stage whose role may use the connection."""
    where = parts.repository
    objects = artifact_pattern(parts.artifacts, pipeline)
    statements = [
        allow(
            "Connection",
            ["codeconnections:UseConnection", "codestar-connections:UseConnection"],
            [where.connection_arn],
        ),
        allow("Store", ["s3:PutObject", "s3:PutObjectAcl"], [objects]),
        allow("Key", ["kms:Decrypt", "kms:GenerateDataKey"], [parts.data_key_arn], through_s3(scope)),
    ]
    actions = [source(where.connection_arn, where.name, where.branch)]
    return Stage("Source", actions, statements, {objects: "artifacts of this pipeline, named when they are made"})


def _build(parts: Parts) -> Stage:
    actions = [
        _built(parts, "Build"),
        build("Test", 1, parts.projects["Test"].name, category="Test"),
        _call(parts, steps.SEAL, 2, commit=COMMIT, author=AUTHOR),
        _call(parts, steps.BRANCH, 3, commit=COMMIT),
        _call(parts, steps.DATASETS, 3),
    ]
    functions = [steps.SEAL, steps.BRANCH, steps.DATASETS]
    return _stage(parts, "Build", actions, projects=["Build", "Test"], functions=functions)


def _dev(parts: Parts) -> Stage:
    actions = [
        *_deploy(parts, "dev"),
        _evaluate(parts, "Evaluate", 3, "dev", "gate"),
        _call(parts, steps.ACTIVATE, 4, environment="dev"),
    ]
    return _environment(parts, "dev", actions)


def _pre_prod(parts: Parts) -> Stage:
    actions = [
        *_deploy(parts, "pre-prod"),
        _call(parts, steps.ACTIVATE, 3, environment="pre-prod"),
        _run(parts, "Integration", 4, category="Test"),
        _run(parts, "Performance", 4, category="Test"),
        _evaluate(parts, "Evaluate", 5, "pre-prod", "gate"),
    ]
    return _environment(parts, "pre-prod", actions, projects=["Integration", "Performance"])


def _prod(parts: Parts) -> Stage:
    actions = [
        *_deploy(parts, "prod"),
        _call(parts, steps.ACTIVATE, 3, environment="prod"),
        _evaluate(parts, "Smoke", 4, "prod", "smoke"),
    ]
    return _environment(parts, "prod", actions, rollback=True)


def _approval(parts: Parts) -> Stage:
    asked = (
        "Your comment must hold the whole hash of the manifest that you approve: "
        f"{MANIFEST} (commit {COMMIT}). Two people approve, neither of them its author."
    )
    actions = [
        _run(parts, "Dossier", 1),
        *(approval(action_name(role), 2, asked, parts.dossier_link) for role in parts.roles),
        _call(parts, steps.APPROVE, 3),
    ]
    return _stage(parts, "Approval", actions, projects=["Dossier"], functions=[steps.APPROVE])


def _built(parts: Parts, project: str) -> Action:
    variables = {
        "RELEASE_COMMIT": COMMIT,
        "RELEASE_COMMITTED_AT": "#{Source.AuthorDate}",
        "EXECUTION": EXECUTION,
    }
    return build("Build", 1, parts.projects[project].name, variables, namespace="Build")


def _deploy(parts: Parts, environment: str) -> list[Action]:
    """Authorize, and deploy with its warrant: a secret that is good once, for some minutes, for this execution."""
    name = pascal(environment)
    namespace = f"{name}Warrant"
    variables = {"MANIFEST": MANIFEST, "EXECUTION": EXECUTION, "WARRANT": f"#{{{namespace}.warrant}}"}
    return [
        _call(parts, steps.AUTHORIZE, 1, namespace=namespace, environment=environment),
        build("Deploy", 2, parts.projects[f"Deploy{name}"].name, variables),
    ]


def _run(parts: Parts, project: str, order: int, category: Literal["Build", "Test"] = "Build") -> Action:
    variables = {"MANIFEST": MANIFEST, "EXECUTION": EXECUTION}
    return build(project, order, parts.projects[project].name, variables, category=category)


def _call(parts: Parts, step: str, order: int, namespace: str | None = None, **more: str) -> Action:
    parameters = {"execution": EXECUTION, "manifest": MANIFEST, **more}
    return invoke(step, order, parts.functions[step].name, parameters, namespace=namespace)


def _evaluate(
    parts: Parts, name: str, order: int, environment: str, purpose: str, *, pull_request: bool = False
) -> Action:
    given = {
        "manifest": MANIFEST,
        "environment": environment,
        "purpose": purpose,
        "execution": EXECUTION,
        "commit": COMMIT,
        "pull_request": pull_request,
    }
    return run_machine(name, order, parts.gate.arn, given)


def _environment(
    parts: Parts, environment: str, actions: list[Action], *, projects: Sequence[str] = (), rollback: bool = False
) -> Stage:
    name = pascal(environment)
    return _stage(
        parts,
        name,
        actions,
        projects=[f"Deploy{name}", *projects],
        functions=[steps.AUTHORIZE, steps.ACTIVATE],
        gate=True,
        rollback=rollback,
    )


def _stage(
    parts: Parts,
    name: str,
    actions: list[Action],
    *,
    projects: Sequence[str] = (),
    functions: Sequence[str] = (),
    gate: bool = False,
    rollback: bool = False,
) -> Stage:
    """A stage whose role may run what its actions name, and nothing else."""
    statements: list[Statement] = []
    patterns: dict[str, str] = {}
    if projects:
        arns = [parts.projects[each].arn for each in projects]
        statements.append(
            allow("Builds", ["codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild"], arns)
        )
    if functions:
        statements += [
            allow("Invoke", ["lambda:InvokeFunction"], [parts.functions[each].arn for each in functions]),
            allow("FindFunctions", ["lambda:ListFunctions"], ["*"]),
        ]
        patterns.update(LISTS)
    if gate:
        statements += parts.gate.start_statements()
        patterns[f"{parts.gate.machine.executions}:*"] = NAMED_LATER
    return Stage(name, actions, statements, patterns, rollback)
