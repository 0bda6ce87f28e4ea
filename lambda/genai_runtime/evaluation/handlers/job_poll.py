"""Lambda function EvaluationJobPoll: event {"run", "look", "waited_seconds"}, result `jobs.poll.Polled`."""

from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from genai_runtime.evaluation.environment import Environment
from genai_runtime.evaluation.jobs.clients import CONFIG
from genai_runtime.evaluation.jobs.poll import Polled, Poller
from genai_runtime.evaluation.store import Store

logger = Logger()
environment = Environment.read()
poller = Poller(
    Store(boto3.client("s3", config=CONFIG), environment.bucket_name), boto3.client("bedrock", config=CONFIG)
)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> Polled:
    """How many jobs of one look are under way. Raises JobFailed."""
    polled = poller.poll(str(event["run"]), int(event["look"]), int(event["waited_seconds"]))
    logger.info("polled", extra=dict(polled))
    return polled
