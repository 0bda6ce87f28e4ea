"""Builds ModelAccess and ShadowAccess with their AWS clients, once for each Lambda environment."""

from datetime import UTC, datetime
from typing import Any

import boto3
from aws_lambda_powertools import Metrics
from botocore.config import Config

from genai_runtime.live import source
from genai_runtime.live.source import ContractsOnly, PatientProvider, Source
from genai_runtime.model_access.access import ModelAccess
from genai_runtime.model_access.audit_table import AuditTable
from genai_runtime.model_access.bedrock import BedrockModels, BedrockPrompts
from genai_runtime.model_access.closing import Closing
from genai_runtime.model_access.contracts import Contracts
from genai_runtime.model_access.copies import ShadowQueue
from genai_runtime.model_access.deadline import AUDIT_RESERVE_SECONDS, Deadline
from genai_runtime.model_access.environment import Environment, QuestionEnvironment
from genai_runtime.model_access.meter import EmfMeter
from genai_runtime.model_access.parameters import SsmParameters
from genai_runtime.model_access.question import Questions
from genai_runtime.model_access.shadow import ShadowAccess

# Services that answer within milliseconds through their endpoints.
_CONNECT_SECONDS = 2
_READ_SECONDS = 3
_ATTEMPT_SECONDS = _CONNECT_SECONDS + _READ_SECONDS
_CONFIG = Config(
    connect_timeout=_CONNECT_SECONDS,
    read_timeout=_READ_SECONDS,
    retries={"mode": "standard", "total_max_attempts": 3},
)
# What an answer doesn't depend on isn't waited for: one attempt.
_LIVE_CONFIG = Config(
    connect_timeout=source.CONNECT_SECONDS, read_timeout=source.READ_SECONDS, retries={"total_max_attempts": 1}
)
_COPY_SECONDS = 0.5
_COPY_CONFIG = Config(connect_timeout=_COPY_SECONDS, read_timeout=_COPY_SECONDS, retries={"total_max_attempts": 1})


def assemble(environment: Environment, metrics: Metrics) -> ModelAccess:
    """Clients for the Region and the endpoints that the process's environment names."""
    session, deadline = boto3.Session(), Deadline()
    sqs = session.client("sqs", config=_COPY_CONFIG)
    deadline.guard(sqs, lambda: 2 * _COPY_SECONDS)
    return ModelAccess(
        **_shared(environment, metrics, session, deadline), copies=ShadowQueue(sqs, environment.shadow_queue_url)
    )


def assemble_shadow(environment: QuestionEnvironment, metrics: Metrics) -> ShadowAccess:
    """The same path for the function that asks candidates of shadow experiments."""
    return ShadowAccess(**_shared(environment, metrics, boto3.Session(), Deadline()))


def _shared(
    environment: QuestionEnvironment, metrics: Metrics, session: boto3.Session, deadline: Deadline
) -> dict[str, Any]:
    ssm = session.client("ssm", config=_CONFIG)
    agent = session.client("bedrock-agent", config=_CONFIG)
    dynamodb = session.client("dynamodb", config=_CONFIG)
    for client in (ssm, agent):
        deadline.guard(client, lambda: _ATTEMPT_SECONDS + AUDIT_RESERVE_SECONDS)
    deadline.guard(dynamodb, lambda: _ATTEMPT_SECONDS)
    return {
        "questions": Questions(
            contracts=Contracts(SsmParameters(ssm), environment.parameter_prefix),
            prompts=BedrockPrompts(agent),
            models=BedrockModels(session, deadline, environment.environment),
            environment=environment.environment,
        ),
        "live": _live(environment, session, deadline),
        "closing": Closing(
            AuditTable(dynamodb, environment.audit_table_name),
            environment=environment.environment,
            retention_days=environment.audit_retention_days,
            now=lambda: datetime.now(UTC),
        ),
        "meter": EmfMeter(metrics, environment.service_name),
        "deadline": deadline,
    }


def _live(environment: QuestionEnvironment, session: boto3.Session, deadline: Deadline) -> Source | ContractsOnly:
    if not environment.live_max_age_seconds:
        return ContractsOnly()
    client = session.client("appconfigdata", config=_LIVE_CONFIG)
    deadline.guard(client, lambda: source.PATIENCE_SECONDS + AUDIT_RESERVE_SECONDS)
    provider = PatientProvider(
        client, application=environment.live_application, environment=environment.live_environment
    )
    return Source(provider, max_age=environment.live_max_age_seconds)
