"""Copies of requests for the candidate of a shadow experiment."""

from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from genai_runtime.live.records import ShadowCopy
from genai_runtime.model_access.deadline import OutOfTime

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

MAX_MESSAGE_BYTES = 256 * 1024

logger = Logger(child=True)


class ShadowQueue:
    """Sends copies to a queue. The answer is stored and doesn't depend on it, so no fault is raised."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, copy: ShadowCopy) -> bool:
        """Whether the copy is on its way; one that no message can hold isn't."""
        about: dict[str, object] = {"use_case": copy.use_case, "experiment": copy.experiment}
        try:
            body = copy.model_dump_json()
        except ValueError:  # half of a surrogate pair in the model's answer; the fault's message would repeat it
            logger.warning("shadow copy is no Unicode text", extra=about)
            return False
        size = len(body.encode())
        about["bytes"] = size
        if size > MAX_MESSAGE_BYTES:
            logger.warning("shadow copy too large", extra=about)
            return False
        try:
            self._client.send_message(QueueUrl=self._url, MessageBody=body)
        except (ClientError, BotoCoreError, OutOfTime):
            logger.exception("shadow copy not sent", extra=about)
            return False
        return True
