"""Lambda function EvaluationGate: event {"run", "look"}, result `gate.gate.Decided`. Needs the layer `statistics`."""

from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from genai_runtime.evaluation.environment import Environment
from genai_runtime.evaluation.gate.collect import PARALLEL_READS
from genai_runtime.evaluation.gate.gate import Decided, Gate
from genai_runtime.evaluation.store import Store

logger = Logger()
metrics = Metrics()
environment = Environment.read()
_s3 = boto3.client(
    "s3",
    config=Config(
        connect_timeout=3,
        read_timeout=30,
        retries={"mode": "standard", "total_max_attempts": 6},
        max_pool_connections=PARALLEL_READS,
    ),
)
gate = Gate(Store(_s3, environment.bucket_name))


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> Decided:
    """Decide one look of a run. Raises GateFailed, which ends the execution: without a decision nothing is released."""
    decided = gate.decide(str(event["run"]), int(event["look"]))
    metrics.add_metric(name=f"Decided{decided['decision'].capitalize()}", unit=MetricUnit.Count, value=1)
    logger.info("decided", extra=dict(decided))
    return decided
