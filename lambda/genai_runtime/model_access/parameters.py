"""The Parameter Store, cached."""

from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.parameters import SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.exceptions import ClientError

from genai_runtime.model_access import errors
from genai_runtime.model_access.deadline import OutOfTime
from genai_runtime.model_access.errors import RequestFailed

if TYPE_CHECKING:
    from mypy_boto3_ssm.client import SSMClient

# A changed or withdrawn contract takes effect within this time.
MAX_AGE_SECONDS = 60

_DENIED = frozenset({"AccessDeniedException", "AccessDenied"})


class SsmParameters:
    """Reads contracts. Values are plain strings: nothing secret is in them.

    :param max_age: seconds; 0 reads each time
    """

    def __init__(self, client: "SSMClient", *, max_age: int = MAX_AGE_SECONDS) -> None:
        self._provider = SSMProvider(boto3_client=client)
        self._max_age = max_age

    def read(self, name: str) -> str | None:
        """The value, at most `max_age` old; None when there is no such parameter. Raises RequestFailed."""
        try:
            return str(self._provider.get(name, max_age=self._max_age))
        except GetParameterError as error:
            cause = error.__context__  # Powertools raises inside its handler of the real error
            if isinstance(cause, ClientError) and cause.response["Error"]["Code"] == "ParameterNotFound":
                return None
            raise contract_error(f"parameter {name}", cause) from error


def contract_error(what: str, cause: BaseException | None) -> RequestFailed:
    """The coded failure for something that could not be read although it should be there."""
    if isinstance(cause, OutOfTime):
        return out_of_time(f"reading {what}")
    code = cause.response["Error"]["Code"] if isinstance(cause, ClientError) else type(cause).__name__
    if code in _DENIED:
        return RequestFailed(
            errors.CONTRACT_DENIED,
            f"this function may not read {what}: the platform team has to check its role and the endpoint's policy",
        )
    return RequestFailed(
        errors.CONTRACT_UNAVAILABLE, f"{what} could not be read ({code}): send the request again in a minute"
    )


def out_of_time(doing: str) -> RequestFailed:
    """The coded failure for work that the function's time is too short for."""
    return RequestFailed(
        errors.OUT_OF_TIME,
        f"no time left for {doing}: send the request again; if it repeats, ask for a shorter answer or have the "
        "function's time-out raised",
    )
