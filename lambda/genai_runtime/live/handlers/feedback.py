"""Lambda function Feedback: invoke it through the alias of your use case with {"record", "rating": "up" or "down"}.

The alias is the identity, as with ModelAccess. Result `live.feedback.FeedbackResult`.
"""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from genai_runtime.live import assembly
from genai_runtime.live.environment import FeedbackEnvironment

METRICS = {"recorded": "FeedbackRecorded", "already-rated": "FeedbackRepeated", "rejected": "FeedbackRejected"}

logger = Logger()
metrics = Metrics()
feedback = assembly.feedback(FeedbackEnvironment.read())


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Record one rating."""
    result = feedback.take(event, context.invoked_function_arn)
    metrics.add_metric(METRICS[result.outcome], MetricUnit.Count, 1)
    return result.model_dump(mode="json", exclude_none=True)
