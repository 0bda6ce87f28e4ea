"""Lambda function EvaluationJudge: event records.Batch, result {"unfinished": n}, the answers and labels that are left."""

from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from genai_runtime.evaluation.calls.batch import quota_key
from genai_runtime.evaluation.calls.rate import Limiter, RateTable
from genai_runtime.evaluation.environment import CallEnvironment
from genai_runtime.evaluation.judging.batch import batch_judge
from genai_runtime.evaluation.judging.converse import CALL_SECONDS, ConverseAsk
from genai_runtime.evaluation.judging.work import WORKERS
from genai_runtime.evaluation.records import Batch
from genai_runtime.evaluation.run import JudgeModel
from genai_runtime.evaluation.store import Store

logger = Logger()
environment = CallEnvironment.read()
_config = Config(
    connect_timeout=2,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 5},
    max_pool_connections=WORKERS,
)
# One attempt: ConverseAsk repeats calls itself, each within the quota.
_calls = Config(connect_timeout=3, read_timeout=60, retries={"total_max_attempts": 1}, max_pool_connections=WORKERS)
store = Store(boto3.client("s3", config=_config), environment.bucket_name)
rates = RateTable(boto3.client("dynamodb", config=_config), environment.rate_table_name)
bedrock = boto3.client("bedrock-runtime", config=_calls)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Judge what time suffices for. Raises JudgeFailed, botocore's errors."""
    batch = Batch.model_validate(event)
    if not batch.judge:
        return {"unfinished": 0}
    asks: list[ConverseAsk] = []

    def left() -> float:
        return context.get_remaining_time_in_millis() / 1000

    def ask(model: JudgeModel) -> ConverseAsk:
        asks.append(
            ConverseAsk(
                bedrock, model, Limiter(rates, quota_key(bedrock.meta.region_name, model.model_id), model.quota), left
            )
        )
        return asks[-1]

    try:
        unfinished = batch_judge(store, batch.run, ask).run(batch, lambda: left() > CALL_SECONDS)
    finally:
        for each in asks:
            each.flush()
    logger.info("judged", extra={"run": batch.run, "batch": batch.batch, "unfinished": unfinished})
    return {"unfinished": unfinished}
