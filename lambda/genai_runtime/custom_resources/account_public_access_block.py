"""S3's account-level public access block, which covers buckets that exist and those to come.

ResourceProperties: AccountId.
"""

import boto3

from genai_runtime.custom_resources.protocol import CLIENT_CONFIG, Answer, Request

PHYSICAL_ID = "account-public-access-block"


def act(request: Request) -> Answer:
    """Turn all four settings on. Delete leaves them on: a stack that goes must not open an account's buckets."""
    if request.type != "Delete":
        boto3.client("s3control", config=CLIENT_CONFIG).put_public_access_block(
            AccountId=request.text("AccountId"),
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )
    return Answer(request.physical_id or PHYSICAL_ID, {})
