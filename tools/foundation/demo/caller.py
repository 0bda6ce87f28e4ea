"""A person of a line of business: an IAM user who becomes a use case's caller and invokes its alias, nothing more."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import boto3
from botocore.config import Config

from foundation.local.target import Target

USER = "foundation-demo"
PREFIX = "/genai-foundation"


class UseCaseCaller:
    """Invokes the model access function on behalf of one use case."""

    def __init__(self, client: Any, function: str, use_case: str, feedback: str) -> None:
        self._client = client
        self._function = function
        self._use_case = use_case
        self._feedback = feedback

    def rate(self, record: str, rating: str) -> dict[str, Any]:
        """Tell what a user thought of an answer (`record` of its result), `up` or `down`."""
        body = json.dumps({"record": record, "rating": rating}).encode()
        answer = self._client.invoke(FunctionName=self._feedback, Qualifier=self._use_case, Payload=body)
        said: dict[str, Any] = json.loads(answer["Payload"].read())
        return said

    def ask(self, payload: dict[str, Any]) -> tuple[dict[str, Any], float]:
        """The result and the seconds that it took, as the caller sees it."""
        started = time.monotonic()
        answer = self._client.invoke(
            FunctionName=self._function, Qualifier=self._use_case, Payload=json.dumps(payload).encode()
        )
        body = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            body = {"outcome": "failed", "error": {"code": answer["FunctionError"], "message": str(body)}}
        return body, time.monotonic() - started


@contextmanager
def use_case_caller(target: Target, account: str, region: str, use_case: str) -> Iterator[UseCaseCaller]:
    """A caller for the time of the block; its access key is deleted afterwards."""
    ssm = target.client("ssm", account, region)

    def parameter(key: str) -> str:
        return str(ssm.get_parameter(Name=f"{PREFIX}/{key}")["Parameter"]["Value"])

    role = parameter(f"use-cases/{use_case}/caller-role-arn")
    function, feedback = parameter("model-access/function-name"), ""
    with suppress(ssm.exceptions.ParameterNotFound):  # the recovery Region has no ratings
        feedback = parameter("live/feedback-function-name")
    iam = target.client("iam", account, region)
    _user_who_may_assume(iam, role)
    key = iam.create_access_key(UserName=USER)["AccessKey"]
    try:
        user = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=region)
        sts = user.client("sts", endpoint_url=target.url)
        session = sts.assume_role(RoleArn=role, RoleSessionName="demo")["Credentials"]
        caller = boto3.Session(
            session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"], region_name=region
        )
        config = Config(read_timeout=150, retries={"total_max_attempts": 1})
        yield UseCaseCaller(
            caller.client("lambda", endpoint_url=target.url, config=config), function, use_case, feedback
        )
    finally:
        iam.delete_access_key(UserName=USER, AccessKeyId=key["AccessKeyId"])


def _user_who_may_assume(iam: Any, role: str) -> None:
    with suppress(iam.exceptions.EntityAlreadyExistsException):  # of an earlier demo: the same user serves
        iam.create_user(UserName=USER)
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_user_policy(UserName=USER, PolicyName=role.rsplit("/", 1)[-1], PolicyDocument=json.dumps(policy))
