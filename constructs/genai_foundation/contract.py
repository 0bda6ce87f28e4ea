"""What one stack tells another: SSM parameters inside an account and Region, names across accounts and Regions.

A stack publishes with `publish`, its consumers read with `reference` (a CloudFormation dynamic reference) or `parameter` (a
parameter of the template), both resolved at deploy time, so that no implicit export ties two stacks together.
"""

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_ssm as ssm
from constructs import Construct

PREFIX = "/genai-foundation"

DATA_KEY = "security/data-key-arn"
LOGS_KEY = "security/logs-key-arn"
ALARM_TOPIC = "security/alarm-topic-arn"
ACCESS_LOG_BUCKET = "security/access-log-bucket"
DEAD_LETTER_QUEUE = "security/dead-letter-queue-arn"
DEPLOY_ACTIONS = "security/deploy-actions-arn"
DEPLOY_ACTIONS_ROLE = "security/deploy-actions-role"
VPC_ID = "network/vpc-id"
S3_PREFIX_LIST = "network/s3-prefix-list"
DYNAMODB_PREFIX_LIST = "network/dynamodb-prefix-list"
ENDPOINT_SECURITY_GROUP = "network/endpoint-security-group-id"
MODEL_ACCESS_NAME = "model-access/function-name"
MODEL_ACCESS_ARN = "model-access/function-arn"
EVALUATION_STATE_MACHINE = "evaluation/state-machine-arn"
EVALUATION_BUCKET = "evaluation/bucket"
REVIEW_SUBMIT = "evaluation/review-submit-function-name"
EXPERIMENTS_APP_ARN = "experiments/app-arn"
MODEL_ACCESS_AUDIT_STREAM = "model-access/audit-stream-arn"
LIVE_APPLICATION = "live/application-id"
LIVE_ENVIRONMENT = "live/environment-id"
MODEL_ACCESS_AUDIT_TABLE = "model-access/audit-table-name"
LIVE_STRATEGY = "live/deployment-strategy-id"
LIVE_TABLE = "live/table-arn"
LIVE_TABLE_NAME = "live/table-name"
LIVE_VALIDATE = "live/validate-function-arn"
LIVE_ACTIVATE = "live/activate-function-name"
LIVE_FEEDBACK = "live/feedback-function-name"
LIVE_SHADOW_QUEUE = "live/shadow-queue-arn"
LIVE_SHADOW_QUEUE_URL = "live/shadow-queue-url"
RELEASE_BUCKET = "release/bucket"
RELEASE_LEDGER = "release/ledger-table-name"
RELEASE_PIPELINE = "release/pipeline-name"
EVALUATION_LAYERS = ("base", "scoring", "statistics", "publishing")


def guardrail(name: str, version: int) -> str:
    """Parameter that holds a guardrail's identifiers as JSON: id, arn, version."""
    return f"guardrails/{name}/{version}"


def invocation_policy(index: int) -> str:
    """Parameter that holds the ARN of a managed policy to invoke models with a catalog guardrail; the first has index 1."""
    return f"catalog-policies/invocation/{index}"


def guardrail_policy(index: int) -> str:
    """Parameter that holds the ARN of a managed policy to apply catalog guardrails."""
    return f"catalog-policies/guardrails/{index}"


def prompt(name: str, version: int) -> str:
    """Parameter that holds a prompt's identifiers, model and input limits as JSON."""
    return f"prompts/{name}/{version}"


def prompt_policy(index: int) -> str:
    """Parameter that holds the ARN of a managed policy to read catalog prompts."""
    return f"catalog-policies/prompts/{index}"


def use_case(name: str) -> str:
    """Parameter that holds what a use case may use, as JSON."""
    return f"use-cases/{name}"


def use_case_caller(name: str) -> str:
    """Parameter that holds the ARN of the role that may call on behalf of a use case."""
    return f"use-cases/{name}/caller-role-arn"


def evaluation_layer(name: str) -> str:
    """Parameter that holds the ARN, with version, of one of the pipeline's layers: `EVALUATION_LAYERS` has their names."""
    return f"evaluation/layers/{name}"


def data_bucket(name: str) -> str:
    """Parameter that holds the name of a data bucket."""
    return f"data/{name.lower()}-bucket"


def subnet_id(index: int) -> str:
    """Parameter that holds the id of an isolated subnet; the first has index 1.

    One parameter each: a dynamic reference to a list can't be split at deploy time.
    """
    return f"network/subnet-id/{index}"


def parameter_name(key: str) -> str:
    """Full SSM parameter name of a contract key."""
    return f"{PREFIX}/{key}"


def reference(key: str) -> str:
    """Dynamic reference to a contract value of the same account and Region."""
    return f"{{{{resolve:ssm:{parameter_name(key)}}}}}"


def parameter(scope: Construct, key: str) -> str:
    """A contract value as a parameter of the stack's template, resolved at deploy time and used as often as needed.

    For stacks with many functions: a template takes 60 dynamic references (CloudFormation User Guide, "Get values stored in
    other services using dynamic references").
    """
    stack = cdk.Stack.of(scope)
    construct_id = "".join(part.capitalize() for part in key.replace("/", "-").split("-"))
    found = stack.node.try_find_child(construct_id)
    if found is None:
        found = cdk.CfnParameter(
            stack, construct_id, type="AWS::SSM::Parameter::Value<String>", default=parameter_name(key)
        )
    return cast(cdk.CfnParameter, found).value_as_string


def publish(scope: Construct, construct_id: str, key: str, value: str) -> ssm.CfnParameter:
    """Publish a contract value (at most 4 KiB, the limit of a standard parameter) for the stacks of this account and Region."""
    return ssm.CfnParameter(scope, construct_id, type="String", name=parameter_name(key), value=value)
