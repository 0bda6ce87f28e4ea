"""Custom resource events and what CloudFormation was answered."""

from dataclasses import dataclass
from typing import Any

from tests.unit.runtime.fake_aws import FakeAws


@dataclass
class Context:
    """Lambda's context."""

    seconds: float = 300
    aws_request_id: str = "request-1"
    log_stream_name: str = "stream-1"

    def get_remaining_time_in_millis(self) -> int:
        """As Lambda names it."""
        return int(self.seconds * 1000)


def event(
    aws: FakeAws,
    kind: str,
    resource_type: str = "Custom::Thing",
    properties: dict[str, Any] | None = None,
    physical_id: str | None = None,
) -> dict[str, Any]:
    """An event as CloudFormation sends it."""
    sent: dict[str, Any] = {
        "RequestType": kind,
        "ResourceType": resource_type,
        "ResponseURL": f"{aws.url}/cloudformation-response?Signature=secret",
        "StackId": "arn:aws:cloudformation:eu-west-1:222222222222:stack/dev-Security/1",
        "RequestId": "event-1",
        "LogicalResourceId": "Thing",
        "ResourceProperties": {"ServiceToken": "arn:aws:lambda:x", **(properties or {})},
    }
    return sent | ({"PhysicalResourceId": physical_id} if physical_id else {})


def answers(aws: FakeAws) -> list[dict[str, Any]]:
    """What was PUT to the response URL."""
    return [call.body for call in aws.calls_of("cloudformation:Response")]
