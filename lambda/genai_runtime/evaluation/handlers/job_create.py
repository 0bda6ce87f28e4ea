"""Lambda function EvaluationJobCreate: event {"run", "look"}, result `jobs.create.Created`."""

from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from genai_runtime.evaluation.jobs.clients import CONFIG
from genai_runtime.evaluation.jobs.create import Created, Creator
from genai_runtime.evaluation.jobs.environment import JobEnvironment
from genai_runtime.evaluation.jobs.request import Place
from genai_runtime.evaluation.store import Store

logger = Logger()
environment = JobEnvironment.read()
creator = Creator(
    Store(boto3.client("s3", config=CONFIG), environment.bucket_name),
    boto3.client("bedrock", config=CONFIG),
    Place(environment.bucket_name, environment.job_role_arn, environment.job_key_arn),
)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> Created:
    """Start the jobs of one look. Raises JobFailed."""
    created = creator.create(str(event["run"]), int(event["look"]))
    logger.info("created", extra=dict(created))
    return created
