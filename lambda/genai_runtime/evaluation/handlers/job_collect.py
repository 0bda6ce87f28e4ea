"""Lambda function EvaluationJobCollect: event {"run", "look"}, result `jobs.collect.Collected`."""

from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from genai_runtime.evaluation.environment import Environment
from genai_runtime.evaluation.jobs.clients import CONFIG
from genai_runtime.evaluation.jobs.collect import Collected, Collector
from genai_runtime.evaluation.store import Store

logger = Logger()
environment = Environment.read()
collector = Collector(
    Store(boto3.client("s3", config=CONFIG), environment.bucket_name), boto3.client("bedrock", config=CONFIG)
)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> Collected:
    """Turn the results of one look's jobs into scores. Raises JobFailed."""
    collected = collector.collect(str(event["run"]), int(event["look"]))
    logger.info("collected", extra=dict(collected))
    return collected
