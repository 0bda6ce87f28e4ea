"""S3's account-level public access block, which covers buckets that exist and those to come.

ResourceProperties: AccountId.
"""

import re
from typing import TYPE_CHECKING

import boto3

from genai_runtime.custom_resources.protocol import CLIENT_CONFIG, Answer, Request

if TYPE_CHECKING:
    from botocore.awsrequest import AWSRequest

PHYSICAL_ID = "account-public-access-block"

_ACCOUNT_BEFORE_ADDRESS = re.compile(r"^(https?://)\d{12}\.(?=\d{1,3}(?:\.\d{1,3}){3}[:/])")


def act(request: Request) -> Answer:
    """Turn all four settings on. Delete leaves them on: a stack that goes must not open an account's buckets."""
    if request.type != "Delete":
        s3control = boto3.client("s3control", config=CLIENT_CONFIG)
        s3control.meta.events.register("before-sign.s3-control", _keep_address)
        s3control.put_public_access_block(
            AccountId=request.text("AccountId"),
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )
    return Answer(request.physical_id or PHYSICAL_ID, {})


def _keep_address(request: "AWSRequest", **_: object) -> None:
    """The SDK makes the account a sub-domain of the endpoint; an endpoint that is an IP address (AWS_ENDPOINT_URL) has
    no sub-domains. Upstream: https://github.com/aws/aws-sdk-js-v3/issues/7146, the same in botocore."""
    request.url = _ACCOUNT_BEFORE_ADDRESS.sub(r"\1", str(request.url))
