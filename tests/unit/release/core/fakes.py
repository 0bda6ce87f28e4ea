"""The services that the emulator doesn't have, or that cost a session."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from tests.unit.release.core.sample import NOW


class CodePipeline:
    """Takes one answer to a job, as the service does."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self.fails: str = ""

    def _answer(self, given: dict[str, Any]) -> None:
        code = self.fails or ("InvalidJobStateException" if self.answers else "")
        if code:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, "PutJobResult")
        self.answers.append(given)

    def put_job_success_result(self, **given: Any) -> None:
        self._answer(given)

    def put_job_failure_result(self, **given: Any) -> None:
        self._answer(given)


@dataclass
class Sts:
    """AssumeRole, as it was asked; `fails` is raised by the next call."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    fails: Exception | None = None

    def assume_role(self, **given: Any) -> Any:
        self.asked.append(given)
        failure, self.fails = self.fails, None
        if failure:
            raise failure
        made = {
            "AccessKeyId": "ASIAEXAMPLE",
            "SecretAccessKey": "secret-of-session",
            "SessionToken": "token-of-session",
            "Expiration": NOW + timedelta(hours=1),
        }
        return {"Credentials": made}


@dataclass(frozen=True)
class LambdaContext:
    """What the handlers' decorators read."""

    function_name: str = "release"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:111111111111:function:release"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"
    seconds: float = 900.0

    def get_remaining_time_in_millis(self) -> int:
        """As at the beginning of the function."""
        return int(self.seconds * 1000)
