"""Lambda function EvaluationReviewSubmit: event `review.records.Submission`, the file that a form saves."""

from datetime import UTC, datetime
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from genai_runtime.evaluation.environment import ReviewEnvironment
from genai_runtime.evaluation.review.adapters import Executions
from genai_runtime.evaluation.review.signing import KmsSigner
from genai_runtime.evaluation.review.submit import Submitted, Submitter
from genai_runtime.evaluation.store import Store

logger = Logger()
environment = ReviewEnvironment.read()
_config = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
submitter = Submitter(
    store=Store(boto3.client("s3", config=_config), environment.bucket_name),
    verifier=KmsSigner(boto3.client("kms", config=_config), environment.signing_key_id),
    resume=Executions(boto3.client("stepfunctions", config=_config)).resume,
    now=lambda: datetime.now(UTC),
)


@logger.inject_lambda_context(clear_state=True)
def handler(event: Any, _context: LambdaContext) -> Submitted:
    """Take a form's answers. A refusal is a result with a code; an exception means that it may be sent again."""
    submitted = submitter.submit(event)
    logger.info("answers handed in", extra=dict(submitted))
    return submitted
