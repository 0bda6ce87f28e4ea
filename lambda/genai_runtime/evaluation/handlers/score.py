"""Lambda function EvaluationScore: event records.Batch, result {"cases": n}."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from genai_runtime.evaluation.environment import Environment
from genai_runtime.evaluation.metrics.batches import BatchScorer
from genai_runtime.evaluation.metrics.registry import plugin_errors
from genai_runtime.evaluation.records import Batch
from genai_runtime.evaluation.store import Store

_CALLS_AT_ONCE = 16

logger = Logger()
metrics = Metrics()
environment = Environment.read()
_config = Config(
    connect_timeout=3,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 6},
    max_pool_connections=_CALLS_AT_ONCE,
)
scorer = BatchScorer(
    Store(boto3.client("s3", config=_config), environment.bucket_name),
    boto3.client("bedrock-runtime", config=_config),
    ThreadPoolExecutor(_CALLS_AT_ONCE),
)
for _error in plugin_errors():
    logger.error(str(_error))


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """Score one batch; batches.BatchScorer has what it reads and writes."""
    scored = scorer.score(Batch.model_validate(event))
    undecided = [score for case in scored.cases for score in case.scores if score.value is None]
    metrics.add_metric(name="ScoredCases", unit=MetricUnit.Count, value=len(scored.cases))
    metrics.add_metric(name="UndecidedScores", unit=MetricUnit.Count, value=len(undecided))
    if undecided:
        logger.warning("undecided scores", extra={"scores": len(undecided), "first": undecided[0].detail})
    return {"cases": len(scored.cases)}
