"""The release pipeline's constructs with arguments as another organisation would give them."""

from collections.abc import Callable, Mapping

from constructs import Construct

from genai_foundation.evaluation.functions import Datasets
from genai_foundation.function import Operations, Runtime
from genai_foundation.iam import allow
from genai_foundation.release import names
from genai_foundation.release.access import ReleaseAccess, ReleaseRole, Shared
from genai_foundation.release.actions import on_push, run_machine, source
from genai_foundation.release.approvers import ApproverRole
from genai_foundation.release.evaluation_access import EvaluationAccess
from genai_foundation.release.function_set import ReleaseFunctions
from genai_foundation.release.functions import Context
from genai_foundation.release.gate import ReleaseGate
from genai_foundation.release.names import PURPOSES, Purpose
from genai_foundation.release.notices import PipelineNotices
from genai_foundation.release.pipeline import DeliveryPipeline, Stage, StageRole
from genai_foundation.release.projects import BuildProject
from genai_foundation.release.publishing import DatasetPublishing
from genai_foundation.release.release import ReleasePipeline
from genai_foundation.release.rules import Host, Organization, Rules
from genai_foundation.release.signing import ReleaseSigningKey
from genai_foundation.release.stages import Repository
from genai_foundation.release.store import ReleaseBucket, ReleaseLedger
from genai_foundation.release.work import ReleaseProjects
from genai_foundation.storage import SecureBucket

SHARED, REGION, ORGANISATION = "909090909090", "eu-west-1", "o-lineofbusi"
ACCOUNTS = {"dev": "232323232323", "pre-prod": "343434343434", "prod": "454545454545"}
GOVERNANCE = "565656565656"
KEY = f"arn:aws:kms:{REGION}:{SHARED}:key/11111111-2222-3333-4444-555555555555"
OPERATIONS = Operations(KEY, KEY, f"arn:aws:sqs:{REGION}:{SHARED}:dead-letters", 365)
DEPLOYERS = [names.role_arn(account, names.DEPLOYER) for account in ACCOUNTS.values()]
CONNECTION = f"arn:aws:codeconnections:{REGION}:{SHARED}:connection/00000000-1111-2222-3333-444444444444"
LAYER = f"arn:aws:lambda:{REGION}:{SHARED}:layer:base:1"
RULES = Rules({"qa": ["qa@example.com"], "domain-expert": ["expert@example.com"]}, ["operations@example.com"])


def bucket(scope: Construct, construct_id: str) -> ReleaseBucket:
    """Releases of three environments."""
    return ReleaseBucket(
        scope, construct_id, deployers=DEPLOYERS, organization_id=ORGANISATION, access_log_bucket="access-logs"
    )


def artifacts(scope: Construct, construct_id: str) -> SecureBucket:
    """Artifacts of pipelines."""
    return SecureBucket(scope, construct_id, key_arn=KEY, access_log_bucket="access-logs")


def keys(scope: Construct) -> dict[Purpose, ReleaseSigningKey]:
    """A key of each purpose."""
    return {purpose: ReleaseSigningKey(scope, f"{purpose.capitalize()}Key", purpose=purpose) for purpose in PURPOSES}


def context(scope: Construct) -> Context:
    """What functions share."""
    return Context(
        operations=OPERATIONS,
        runtime=Runtime(),
        layer_arn=LAYER,
        bucket=bucket(scope, "Releases"),
        ledger=ReleaseLedger(scope, "Ledger", key_arn=KEY),
        accounts=ACCOUNTS,
        environment={"LOG_LEVEL": "INFO"},
        host_environment={"HOST": "gitlab"},
        host_token_arn=f"arn:aws:secretsmanager:{REGION}:{SHARED}:secret:token-??????",
    )


def functions(scope: Construct, construct_id: str) -> ReleaseFunctions:
    """Functions with their keys."""
    return ReleaseFunctions(
        scope,
        construct_id,
        context=context(scope),
        keys=keys(scope),
        rules=RULES,
        dataset_bucket="golden",
        governance=GOVERNANCE,
    )


def projects(scope: Construct, construct_id: str) -> ReleaseProjects:
    """Projects over functions that hand out sessions, on the other architecture."""
    shared, signing = context(scope), keys(scope)
    made = ReleaseFunctions(
        scope,
        f"{construct_id}Functions",
        context=shared,
        keys=signing,
        rules=RULES,
        dataset_bucket="golden",
        governance=GOVERNANCE,
    )
    return ReleaseProjects(
        scope,
        construct_id,
        operations=OPERATIONS,
        runtime=Runtime(architecture="x86_64"),
        bucket=shared.bucket,
        ledger=shared.ledger,
        artifacts=artifacts(scope, "Artifacts"),
        keys=signing,
        redeem=made.redeem,
        tester_arns=[names.role_arn(ACCOUNTS["pre-prod"], names.TESTER)],
        reader_arns=[names.role_arn(ACCOUNTS["dev"], names.READER)],
    )


