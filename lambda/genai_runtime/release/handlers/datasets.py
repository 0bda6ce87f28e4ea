"""Lambda function Datasets, an action of the pipeline: UserParameters `jobs.ActionParameters`, no variables."""

import boto3
from aws_lambda_powertools import Logger, Metrics
from botocore.config import Config

from genai_runtime.evaluation.store import Store
from genai_runtime.release import assembly
from genai_runtime.release.accounts import REDACT_FUNCTION, governance, parameter
from genai_runtime.release.clients import CONFIG
from genai_runtime.release.environment import DatasetsEnvironment
from genai_runtime.release.jobs import ActionParameters, Jobs
from genai_runtime.release.publishing import Publisher, Redact

logger = Logger()
metrics = Metrics()
environment = DatasetsEnvironment.read()
jobs = Jobs(boto3.client("codepipeline", config=CONFIG), logger, metrics)
account = governance(boto3.client("sts", config=CONFIG), environment.governance_account, environment.region_name)
# A dataset of thousands of cases is redacted in minutes; doing it again changes nothing.
_PATIENT = Config(
    connect_timeout=3, read_timeout=600, retries={"mode": "standard", "total_max_attempts": 2}, tcp_keepalive=True
)


def golden() -> tuple[Store, Redact]:
    """A session for each job: a warm function outlives its credentials."""
    session = account.session("data-governance", "publisher", "release-datasets")
    function = parameter(session, REDACT_FUNCTION)
    client = session.client("lambda", config=_PATIENT)

    def redact(event: bytes) -> tuple[bool, bytes]:
        answer = client.invoke(FunctionName=function, Payload=event)
        return "FunctionError" in answer, answer["Payload"].read()

    return Store(session.client("s3", config=CONFIG), environment.dataset_bucket), redact


publisher = Publisher(assembly.releases(environment), golden)


@logger.inject_lambda_context(clear_state=True, log_event=False)  # the event holds credentials for artifacts
@metrics.log_metrics
@jobs.action(ActionParameters)
def handler(parameters: ActionParameters) -> None:
    """Publish the suites of a release."""
    publisher.publish(parameters)
