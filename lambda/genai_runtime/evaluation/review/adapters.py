"""Notifications and task tokens: SNS and Step Functions."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_sns.client import SNSClient
    from mypy_boto3_stepfunctions.client import SFNClient

_NOBODY_WAITS = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})


class Topic:
    """Tells reviewers. Subscribers may filter by the attributes `reviewer`, `run` and `form`."""

    def __init__(self, client: "SNSClient", arn: str) -> None:
        self._client = client
        self._arn = arn

    def notify(self, subject: str, message: str, attributes: Mapping[str, str]) -> None:
        """Publish. Raises botocore's errors."""
        self._client.publish(
            TopicArn=self._arn,
            Subject=subject,
            Message=message,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )


class Executions:
    """State machines that wait for a form."""

    def __init__(self, client: "SFNClient") -> None:
        self._client = client

    def resume(self, token: str, form: str) -> bool:
        """Let the execution go on; False where it doesn't wait any longer (a reminder is under way, or it ended).

        Raises botocore's other errors.
        """
        try:
            self._client.send_task_success(taskToken=token, output=json.dumps({"form": form, "answered": True}))
        except ClientError as error:
            if error.response["Error"]["Code"] in _NOBODY_WAITS:
                return False
            raise
        return True
