"""Lambda function EvaluationReviewPlan: event {"run", "look"}, result {"forms": [records.ReviewForm]}."""

from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from genai_runtime.evaluation.environment import ReviewEnvironment
from genai_runtime.evaluation.review.plan import ReviewPlanner, review_run
from genai_runtime.evaluation.review.signing import KmsSigner
from genai_runtime.evaluation.store import Store

logger = Logger()
environment = ReviewEnvironment.read()
_config = Config(connect_timeout=2, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5})
store = Store(boto3.client("s3", config=_config), environment.bucket_name)
signer = KmsSigner(boto3.client("kms", config=_config), environment.signing_key_id)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Make a look's forms. Raises ReviewFailed."""
    forms = ReviewPlanner(review_run(store, str(event["run"])), signer).plan(int(event["look"]))
    logger.info("forms planned", extra={"run": event["run"], "look": event["look"], "forms": len(forms)})
    return {"forms": [form.model_dump() for form in forms]}
