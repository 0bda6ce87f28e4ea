"""Lambda function Authorize, an action of the pipeline: UserParameters `warrants.AuthorizeParameters`, variable `warrant`."""

from collections.abc import Mapping

import boto3
from aws_lambda_powertools import Logger, Metrics

from genai_runtime.release import assembly
from genai_runtime.release.clients import CONFIG
from genai_runtime.release.environment import AuthorizeEnvironment
from genai_runtime.release.jobs import Jobs
from genai_runtime.release.warrants import AuthorizeParameters, Authorizer

logger = Logger()
metrics = Metrics()
environment = AuthorizeEnvironment.read()
jobs = Jobs(boto3.client("codepipeline", config=CONFIG), logger, metrics)
authorizer = Authorizer(
    assembly.admissions(environment), assembly.ledger(environment), environment.warrant_minutes, assembly.now
)


@logger.inject_lambda_context(clear_state=True, log_event=False)  # the event holds credentials for artifacts
@metrics.log_metrics
@jobs.action(AuthorizeParameters)
def handler(parameters: AuthorizeParameters) -> Mapping[str, str]:
    """Issue a warrant for a deployment."""
    return authorizer.authorize(parameters)
