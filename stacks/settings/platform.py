"""config/platform.yaml as strict models."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from genai_foundation.catalog.names import KEBAB, Items, ModelId, ProfileId, RegionName
from genai_foundation.catalog.validation import Strict, fault

Environment = Literal["dev", "pre-prod", "prod"]
ENVIRONMENTS: tuple[Environment, ...] = ("dev", "pre-prod", "prod")
NetworkStage = Literal["dev", "pre-prod", "prod", "data-governance"]
NETWORK_STAGES: tuple[NetworkStage, ...] = ("dev", "pre-prod", "prod", "data-governance")
OperatingModel = Literal["centralized", "decentralized", "federated"]
ResilienceTier = Literal["backup-and-restore", "pilot-light", "warm-standby", "active-active"]
# Weakest first: the disaster recovery strategies of the AWS whitepaper "Disaster Recovery of Workloads on AWS".
RESILIENCE_TIERS: tuple[ResilienceTier, ...] = ("backup-and-restore", "pilot-light", "warm-standby", "active-active")
# RetentionInDays of AWS::Logs::LogGroup
# (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html).
LogDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]  # fmt: skip
AccountId = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
Email = Annotated[str, Field(pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$", max_length=254)]
# https://docs.aws.amazon.com/general/latest/gr/aws_tagging.html: key to 128, value to 256 characters.
TagKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9 ._:/=+@-]+$", max_length=128)]
TagValue = Annotated[str, Field(pattern=r"^[A-Za-z0-9 ._:/=+@-]+$", max_length=256)]
MANDATORY_TAGS = ("application", "cost-centre", "data-classification", "owner")


def _network(value: Any) -> Any:
    if isinstance(value, IPv4Network):
        return value
    try:
        return IPv4Network(value) if isinstance(value, str) and "/" in value else _no_network()
    except ValueError as error:
        raise fault(
            "GF-NET-001", f"is not an IPv4 CIDR block ({str(error)[:100]}): write one such as 10.20.0.0/20"
        ) from error


def _no_network() -> Any:
    raise fault("GF-NET-001", "is not an IPv4 CIDR block: write one such as 10.20.0.0/20")


Cidr = Annotated[
    IPv4Network, BeforeValidator(_network), WithJsonSchema({"type": "string", "examples": ["10.20.0.0/20"]})
]


class Organization(Strict):
    """The AWS organization whose principals may use what is deployed."""

    id: str = Field(
        pattern=r"^o-[a-z0-9]{10,32}$", description="AWS Organizations id; endpoint and bucket policies name it."
    )
    name: str = Field(min_length=1, max_length=50, description="Name in documents and reports.")
    operating_model: OperatingModel = Field(
        description="Who owns use cases: the platform team (centralized), each LOB (decentralized) or both (federated)."
    )


class DataProducer(Strict):
    """An account that shares source data through data governance."""

    name: str = Field(pattern=KEBAB, min_length=2, max_length=20, description="Stage name is data-producer-NAME.")
    id: AccountId = Field(description="Account id, 12 digits in quotes.")


class Accounts(Strict):
    """Account ids by role; every account has an id of its own."""

    shared: AccountId = Field(description="CI/CD, log archive, central catalog.")
    dev: AccountId = Field(description="Development.")
    pre_prod: AccountId = Field(alias="pre-prod", description="Integration, performance and evaluation gates.")
    prod: AccountId = Field(description="Production.")
    data_governance: AccountId = Field(alias="data-governance", description="Ingestion, lineage, golden datasets.")
    data_producers: Items[DataProducer] = Field((), alias="data-producers", description="Source accounts.")


class Region(Strict):
    """A Region and the availability zones that subnets are built in."""

    name: RegionName = Field(description="Region code.")
    availability_zones: Items[Annotated[str, Field(max_length=40)]] = Field(
        min_length=2,
        max_length=6,
        description="Availability zone ids (the same zone in every account); each gets one subnet and one address per endpoint.",
    )


class Regions(Strict):
    """Where the platform runs and where an inference profile may process a request."""

    primary: Region = Field(description="Region that serves.")
    recovery: Region = Field(description="Region that takes over.")
    inference: Items[RegionName] = Field(
        min_length=1,
        description="Approved processing Regions: every destination of an approved inference profile must be listed.",
    )


class StageNetwork(Strict):
    """CIDR blocks of one account."""

    primary: Cidr = Field(description="VPC in the primary Region.")
    recovery: Cidr = Field(description="VPC in the recovery Region.")


class ModelChoice(Strict):
    """A model that an environment may use, and how it is reached."""

    id: ModelId = Field(description="Id in catalog/models.yaml.")
    inference_profiles: Items[ProfileId] = Field(
        (),
        max_length=4,
        description="Inference profiles to use where they can be called; elsewhere the model's own id.",
    )


class Retention(Strict):
    """How long evidence is kept, in days."""

    log_days: LogDays = Field(
        description="CloudWatch log groups and invocation logs; a value that CloudWatch Logs accepts."
    )
    audit_days: int = Field(ge=365, le=3653, description="Audit records of model access.")
    trail_days: int = Field(
        ge=365, le=3653, description="CloudTrail and access log objects; object lock in the log archive."
    )


class Notifications(Strict):
    """Who is told, by e-mail."""

    security: Items[Email] = Field(
        min_length=1, max_length=10, description="Findings of GuardDuty and IAM Access Analyzer."
    )
    operations: Items[Email] = Field(
        min_length=1, max_length=10, description="Alarms: errors, throttles, dead letters."
    )


class Runtime(Strict):
    """What the Lambda functions run on."""

    python: Literal["3.13", "3.14"] = Field("3.14", description="Lambda managed runtime; the layer is built for it.")
    architecture: Literal["arm64", "x86_64"] = Field("arm64", description="Instruction set of every function.")


class Removal(Strict):
    """First of the two keys that a destruction of state needs; the second is the CDK context flag."""

    allow_destroy: bool = Field(
        False, description="true lets `-c allow_destroy=true` turn retained state into deletable state."
    )


class ModelQuota(Strict):
    """What Bedrock's service quotas allow an account to ask of a model; runs share it and never ask for more."""

    requests_per_minute: int | None = Field(None, ge=1, description="Requests per minute. Default: not limited.")
    tokens_per_minute: int | None = Field(
        None, ge=1, description="Tokens per minute, asked and answered. Default: not limited."
    )
    output_burndown: int = Field(1, ge=1, le=100, description="Tokens of the quota that one output token takes.")


