"""Lambda function EvaluationReviewRequest: event `review.request.Request`; the state machine waits for its token."""

from datetime import UTC, datetime
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from genai_runtime.evaluation.environment import ReviewEnvironment
from genai_runtime.evaluation.review.adapters import Executions, Topic
from genai_runtime.evaluation.review.plan import review_run
from genai_runtime.evaluation.review.request import Request, Requested, Requester
from genai_runtime.evaluation.store import Store

logger = Logger()
environment = ReviewEnvironment.read()
_config = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
store = Store(boto3.client("s3", config=_config), environment.bucket_name)
requester = Requester(
    notify=Topic(boto3.client("sns", config=_config), environment.review_topic_arn).notify,
    resume=Executions(boto3.client("stepfunctions", config=_config)).resume,
    now=lambda: datetime.now(UTC),
)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> Requested:
    """Ask or remind one reviewer. The token isn't logged."""
    request = Request.model_validate(event)
    requested = requester.request(review_run(store, request.run), request)
    logger.info("review requested", extra={"run": request.run, "reminder": request.reminder, **requested})
    return requested
