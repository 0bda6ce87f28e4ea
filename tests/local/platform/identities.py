"""People with just the permissions that a test gives them."""

import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import boto3

from foundation.local.target import Target


@contextmanager
def person(
    target: Target,
    account: str,
    region: str,
    *,
    policy_arns: Sequence[str] = (),
    statements: Sequence[dict[str, Any]] = (),
) -> Iterator[boto3.Session]:
    """A session of an IAM user of the account with these policies; the user is deleted afterwards."""
    iam = target.client("iam", account, region)
    name = f"test-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    for arn in policy_arns:
        iam.attach_user_policy(UserName=name, PolicyArn=arn)
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    try:
        yield boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=region)
    finally:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        for arn in policy_arns:
            iam.detach_user_policy(UserName=name, PolicyArn=arn)
        if statements:
            iam.delete_user_policy(UserName=name, PolicyName="own")
        iam.delete_user(UserName=name)


def parameter(target: Target, account: str, region: str, key: str) -> str:
    """A contract value of an account and Region."""
    ssm = target.client("ssm", account, region)
    return str(ssm.get_parameter(Name=f"/genai-foundation/{key}")["Parameter"]["Value"])
