"""An event source mapping reads with the role of its function: CloudFormation refuses one whose role may not.

Permissions: AWS Lambda Developer Guide, "Process Amazon DynamoDB records with Lambda", "Using Lambda with Amazon SQS".
"""

from __future__ import annotations

from ministack.core.responses import get_account_id, get_region
from ministack.services import lambda_svc, sqs

from foundation.local.authorization import keys
from foundation.local.authorization.checks import Check, Request
from foundation.local.authorization.state_machines import Caller, denial

_STREAM = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
_QUEUE = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")


def denial_of_reading(source_arn: str, function: str, failures_arn: str = "") -> str | None:
    """Why a function's role may not read its source, or send what it gave up to the other queue; None when it may."""
    record = lambda_svc._functions.get(function.split(":function:")[-1].split(":")[0])
    if record is None:
        return None
    role = str(record["config"]["Role"])
    return denial(Caller(role, str(record["config"]["FunctionName"])), _needed(source_arn, failures_arn))


def _needed(source_arn: str, failures_arn: str) -> list[Check]:
    checks: list[Check] = []
    service = source_arn.split(":")[2]
    for action in {"dynamodb": _STREAM, "sqs": _QUEUE}.get(service, ()):
        checks += _with_key(Check(action, source_arn, service))
    if failures_arn and sqs._queue_by_arn(failures_arn) is not None:
        checks += _with_key(Check("sqs:SendMessage", failures_arn, "sqs"))
    return checks


def _with_key(check: Check) -> list[Check]:
    request = Request(check.service, "POST", "/", {}, b"", {}, get_region(), get_account_id())
    return list(keys.permissions(request, check) or [check])
