"""Lambda function RedactDatasets: event {"suite", "version"}, result a RedactionReport."""

from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from genai_runtime.evaluation.environment import RedactEnvironment
from genai_runtime.evaluation.redaction.detection import GuardrailDetector
from genai_runtime.evaluation.redaction.keyed import secret_of
from genai_runtime.evaluation.redaction.redactor import Redactor
from genai_runtime.evaluation.store import Store

logger = Logger()
environment = RedactEnvironment.read()
# Redaction isn't in a hurry: it waits for the quota of ApplyGuardrail.
_config = Config(connect_timeout=2, read_timeout=60, retries={"mode": "adaptive", "total_max_attempts": 12})
_s3 = boto3.client("s3", config=_config)
_bedrock = boto3.client("bedrock-runtime", config=_config)
_kms = boto3.client("kms", config=_config)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Redact one version of a suite. Raises RedactionFailed, whose message repeats no value."""
    redactor = Redactor(
        Store(_s3, environment.bucket_name),
        GuardrailDetector(_bedrock, environment.guardrail_id, environment.guardrail_version),
        secret_of(_kms, environment.pseudonym_key_id),
    )
    report = redactor.redact(str(event["suite"]), str(event["version"]))
    logger.info("redacted", extra={"suite": report.suite, "version": report.version, "refused": len(report.refused)})
    return report.model_dump(mode="json")
