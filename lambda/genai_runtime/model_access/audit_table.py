"""The audit table in DynamoDB."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from genai_runtime.model_access import errors
from genai_runtime.model_access.audit import Value
from genai_runtime.model_access.deadline import OutOfTime
from genai_runtime.model_access.errors import RequestFailed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


class AuditTable:
    """Appends records; none is ever overwritten."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def write(self, record: Mapping[str, Value]) -> None:
        """Store the record. Raises RequestFailed (GF-AUD-001) when it isn't stored for certain."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item={name: _attribute(value) for name, value in record.items()},
                ConditionExpression="attribute_not_exists(use_case)",
            )
        except (ClientError, BotoCoreError, OutOfTime) as error:
            if _is_stored(error):
                return
            raise RequestFailed(
                errors.AUDIT_NOT_WRITTEN,
                "the audit record could not be stored, so the answer is withheld: send the request again later",
            ) from error


def _is_stored(error: Exception) -> bool:
    """The key holds this request's id and microsecond: an item under it is our own, from an attempt whose response was
    lost."""
    return isinstance(error, ClientError) and error.response["Error"]["Code"] == "ConditionalCheckFailedException"


def _attribute(value: Value) -> "AttributeValueTypeDef":
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, int):
        return {"N": str(value)}
    return {"L": [{"S": item} for item in value]}
