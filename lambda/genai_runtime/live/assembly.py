"""Builds what the functions use, with its AWS clients, once for each Lambda environment."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from genai_runtime.live.activation import Activation
from genai_runtime.live.appconfig import AppConfig
from genai_runtime.live.changes import Readiness
from genai_runtime.live.environment import (
    ActivateEnvironment,
    FeedbackEnvironment,
    ReconcileEnvironment,
    ValidateEnvironment,
)
from genai_runtime.live.feedback import AuditRecords, Feedback
from genai_runtime.live.log import LogTable
from genai_runtime.live.proposal import Proposals
from genai_runtime.live.reconcile import Reconciler
from genai_runtime.live.validation import BedrockResources, Validator
from genai_runtime.model_access.contracts import Contracts
from genai_runtime.model_access.parameters import SsmParameters

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

# Services that answer within milliseconds through their endpoints; AppConfig starts a deployment after its validators.
_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
_APPCONFIG = Config(connect_timeout=2, read_timeout=40, retries={"mode": "standard", "total_max_attempts": 3})


def dynamodb() -> "DynamoDBClient":
    """With short time-outs."""
    return boto3.client("dynamodb", config=_CONFIG)


def log_table(table: str) -> LogTable:
    """The log."""
    return LogTable(dynamodb(), table)


def reconciler(environment: ReconcileEnvironment) -> Reconciler:
    """Shows the log's newest records."""
    return Reconciler(
        log_table(environment.table_name),
        AppConfig(
            boto3.client("appconfig", config=_APPCONFIG),
            application=environment.application,
            environment=environment.live_environment,
            strategy=environment.strategy,
        ),
    )


def validator(parameter_prefix: str) -> Validator:
    """Checks against what is deployed now: nothing is cached."""
    parameters = SsmParameters(boto3.client("ssm", config=_CONFIG), max_age=0)
    resources = BedrockResources(boto3.client("bedrock-agent", config=_CONFIG), boto3.client("bedrock", config=_CONFIG))
    return Validator(Contracts(parameters, parameter_prefix), resources)


def activation(environment: ActivateEnvironment, readiness: Callable[[str, str], Readiness | None]) -> Activation:
    """Changes what is live."""
    return Activation(
        log=log_table(environment.table_name),
        validator=validator(environment.parameter_prefix),
        reconciler=reconciler(environment),
        readiness=readiness,
        now=now,
    )


def proposals(environment: ValidateEnvironment) -> Proposals:
    """Answers AppConfig."""
    client = boto3.client("appconfig", config=_CONFIG)

    def profile_name(application: str, profile: str) -> str:
        found = client.get_configuration_profile(ApplicationId=application, ConfigurationProfileId=profile)
        return str(found["Name"])

    return Proposals(
        log=log_table(environment.table_name),
        validator=validator(environment.parameter_prefix),
        profile_name=profile_name,
    )


def feedback(environment: FeedbackEnvironment) -> Feedback:
    """Takes ratings."""
    table = boto3.resource("dynamodb", config=_CONFIG).Table(environment.audit_table_name)
    return Feedback(AuditRecords(table), retention_days=environment.audit_retention_days)


def now() -> str:
    """ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
