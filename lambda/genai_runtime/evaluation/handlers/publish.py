"""Lambda function EvaluationPublish: event {"run", "look"}, result `reporting.publish.Published`.

Needs the layer `publishing`. The look isn't needed: the final verdict says which one it is.
"""

import os
import tempfile
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

# matplotlib keeps its list of fonts in a folder of the user, which Lambda doesn't have; it reads this when it is imported.
os.environ.setdefault("MPLCONFIGDIR", tempfile.gettempdir())

from genai_runtime.evaluation.environment import Environment
from genai_runtime.evaluation.reporting.load import PARALLEL_READS
from genai_runtime.evaluation.reporting.publish import Published, Publisher
from genai_runtime.evaluation.store import Store

logger = Logger()
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
publisher = Publisher(Store(_s3, environment.bucket_name))


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> Published:
    """Publish one run. Raises ReportFailed."""
    published = publisher.publish(str(event["run"]))
    logger.info("published", extra=dict(published))
    return published
