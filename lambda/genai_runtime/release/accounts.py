"""Sessions in the workload accounts: this function's role becomes one of the pipeline's roles there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

import boto3
from botocore.exceptions import ClientError

from genai_runtime.release.clients import CONFIG
from genai_runtime.release.errors import PARAMETER_MISSING, ROLE_DENIED, ReleaseRefused
from genai_runtime.release.manifest import Environment

if TYPE_CHECKING:
    from mypy_boto3_ssm.client import SSMClient
    from mypy_boto3_sts.client import STSClient
    from mypy_boto3_sts.type_defs import AssumeRoleRequestTypeDef

Role = Literal["deployer", "evaluator", "activator", "publisher"]
Place = Environment | Literal["data-governance"]
EVALUATION_BUCKET: Final = "/genai-foundation/evaluation/bucket"
ACTIVATE_FUNCTION: Final = "/genai-foundation/live/activate-function-name"
REDACT_FUNCTION: Final = "/genai-foundation/evaluation/redact-function-name"
SHORT_SECONDS: Final = 900
DEPLOY_SECONDS: Final = 3600
"""The most that STS gives to a role that was assumed by a role."""


@dataclass(frozen=True, repr=False)
class Credentials:
    """Of a session. Has no repr, so that no log can hold them."""

    access_key_id: str
    secret_access_key: str
    session_token: str
    expiration: datetime


class Accounts:
    """The accounts by environment, all in the primary Region. Raises ReleaseRefused where an account isn't set up."""

    def __init__(self, sts: "STSClient", accounts: Mapping[Place, str], region: str) -> None:
        self._sts = sts
        self._accounts = accounts
        self._region = region

    def assume(
        self,
        environment: Place,
        role: Role,
        session: str,
        *,
        seconds: int = SHORT_SECONDS,
        tags: Mapping[str, str] | None = None,
    ) -> Credentials:
        """Credentials of a role there; `tags` go along into the roles that it assumes itself."""
        arn = f"arn:aws:iam::{self._accounts[environment]}:role/genai-foundation-release-{role}"
        asked: AssumeRoleRequestTypeDef = {
            "RoleArn": arn,
            "RoleSessionName": session[:64],
            "DurationSeconds": seconds,
        }
        if tags:
            asked["Tags"] = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
            asked["TransitiveTagKeys"] = sorted(tags)
        try:
            made = self._sts.assume_role(**asked)["Credentials"]
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("AccessDenied", "AccessDeniedException"):
                raise
            raise ReleaseRefused(
                ROLE_DENIED,
                f"role {arn} can't be assumed: deploy the stack ReleaseAccess of {environment}, and the stack Pipeline of the "
                "shared account",
            ) from error
        return Credentials(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"], made["Expiration"])

    def session(self, environment: Place, role: Role, name: str) -> boto3.Session:
        """A session of 15 minutes."""
        made = self.assume(environment, role, name)
        return boto3.Session(
            aws_access_key_id=made.access_key_id,
            aws_secret_access_key=made.secret_access_key,
            aws_session_token=made.session_token,
            region_name=self._region,
        )


def governance(sts: "STSClient", account: str, region: str) -> Accounts:
    """The governance account."""
    return Accounts(sts, {"data-governance": account}, region)


def parameter(session: boto3.Session, name: str) -> str:
    """What a stack of the session's account published."""
    ssm: SSMClient = session.client("ssm", config=CONFIG)
    try:
        return ssm.get_parameter(Name=name)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound as error:
        raise ReleaseRefused(
            PARAMETER_MISSING,
            f"parameter {name} doesn't exist in the account of the environment: deploy the stack that publishes it "
            "(Evaluation or Live)",
        ) from error
