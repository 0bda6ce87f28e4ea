"""Builds ModelAccess with its AWS clients, once for each Lambda environment."""

from datetime import UTC, datetime

import boto3
from aws_lambda_powertools import Metrics
from botocore.config import Config

from genai_runtime.model_access.access import ModelAccess
from genai_runtime.model_access.audit_table import AuditTable
from genai_runtime.model_access.bedrock import BedrockModels, BedrockPrompts
from genai_runtime.model_access.contracts import Contracts
from genai_runtime.model_access.deadline import AUDIT_RESERVE_SECONDS, Deadline
from genai_runtime.model_access.environment import Environment
from genai_runtime.model_access.meter import EmfMeter
from genai_runtime.model_access.parameters import SsmParameters

# Services that answer within milliseconds through their endpoints.
_CONNECT_SECONDS = 2
_READ_SECONDS = 3
_ATTEMPT_SECONDS = _CONNECT_SECONDS + _READ_SECONDS
_CONFIG = Config(
    connect_timeout=_CONNECT_SECONDS,
    read_timeout=_READ_SECONDS,
    retries={"mode": "standard", "total_max_attempts": 3},
)


def assemble(environment: Environment, metrics: Metrics) -> ModelAccess:
    """Clients for the Region and the endpoints that the process's environment names."""
    session = boto3.Session()
    deadline = Deadline()
    ssm = session.client("ssm", config=_CONFIG)
    agent = session.client("bedrock-agent", config=_CONFIG)
    dynamodb = session.client("dynamodb", config=_CONFIG)
    for client in (ssm, agent):
        deadline.guard(client, lambda: _ATTEMPT_SECONDS + AUDIT_RESERVE_SECONDS)
    deadline.guard(dynamodb, lambda: _ATTEMPT_SECONDS)
    return ModelAccess(
        environment,
        contracts=Contracts(SsmParameters(ssm), environment.parameter_prefix),
        prompts=BedrockPrompts(agent),
        models=BedrockModels(session, deadline, environment.environment),
        trail=AuditTable(dynamodb, environment.audit_table_name),
        meter=EmfMeter(metrics, environment.service_name),
        deadline=deadline,
        now=lambda: datetime.now(UTC),
    )
