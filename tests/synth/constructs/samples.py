"""Each public construct with arguments as a line of business would give them."""

from collections.abc import Callable

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
from genai_foundation.function import Function
from genai_foundation.guardrails import Guardrail
from genai_foundation.iam import ServiceRole, allow, confused_deputy
from genai_foundation.keys import CustomerKey, ReplicaKey, service_statement
from genai_foundation.messaging import DeadLetterQueue, NotificationTopic
from genai_foundation.model_access import AuditTable, ModelAccess
from genai_foundation.network import PrivateEndpoints, PrivateNetwork
from genai_foundation.network.access import EndpointAccess
from genai_foundation.prompts import Prompt
from genai_foundation.security import AuditTrail, FindingNotices, InvocationLogs, ThreatDetection, TrailArchive
from genai_foundation.storage import AccessLogBucket, SecureBucket
from genai_foundation.use_cases import Allowance, UseCase
from tests.synth.app import CHECKOUT
from tests.synth.constructs import evaluation_samples, live_samples, release_samples
from tests.synth.constructs.values import (
    ACCESS,
    ACCOUNT,
    KEY,
    MODEL,
    OPERATIONS,
    ORGANISATION,
    PLACEMENT,
    QUEUE,
    RECOVERY,
    REGION,
    ROLE,
    TOPIC,
)

ACTIONS = DeployActionsReference(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:deploy-actions", "deploy-actions")


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
    **evaluation_samples.SAMPLES,
    **live_samples.SAMPLES,
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
    FindingNotices: lambda s, i: FindingNotices(s, i, key_arn=KEY, subscribers=["security@example.com"]),
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
    ModelAccess: model_access,
    NotificationTopic: lambda s, i: NotificationTopic(
        s, i, key_arn=KEY, subscribers=["operations@example.com"], display_name="alarms"
    ),
    PrimaryParameter: lambda s, i: PrimaryParameter(s, i, actions=ACTIONS, region=RECOVERY, key="security/data-key-arn"),
    PrivateEndpoints: lambda s, i: PrivateEndpoints(
        s, i, network=network(s, "Vpc"), organization_id=ORGANISATION, model_arns=[MODEL]
    ),
    PrivateNetwork: network,
    Prompt: prompt,
    PromptPolicies: lambda s, i: PromptPolicies(s, i, prompts=[prompt(s, "Prompt")]),
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
