"""Bedrock's model invocation logging: one setting per account and Region that CloudFormation has no type for.

ResourceProperties: LogGroupName, RoleArn (assumed by Bedrock), BucketName (bodies over 100 KB), KeyPrefix.
"""

import time
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from genai_runtime.custom_resources.protocol import CLIENT_CONFIG, NEVER_CREATED, Answer, Request, ResourceError

if TYPE_CHECKING:
    from mypy_boto3_bedrock.client import BedrockClient
    from mypy_boto3_bedrock.type_defs import LoggingConfigTypeDef

# One setting, one identity: a changed property never makes CloudFormation delete the "old" setting after the update.
PHYSICAL_ID = "model-invocation-logging"

# Bedrock tries the role and the bucket when it is told of them; IAM takes seconds to spread a new role's policy.
_PERMISSION_PAUSES = (2.0, 4.0, 8.0, 16.0, 16.0)


def act(request: Request) -> Answer:
    """Put the setting; on Delete remove it if it is still this resource's."""
    bedrock = boto3.client("bedrock", config=CLIENT_CONFIG)
    if request.type != "Delete":
        _put(bedrock, logging_config(request))
        return Answer(PHYSICAL_ID, {})
    if request.physical_id != NEVER_CREATED and _is_current(bedrock, request):
        bedrock.delete_model_invocation_logging_configuration()
    return Answer(request.physical_id or PHYSICAL_ID, {})


def logging_config(request: Request) -> "LoggingConfigTypeDef":
    """Text, image and embedding data to the log group; what is too large for an event to the bucket."""
    return {
        "cloudWatchConfig": {
            "logGroupName": request.text("LogGroupName"),
            "roleArn": request.text("RoleArn"),
            "largeDataDeliveryS3Config": {
                "bucketName": request.text("BucketName"),
                "keyPrefix": request.text("KeyPrefix"),
            },
        },
        "textDataDeliveryEnabled": True,
        "imageDataDeliveryEnabled": True,
        "embeddingDataDeliveryEnabled": True,
    }


def _put(bedrock: "BedrockClient", config: "LoggingConfigTypeDef") -> None:
    for pause in (*_PERMISSION_PAUSES, None):
        try:
            bedrock.put_model_invocation_logging_configuration(loggingConfig=config)
        except ClientError as error:
            if not _is_permission_check(error):
                raise
            if pause is None:
                raise ResourceError(
                    f"bedrock can't write to the log group or the bucket with the role {config['cloudWatchConfig']}: "
                    f"GF-CRS-010: {error}: check the role's trust and policy, the bucket's policy and the key's policy"
                ) from error
            time.sleep(pause)
        else:
            return


def _is_permission_check(error: ClientError) -> bool:
    details = error.response["Error"]
    return details["Code"] == "ValidationException" and "permission" in details["Message"].lower()


def _is_current(bedrock: "BedrockClient", request: Request) -> bool:
    """Whether the account's setting still points to this resource's log group: another stack's is not ours to remove."""
    current = bedrock.get_model_invocation_logging_configuration().get("loggingConfig", {})
    return current.get("cloudWatchConfig", {}).get("logGroupName") == request.properties.get("LogGroupName")
