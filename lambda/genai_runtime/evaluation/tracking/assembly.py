"""Reaches the MLflow App of the shared account: role, ARN, signed requests, artifacts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import boto3
import mlflow
from botocore.config import Config
from botocore.exceptions import ClientError
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from sagemaker_mlflow import use_session

from genai_runtime.evaluation.environment import TrackEnvironment
from genai_runtime.evaluation.store import Store
from genai_runtime.evaluation.tracking import errors
from genai_runtime.evaluation.tracking.errors import TrackingFailed
from genai_runtime.evaluation.tracking.experiments import Experiments
from genai_runtime.evaluation.tracking.track import PARALLEL_READS, Tracked, Tracker

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_ssm.client import SSMClient
    from mypy_boto3_sts.client import STSClient

_CONFIG: Final = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5})
_SESSION_SECONDS: Final = 3600
"""Longer than a function runs."""


class S3Artifacts:
    """Artifacts of an MLflow server whose artifact store is a bucket.

    MLflow's own S3 client takes the process's credentials; these are the writer role's.
    """

    def __init__(self, client: "S3Client") -> None:
        self._client = client

    def put(self, root: str, name: str, body: bytes) -> None:
        """Write one object. Raises TrackingFailed for an artifact store that isn't S3."""
        location = urlsplit(root)
        if location.scheme != "s3":
            raise TrackingFailed(
                errors.STORE_UNKNOWN,
                f"artifact location {root} is not in s3: give the MLflow App an s3:// artifact store",
            )
        self._client.put_object(Bucket=location.netloc, Key=f"{location.path.strip('/')}/{name}", Body=body)


class SharedTracker:
    """Tracks runs of this account in the shared account's MLflow App."""

    def __init__(self, environment: TrackEnvironment) -> None:
        self._environment = environment
        session = boto3.Session()
        self._sts: STSClient = session.client("sts", config=_CONFIG)
        s3 = session.client("s3", config=_CONFIG.merge(Config(max_pool_connections=PARALLEL_READS)))
        self._store = Store(s3, environment.bucket_name)

    def track(self, run: str) -> Tracked:
        """Log a run. Raises TrackingFailed naming who has to act; the run's verdict stands either way."""
        writer = self._writer(run)
        arn = self._app(writer)
        artifacts = S3Artifacts(writer.client("s3", config=_CONFIG))
        with signed_by(writer, arn) as client:
            try:
                return Tracker(self._store, Experiments(client, artifacts), self._environment.environment).track(run)
            except MlflowException as error:
                raise TrackingFailed(
                    errors.SERVER_REFUSED,
                    f"{arn} refused run {run} ({error.error_code}: {error.message}): track the run again; if it repeats, "
                    "the platform team has to look at the MLflow App",
                ) from error

    def _writer(self, run: str) -> boto3.Session:
        role = self._environment.tracking_role_arn
        try:
            made = self._sts.assume_role(
                RoleArn=role, RoleSessionName=f"run-{run}"[:64], DurationSeconds=_SESSION_SECONDS
            )
        except ClientError as error:
            raise TrackingFailed(
                errors.ROLE_DENIED,
                f"role {role} can't be assumed ({error.response['Error']['Code']}): the platform team has to deploy the "
                "shared account's Experiments stack and this account's Evaluation stack",
            ) from error
        return boto3.Session(
            aws_access_key_id=made["Credentials"]["AccessKeyId"],
            aws_secret_access_key=made["Credentials"]["SecretAccessKey"],
            aws_session_token=made["Credentials"]["SessionToken"],
        )

    def _app(self, writer: boto3.Session) -> str:
        region, name = _located(self._environment.tracking_parameter)
        ssm: SSMClient = writer.client("ssm", region_name=region, config=_CONFIG)
        try:
            return ssm.get_parameter(Name=name)["Parameter"]["Value"]
        except ClientError as error:
            raise TrackingFailed(
                errors.APP_UNKNOWN,
                f"parameter {name} of the shared account can't be read ({error.response['Error']['Code']}): "
                "the platform team has to deploy its Experiments stack",
            ) from error


def _located(parameter: str) -> tuple[str | None, str]:
    """Region and name of a parameter given by ARN; by its name alone it is in this Region (None)."""
    if not parameter.startswith("arn:"):
        return None, parameter
    region, _, rest = parameter.split(":", 3)[3].partition(":")
    return region, rest.partition(":parameter")[2]


@contextmanager
def signed_by(session: boto3.Session, arn: str) -> Iterator[MlflowClient]:
    """A client of an MLflow App, its requests signed by this session.

    The plugin learns the App from MLflow's tracking URI, which the whole process shares, and the session from the
    context (sagemaker-mlflow, auth_provider.py and session.py).
    """
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(arn)
    try:
        with use_session(session):
            yield MlflowClient(tracking_uri=arn)
    finally:
        mlflow.set_tracking_uri(before)
