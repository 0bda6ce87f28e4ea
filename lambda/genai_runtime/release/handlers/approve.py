"""Lambda function Approve, an action of the pipeline: UserParameters `jobs.ActionParameters`, no variables."""

import boto3
from aws_lambda_powertools import Logger, Metrics

from genai_runtime.release import assembly
from genai_runtime.release.approvals import Approver, Rules
from genai_runtime.release.clients import CONFIG
from genai_runtime.release.environment import ApproveEnvironment
from genai_runtime.release.jobs import ActionParameters, Jobs

logger = Logger()
metrics = Metrics()
environment = ApproveEnvironment.read()
_pipelines = boto3.client("codepipeline", config=CONFIG)
jobs = Jobs(_pipelines, logger, metrics)
approver = Approver(
    releases=assembly.releases(environment),
    ledger=assembly.ledger(environment),
    pipelines=_pipelines,
    pipeline=environment.pipeline_name,
    rules=Rules(
        account=environment.keys["approval"].split(":")[4],
        stage=environment.approval_stage,
        actions=environment.approval_actions,
        people=environment.approvers,
    ),
)


@logger.inject_lambda_context(clear_state=True, log_event=False)  # the event holds credentials for artifacts
@metrics.log_metrics
@jobs.action(ActionParameters)
def handler(parameters: ActionParameters) -> None:
    """Sign the approvals that CodePipeline has."""
    approver.approve(parameters)
