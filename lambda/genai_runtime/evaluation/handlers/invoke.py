"""Lambda function EvaluationInvoke: event `records.Batch`, result {"unfinished"}: call it again until that is 0."""

from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from genai_runtime.evaluation.calls.batch import BatchRunner
from genai_runtime.evaluation.calls.rate import RateTable
from genai_runtime.evaluation.calls.worker import MOST_THREADS, READ_SECONDS
from genai_runtime.evaluation.environment import CallEnvironment
from genai_runtime.evaluation.records import Batch
from genai_runtime.evaluation.store import Store

logger = Logger()
metrics = Metrics()
environment = CallEnvironment.read()

# Calls to models are repeated by the worker, which counts them and holds the shared quota; botocore must not.
_CALL = Config(
    connect_timeout=3,
    read_timeout=READ_SECONDS,
    retries={"mode": "standard", "total_max_attempts": 1},
    max_pool_connections=MOST_THREADS,
    tcp_keepalive=True,  # an interface endpoint drops connections that are silent for 350 seconds
)
_DATA = Config(
    connect_timeout=2,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 5},
    max_pool_connections=MOST_THREADS,
)
_session = boto3.Session()
_functions = _session.client("lambda", config=_CALL)
runner = BatchRunner(
    store=Store(_session.client("s3", config=_DATA), environment.bucket_name),
    state=RateTable(_session.client("dynamodb", config=_DATA), environment.rate_table_name),
    models=_session.client("bedrock-runtime", config=_CALL),
    functions=_functions,
    region=_functions.meta.region_name,
)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Ask a batch's cases as far as the function's time reaches."""
    batch = Batch.model_validate({name: event[name] for name in Batch.model_fields if name in event})
    tally = runner.run(batch, lambda: context.get_remaining_time_in_millis() / 1000)
    metrics.add_metric("Calls", MetricUnit.Count, tally.calls)
    metrics.add_metric("ThrottledCalls", MetricUnit.Count, tally.throttled)
    metrics.add_metric("DuplicateAnswers", MetricUnit.Count, tally.duplicates)
    metrics.add_metric("FailedCases", MetricUnit.Count, tally.errors.total())
    logger.info("batch", extra={"run": batch.run, "candidate": batch.candidate, "batch": batch.batch} | vars(tally))
    return {"unfinished": tally.unfinished}