class Evaluation(Strict):
    """How candidates are evaluated."""

    judges: Items[ModelId] = Field(
        (), description="Models that may judge answers, without a guardrail, where the environment approved them."
    )
    reviewers: Items[Email] = Field(
        (), max_length=20, description="Who is told of answers to review; each address confirms once."
    )
    retention_days: int = Field(365, ge=30, le=3653, description="Objects of runs: answers, scores, verdicts, reports.")
    max_concurrency: int = Field(4, ge=1, le=50, description="Batches of a run at once; all share the model's quota.")
    quotas: dict[Environment, dict[ModelId, ModelQuota]] = Field(
        {}, description="Quotas of models by environment and model id, as the account has them in the primary Region."
    )


ApproverRole = Literal["qa", "domain-expert"]


class Performance(Strict):
    """What pre-production must stand before a release goes on, through the function that callers use."""

    requests: int = Field(60, ge=10, le=10_000, description="Requests that are timed, over the use cases.")
    concurrency: int = Field(6, ge=1, le=200, description="Requests at once; as many come first, untimed.")
    p95_ms: int = Field(10_000, ge=100, description="Largest 95th percentile of a request's time.")
    failed_share: float = Field(0.02, ge=0, lt=1, description="Largest share of failed requests.")


class Release(Strict):
    """How a merged change becomes a release."""

    host: Literal["github", "gitlab"] = Field("github", description="Repository host.")
    repository: str = Field(
        pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$", max_length=200, description="Repository: OWNER/NAME."
    )
    branch: str = Field("main", pattern=r"^[A-Za-z0-9_./-]{1,100}$", description="Branch whose merges are released.")
    api_url: str | None = Field(
        None,
        pattern=r"^(https://\S+|http://(127\.0\.0\.1|localhost)(:\d+)?(/\S*)?)$",
        description="API of a host of your own, by HTTPS: the token goes there. Default: the public host's.",
    )
    connection_id: str = Field(
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        description="CodeConnections connection in the shared account and primary Region that may read the repository.",
    )
    token_secret: str = Field(
        "genai-foundation/repository-host",
        pattern=r"^[A-Za-z0-9/_+=.@-]{1,200}$",
        description="Secret in the shared account with the host's token, for comments, statuses and release branches.",
    )
    gates: dict[Environment, Items[Annotated[str, Field(pattern=KEBAB)]]] = Field(
        description="Evaluation suites by environment: all of dev and pre-prod must end with PROMOTE, none of prod with REJECT."
    )
    smoke_cases: int = Field(40, ge=10, le=1000, description="Cases of each suite after a deployment of prod.")
    approvers: dict[ApproverRole, Items[Email]] = Field(
        description="Who may approve, by role: qa and domain-expert; two different people, neither the change's author."
    )
    evidence_days: int = Field(7, ge=1, le=365, description="Days that an evaluation admits a deployment.")
    warrant_minutes: int = Field(
        15, ge=1, le=60, description="Minutes from a deployment's authorisation to its beginning."
    )
    performance: Performance = Field(Performance(), description="Performance test in pre-prod.")


class Platform(Strict):
    """The organisation's accounts, Regions, network, models and rules."""

    organization: Organization = Field(description="The organisation.")
    accounts: Accounts = Field(description="Accounts by role.")
    regions: Regions = Field(description="Regions.")
    network: dict[NetworkStage, StageNetwork] = Field(
        description="CIDR blocks by stage: dev, pre-prod, prod, data-governance."
    )
    models: dict[Environment, Items[ModelChoice]] = Field(description="Approved models by environment.")
    retention: Retention = Field(description="Retention.")
    tags: dict[TagKey, TagValue] = Field(
        max_length=30,
        description="Tags of every resource. Mandatory: application, cost-centre, data-classification, owner.",
    )
    notifications: Notifications = Field(description="Notification addresses.")
    resilience_tier: ResilienceTier = Field(description="Strongest recovery strategy that the platform is built for.")
    runtime: Runtime = Field(Runtime(), description="Lambda runtime.")
    removal: Removal = Field(Removal(), description="Removal keys.")
    evaluation: Evaluation = Field(Evaluation(), description="Evaluation.")
    release: Release | None = Field(None, description="Release pipeline. Default: none; deploy with `make deploy`.")
