"""Lambda function Seal, an action of the pipeline: UserParameters `seal.SealParameters`, no variables."""

import boto3
from aws_lambda_powertools import Logger, Metrics

from genai_runtime.release import assembly
from genai_runtime.release.clients import CONFIG
from genai_runtime.release.environment import Environment
from genai_runtime.release.jobs import Jobs
from genai_runtime.release.seal import Sealer, SealParameters

logger = Logger()
metrics = Metrics()
environment = Environment.read()
jobs = Jobs(boto3.client("codepipeline", config=CONFIG), logger, metrics)
sealer = Sealer(assembly.releases(environment), assembly.ledger(environment), assembly.now)


@logger.inject_lambda_context(clear_state=True, log_event=False)  # the event holds credentials for artifacts
@metrics.log_metrics
@jobs.action(SealParameters)
def handler(parameters: SealParameters) -> None:
    """Verify and sign a release."""
    sealer.seal(parameters)
