"""Each public construct with arguments as a line of business would give them."""

from collections.abc import Callable
from typing import Any

from constructs import Construct

from genai_foundation.alarms import Alarms
from genai_foundation.catalog import load_guardrail, load_prompt
from genai_foundation.catalog_access import GuardrailPolicies, PromptPolicies
from genai_foundation.deploy_actions import (
    AccountPublicAccessBlock,
    ClosedDefaultSecurityGroup,
    DeployActions,
    DeployActionsReference,
    GatewayPrefixLists,
    InvocationLogging,
    PrimaryParameter,
)
from genai_foundation.evaluation.datasets import GoldenDatasets
from genai_foundation.evaluation.functions import Datasets, Layers, Models, Tracking
from genai_foundation.evaluation.machine import StateMachine
from genai_foundation.evaluation.parts import RateTable, SigningKey
from genai_foundation.evaluation.pipeline import EvaluationPipeline
from genai_foundation.evaluation.redaction import DatasetRedaction, PseudonymKey
from genai_foundation.evaluation.tracking import ExperimentTracking
from genai_foundation.function import Function, Operations, Placement, Runtime
from genai_foundation.guardrails import Guardrail
from genai_foundation.iam import ServiceRole, allow, confused_deputy
from genai_foundation.keys import CustomerKey, ReplicaKey, service_statement
from genai_foundation.live.configuration import LiveAccess, LiveConfiguration, LiveProfile
from genai_foundation.live.functions import LiveFunctions, Setting
from genai_foundation.live.log import LiveLog
from genai_foundation.live.online import Audited, OnlineFunctions
from genai_foundation.live.permissions import LiveState
from genai_foundation.live.shadow import ShadowQueue
from genai_foundation.messaging import DeadLetterQueue, NotificationTopic
from genai_foundation.model_access import AuditTable, ModelAccess
from genai_foundation.network import PrivateEndpoints, PrivateNetwork
from genai_foundation.network.access import EndpointAccess
from genai_foundation.prompts import Prompt
from genai_foundation.security import AuditTrail, FindingNotices, InvocationLogs, ThreatDetection, TrailArchive
from genai_foundation.storage import AccessLogBucket, SecureBucket
from genai_foundation.use_cases import Allowance, UseCase
from tests.synth.app import CHECKOUT
from tests.synth.constructs import release_samples