def pipeline(scope: Construct, construct_id: str) -> DeliveryPipeline:
    """Two stages."""
    machine = f"arn:aws:states:{REGION}:{SHARED}:stateMachine:gate"
    use = allow("Use", ["codeconnections:UseConnection"], [CONNECTION])
    start = allow("Start", ["states:StartExecution"], [machine])
    return DeliveryPipeline(
        scope,
        construct_id,
        name="delivery",
        stages=[
            Stage("Source", [source(CONNECTION, "lob/app", "main")], [use]),
            Stage("Gate", [run_machine("Gate", 1, machine, {})], [start]),
        ],
        trigger=on_push("main"),
        execution_mode="QUEUED",
        artifacts=artifacts(scope, "Artifacts"),
        key_arn=KEY,
    )


def access(scope: Construct, construct_id: str, environment: str = "dev") -> ReleaseAccess:
    """All five roles."""
    account = ACCOUNTS["dev"]
    return ReleaseAccess(
        scope,
        construct_id,
        environment=environment,
        shared=SHARED_ACCOUNT,
        regions=[REGION],
        evaluation=EvaluationAccess(
            f"arn:aws:states:{REGION}:{account}:stateMachine:evaluation",
            "runs",
            KEY,
            Datasets("golden", f"arn:aws:kms:{REGION}:565656565656:key/*", "redacted"),
        ),
        activate_name="activate",
        tested_arns=[f"arn:aws:lambda:{REGION}:{account}:function:model-access:claims"],
    )


SHARED_ACCOUNT = Shared(SHARED, REGION, ORGANISATION)
SAMPLES: Mapping[type[Construct], Callable[[Construct, str], Construct]] = {
    ApproverRole: lambda s, i: ApproverRole(
        s, i, role="qa", pipeline_name="delivery", bucket=bucket(s, "Releases"), organization_id=ORGANISATION
    ),
    BuildProject: lambda s, i: BuildProject(
        s,
        i,
        name="lob-build",
        description="a build",
        commands=["make"],
        operations=OPERATIONS,
        source_arns=["arn:aws:s3:::artifacts/delivery/*"],
    ),
    DeliveryPipeline: pipeline,
    PipelineNotices: lambda s, i: PipelineNotices(
        s,
        i,
        pipeline_name="delivery",
        key_arn=KEY,
        operations=["operations@example.com"],
        approvers=["qa@example.com"],
    ),
    ReleaseAccess: access,
    DatasetPublishing: lambda scope, construct_id: DatasetPublishing(
        scope,
        construct_id,
        shared=SHARED_ACCOUNT,
        key_arn=KEY,
        redact_name="redact",
    ),
    ReleaseBucket: bucket,
    ReleaseFunctions: functions,
    ReleaseGate: lambda s, i: ReleaseGate(s, i, context=context(s), keys=keys(s), dataset_bucket="golden"),
    ReleaseLedger: lambda s, i: ReleaseLedger(s, i, key_arn=KEY),
    ReleasePipeline: lambda s, i: ReleasePipeline(
        s,
        i,
        repository=Repository(CONNECTION, "lob/app", "trunk"),
        host=Host("gitlab", "token", "https://gitlab.example.com/api/v4"),
        organization=Organization(ORGANISATION, ACCOUNTS, "golden", GOVERNANCE),
        rules=RULES,
        operations=OPERATIONS,
        layer_arn=LAYER,
        access_log_bucket="access-logs",
        alarm_topic_arn=f"arn:aws:sns:{REGION}:{SHARED}:alarms",
    ),
    ReleaseProjects: projects,
    ReleaseRole: lambda s, i: ReleaseRole(
        s,
        i,
        name="lob-release-reader",
        description="a way in",
        shared=SHARED_ACCOUNT,
        marked=["reader"],
        statements=[allow("Read", ["s3:GetObject"], ["arn:aws:s3:::runs/result.json"])],
    ),
    ReleaseSigningKey: lambda s, i: ReleaseSigningKey(s, i, purpose="seal"),
    StageRole: lambda s, i: StageRole(
        s,
        i,
        pipeline_role_arn=f"arn:aws:iam::{SHARED}:role/pipeline",
        description="a stage",
        statements=[allow("Start", ["codebuild:StartBuild"], [f"arn:aws:codebuild:{REGION}:{SHARED}:project/lob"])],
    ),
}
