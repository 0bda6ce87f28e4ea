"""Lambda function EvaluationPlan: event {"run"}, result `planning.plan.Planned`."""

from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from genai_runtime.evaluation.environment import PlanEnvironment
from genai_runtime.evaluation.planning.plan import Planned, Planner
from genai_runtime.evaluation.store import Store

logger = Logger()
environment = PlanEnvironment.read()
_s3 = boto3.client(
    "s3", config=Config(connect_timeout=2, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5})
)
planner = Planner(
    runs=Store(_s3, environment.bucket_name),
    datasets=Store(_s3, environment.dataset_bucket),
    stage=environment.dataset_stage,
)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> Planned:
    """Plan one run. Raises PlanFailed, which ends the execution: nothing was asked yet."""
    planned = planner.plan(str(event["run"]))
    logger.info("planned", extra=dict(planned))
    return planned