ACCOUNT, REGION, RECOVERY = "121212121212", "eu-west-1", "eu-central-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead-letters"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/delivery"
MODEL = f"arn:aws:bedrock:{REGION}::foundation-model/amazon.nova-lite-v1:0"
ORGANISATION = "o-lineofbusi"
ACTIONS = DeployActionsReference(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:deploy-actions", "deploy-actions")
OPERATIONS = Operations(data_key_arn=KEY, logs_key_arn=KEY, dead_letter_queue_arn=QUEUE, log_retention_days=365)
PLACEMENT = Placement(subnet_ids=["subnet-1", "subnet-2"], security_group_ids=["sg-1"])


LAYER = f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:base:1"
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table"
SETTING = Setting("dev", OPERATIONS, PLACEMENT, Runtime(), LAYER)
LIVE = LiveState("log", f"{TABLE}/log", "abc1234", "def5678", "ghi9012")
ACCESS = LiveAccess(
    "abc1234",
    "def5678",
    f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/shadow",
    f"arn:aws:sqs:{REGION}:{ACCOUNT}:shadow",
)


def network(scope: Construct, construct_id: str) -> PrivateNetwork:
    """An isolated VPC over two zones."""
    return PrivateNetwork(
        scope,
        construct_id,
        cidr="10.0.0.0/22",
        availability_zones=["eu-west-1a", "eu-west-1b"],
        logs_key_arn=KEY,
        log_retention_days=365,
        actions=ACTIONS,
    )


def alarms(scope: Construct, construct_id: str) -> Alarms:
    """Alarms of each kind."""
    made = Alarms(scope, construct_id, topic_arn=TOPIC)
    made.add_function("Function", "function")
    made.add_dead_letters("DeadLetters", "dead-letters")
    made.add_models(["amazon.nova-lite-v1:0"])
    return made


def model_access(scope: Construct, construct_id: str) -> ModelAccess:
    """The function with a policy of the catalog."""
    return ModelAccess(
        scope,
        construct_id,
        environment_name="dev",
        operations=OPERATIONS,
        placement=PLACEMENT,
        policy_arns=[f"arn:aws:iam::{ACCOUNT}:policy/invoke-guarded"],
        audit_retention_days=365,
        alarm_topic_arn=TOPIC,
        live=ACCESS,
    )


def online(scope: Construct, construct_id: str) -> OnlineFunctions:
    """The functions that watch candidates."""
    return OnlineFunctions(
        scope,
        construct_id,
        setting=SETTING,
        state=LIVE,
        audited=Audited("audit", f"{TABLE}/audit/stream/2026-01-01T00:00:00.000", 365),
        access=ACCESS,
        statistics_layer_arn=LAYER,
        policy_arns=[f"arn:aws:iam::{ACCOUNT}:policy/invoke-guarded"],
        alarm_topic_arn=TOPIC,
    )


def evaluation(scope: Construct, construct_id: str, **changed: Any) -> EvaluationPipeline:
    """The pipeline over suites of another account."""
    layer = f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer"
    return EvaluationPipeline(
        scope,
        construct_id,
        environment_name="dev",
        operations=OPERATIONS,
        placement=PLACEMENT,
        datasets=Datasets("golden-343434343434", f"arn:aws:kms:{REGION}:343434343434:key/*", "redacted"),
        models=Models(
            invocation_policy_arns=[f"arn:aws:iam::{ACCOUNT}:policy/invoke-guarded"],
            guardrail_policy_arns=[f"arn:aws:iam::{ACCOUNT}:policy/apply-guardrails"],
            judge_arns=[MODEL],
            embedding_arns=[f"arn:aws:bedrock:{REGION}::foundation-model/amazon.titan-embed-text-v2:0"],
            endpoint_arns=[f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:model-access:claims"],
        ),
        layers=Layers(f"{layer}:base:1", f"{layer}:scoring:1", f"{layer}:statistics:1", f"{layer}:publishing:1"),
        tracking=Tracking("arn:aws:iam::565656565656:role/tracking", "/lob/tracking-server"),
        access_log_bucket="access-logs",
        alarm_topic_arn=TOPIC,
        reviewers=["reviewer@example.com"],
        **changed,
    )


def state_machine(scope: Construct, construct_id: str) -> StateMachine:
    """A machine over one function."""
    function = Function(
        scope,
        f"{construct_id}Function",
        handler="genai_runtime.model_access.handler.handler",
        description="a step",
        operations=OPERATIONS,
        placement=PLACEMENT,
        reserved_concurrency=5,
    )
    step = {"Type": "Task", "Resource": "${Step}", "End": True}
    return StateMachine(
        scope,
        construct_id,
        definition={"StartAt": "Step", "States": {"Step": step}},
        functions={"Step": function},
        bucket=SecureBucket(scope, f"{construct_id}Bucket", key_arn=KEY, access_log_bucket="access-logs"),
        readable=["items/*"],
        operations=OPERATIONS,
    )


def guardrail(scope: Construct, construct_id: str) -> Guardrail:
    """A guardrail of the catalog."""
    return Guardrail(
        scope, construct_id, spec=load_guardrail(CHECKOUT / "catalog/guardrails/baseline-v1.yaml"), key_arn=KEY
    )


def prompt(scope: Construct, construct_id: str) -> Prompt:
    """A prompt of the catalog."""
    spec = load_prompt(CHECKOUT / "catalog/prompts/summarise-v1.yaml")
    return Prompt(scope, construct_id, spec=spec, model_id="amazon.nova-lite-v1:0", key_arn=KEY)


SAMPLES: dict[type[Construct], Callable[[Construct, str], Construct]] = {
    **release_samples.SAMPLES,
    AccessLogBucket: lambda s, i: AccessLogBucket(s, i, retention_days=365),
    AccountPublicAccessBlock: lambda s, i: AccountPublicAccessBlock(s, i, actions=ACTIONS),
    Alarms: alarms,
    AuditTable: lambda s, i: AuditTable(s, i, key_arn=KEY),
    AuditTrail: lambda s, i: AuditTrail(
        s,
        i,
        trail_name="lob",
        archive_bucket="archive",
        archive_key_arn=KEY,
        logs_key_arn=KEY,
        log_retention_days=365,
        multi_region=True,
    ),
    ClosedDefaultSecurityGroup: lambda s, i: ClosedDefaultSecurityGroup(
        s, i, actions=ACTIONS, vpc_id="vpc-1", security_group_id="sg-1"
    ),
    CustomerKey: lambda s, i: CustomerKey(
        s,
        i,
        description="data of the line of business",
        alias="lob",
        service_statements=[
            service_statement("Topic", "cloudwatch.amazonaws.com", ["kms:Decrypt"], confused_deputy(ACCOUNT))
        ],
    ),
    EvaluationPipeline: evaluation,
    ExperimentTracking: lambda s, i: ExperimentTracking(
        s,
        i,
        key_arn=KEY,
        access_log_bucket="access-logs",
        organization_id=ORGANISATION,
        writer_accounts=[ACCOUNT],
    ),
    FindingNotices: lambda s, i: FindingNotices(s, i, key_arn=KEY, subscribers=["security@example.com"]),
    DatasetRedaction: lambda s, i: DatasetRedaction(
        s,
        i,
        bucket_name="golden-121212121212",
        key_arn=KEY,
        operations=OPERATIONS,
        placement=PLACEMENT,
        layer_arn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:redaction:1",
        alarm_topic_arn=TOPIC,
    ),
    DeadLetterQueue: lambda s, i: DeadLetterQueue(s, i, key_arn=KEY),
    DeployActions: lambda s, i: DeployActions(s, i, operations=OPERATIONS),
    EndpointAccess: lambda s, i: EndpointAccess(
        s, i, vpc_id="vpc-1", endpoint_group_id="sg-2", prefix_list_ids=("pl-1",)
    ),
    Function: lambda s, i: Function(
        s,
        i,
        handler="genai_runtime.model_access.handler.handler",
        description="a function in a VPC",
        operations=OPERATIONS,
        placement=PLACEMENT,
        reserved_concurrency=5,
        statements=[allow("Read", ["ssm:GetParameter"], [f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/lob"])],
    ),
    GatewayPrefixLists: lambda s, i: GatewayPrefixLists(s, i, actions=ACTIONS),
    GoldenDatasets: lambda s, i: GoldenDatasets(
        s,
        i,
        readers={"232323232323": "redacted", "343434343434": "golden"},
        organization_id=ORGANISATION,
        access_log_bucket="access-logs",
    ),
    Guardrail: guardrail,
    GuardrailPolicies: lambda s, i: GuardrailPolicies(
        s, i, guardrails=[guardrail(s, "Guardrail")], model_arns=[MODEL]
    ),
    InvocationLogging: lambda s, i: InvocationLogging(
        s, i, actions=ACTIONS, log_group_name="logs", role_arn=ROLE, bucket_name="bodies", key_prefix="bodies"
    ),
    InvocationLogs: lambda s, i: InvocationLogs(
        s,
        i,
        actions=ACTIONS,
        data_key_arn=KEY,
        logs_key_arn=KEY,
        access_log_bucket="access-logs",
        log_retention_days=365,
    ),
    LiveConfiguration: lambda s, i: LiveConfiguration(s, i, name="lob"),
    LiveFunctions: lambda s, i: LiveFunctions(s, i, setting=SETTING, state=LIVE, alarm_topic_arn=TOPIC),
    LiveLog: lambda s, i: LiveLog(s, i, key_arn=KEY),
    LiveProfile: lambda s, i: LiveProfile(
        s,
        i,
        application_id="abc1234",
        use_case="claims",
        validate_function_arn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:validate",
        key_arn=KEY,
    ),
    ModelAccess: model_access,
    NotificationTopic: lambda s, i: NotificationTopic(
        s, i, key_arn=KEY, subscribers=["operations@example.com"], display_name="alarms"
    ),
    OnlineFunctions: online,
    PrimaryParameter: lambda s, i: PrimaryParameter(s, i, actions=ACTIONS, region=RECOVERY, key="security/data-key-arn"),
    PrivateEndpoints: lambda s, i: PrivateEndpoints(
        s, i, network=network(s, "Vpc"), organization_id=ORGANISATION, model_arns=[MODEL]
    ),
    PrivateNetwork: network,
    Prompt: prompt,
    PromptPolicies: lambda s, i: PromptPolicies(s, i, prompts=[prompt(s, "Prompt")]),
    PseudonymKey: lambda s, i: PseudonymKey(s, i),
    RateTable: lambda s, i: RateTable(s, i, key_arn=KEY),
    ReplicaKey: lambda s, i: ReplicaKey(s, i, description="replica", alias="lob", primary_key_arn=KEY),
    SecureBucket: lambda s, i: SecureBucket(s, i, key_arn=KEY, access_log_bucket="access-logs", object_lock_days=30),
    ServiceRole: lambda s, i: ServiceRole(
        s,
        i,
        service="states.amazonaws.com",
        description="a role",
        statements=[allow("Send", ["sqs:SendMessage"], [QUEUE])],
        condition=confused_deputy(ACCOUNT),
    ),
    ShadowQueue: lambda s, i: ShadowQueue(s, i, key_arn=KEY),
    SigningKey: lambda s, i: SigningKey(s, i),
    StateMachine: state_machine,
    ThreatDetection: lambda s, i: ThreatDetection(s, i),
    TrailArchive: lambda s, i: TrailArchive(
        s,
        i,
        bucket_name="archive-121212121212",
        accounts=[ACCOUNT],
        trail_name="lob",
        lock_days=30,
        access_log_bucket="access-logs",
    ),
    UseCase: lambda s, i: UseCase(
        s,
        i,
        name="claims",
        allowance=Allowance("claims", ("baseline", 1), {"summarise": 1}, ["amazon.nova-lite-v1:0"]),
        function_name="model-access",
        organization_id=ORGANISATION,
        feedback_function_name="feedback",
    ),
}  # fmt: skip
