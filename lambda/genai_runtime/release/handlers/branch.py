"""Lambda function Branch, an action of the pipeline: UserParameters `jobs.ActionParameters`, variable `branch`."""

from collections.abc import Mapping

import boto3
from aws_lambda_powertools import Logger, Metrics

from genai_runtime.release import assembly
from genai_runtime.release.clients import CONFIG
from genai_runtime.release.gate.assembly import host
from genai_runtime.release.hosts.branch import cut
from genai_runtime.release.hosts.environment import BranchEnvironment
from genai_runtime.release.jobs import ActionParameters, Jobs

logger = Logger()
metrics = Metrics()
environment = BranchEnvironment.read()
jobs = Jobs(boto3.client("codepipeline", config=CONFIG), logger, metrics)
releases = assembly.releases(environment)


@logger.inject_lambda_context(clear_state=True, log_event=False)  # the event holds credentials for artifacts
@metrics.log_metrics
@jobs.action(ActionParameters)
def handler(parameters: ActionParameters) -> Mapping[str, str]:
    """Cut the release's branch."""
    return cut(lambda: host(environment), releases.manifest(parameters.manifest), parameters.manifest)
