"""Lambda function Activate, an action of the pipeline: UserParameters `activation.ActivateParameters`, no variables."""

import boto3
from aws_lambda_powertools import Logger, Metrics
from botocore.config import Config

from genai_runtime.release import assembly
from genai_runtime.release.accounts import ACTIVATE_FUNCTION, parameter
from genai_runtime.release.activation import ActivateParameters, Activator
from genai_runtime.release.clients import CONFIG
from genai_runtime.release.environment import Environment
from genai_runtime.release.jobs import Jobs
from genai_runtime.release.manifest import Environment as Stage

logger = Logger()
metrics = Metrics()
environment = Environment.read()
jobs = Jobs(boto3.client("codepipeline", config=CONFIG), logger, metrics)
accounts = assembly.accounts(environment)
# It waits for AppConfig; repeating a call that broke off is harmless, and the next look's work.
_PATIENT = Config(
    connect_timeout=3, read_timeout=300, retries={"mode": "standard", "total_max_attempts": 2}, tcp_keepalive=True
)


def invoke(stage: Stage, event: bytes) -> tuple[bool, bytes]:
    """Whether the environment's function failed, and its answer."""
    session = accounts.session(stage, "activator", "release-activate")
    answer = session.client("lambda", config=_PATIENT).invoke(
        FunctionName=parameter(session, ACTIVATE_FUNCTION), Payload=event
    )
    return "FunctionError" in answer, answer["Payload"].read()


activator = Activator(assembly.releases(environment), assembly.ledger(environment), invoke)


@logger.inject_lambda_context(clear_state=True, log_event=False)  # the event holds credentials for artifacts
@metrics.log_metrics
@jobs.action(ActivateParameters)
def handler(parameters: ActivateParameters) -> None:
    """Make a release's versions live in an environment."""
    activator.activate(parameters)
