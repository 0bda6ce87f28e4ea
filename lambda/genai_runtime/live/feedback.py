"""What users think of answers: one rating for an answer, beside its audit record."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Protocol

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError
from pydantic import StringConstraints, ValidationError

from genai_runtime.base import Record
from genai_runtime.live import errors
from genai_runtime.live.errors import LiveError
from genai_runtime.model_access.errors import RequestRejected
from genai_runtime.model_access.request import use_case_of

Rating = Literal["up", "down"]

logger = Logger(child=True)

_ANSWERS = frozenset({"answered", "masked", "blocked"})
# Of a request that a user got an answer to: the time and the request's id, and nothing behind it.
_At = Annotated[str, StringConstraints(pattern=r"^[0-9T:.+-]{20,40}#[^#\s]{1,128}$")]


class FeedbackRequest(Record):
    """The function's event. No text: what a user writes about an answer is as confidential as the conversation."""

    record: _At
    """`record` of ModelAccess' result."""
    rating: Rating


class FeedbackResult(Record):
    """What the caller is told. The first rating of an answer counts; `given` is that one."""

    outcome: Literal["recorded", "already-rated", "rejected"]
    given: Rating | None = None
    error: dict[str, str] | None = None


class Records(Protocol):
    """The audit table."""

    def read(self, use_case: str, at: str) -> Mapping[str, Any] | None: ...

    def add(self, item: Mapping[str, Any]) -> bool: ...


class AuditRecords:
    """The audit table in DynamoDB. Raises botocore's errors.

    :param table: boto3's resource
    """

    def __init__(self, table: Any) -> None:
        self._table = table

    def read(self, use_case: str, at: str) -> Mapping[str, Any] | None:
        """A record, read consistently."""
        item: Mapping[str, Any] | None = self._table.get_item(
            Key={"use_case": use_case, "at": at}, ConsistentRead=True
        ).get("Item")
        return item

    def add(self, item: Mapping[str, Any]) -> bool:
        """Add a record; False when there is one under its key."""
        try:
            self._table.put_item(Item=dict(item), ConditionExpression="attribute_not_exists(use_case)")
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True


class Feedback:
    """Takes ratings.

    A rating has the key `RECORD#feedback` and names the answer's experiment, arm and user, so that it is counted with it.
    """

    def __init__(
        self, records: Records, *, retention_days: int, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._records = records
        self._retention = timedelta(days=retention_days)
        self._now = now

    def take(self, event: object, function_arn: str) -> FeedbackResult:
        """Record a rating of the use case whose alias was invoked. Faults of the table are raised: the caller tries again."""
        try:
            use_case = _use_case(function_arn)
            request = _parsed(event)
            answer = self._answer(use_case, request)
        except LiveError as error:
            logger.info("feedback rejected", extra={"code": error.code})
            return FeedbackResult(outcome="rejected", error={"code": error.code, "message": error.message})
        item = self._item(answer, request)
        if self._records.add(item):
            return FeedbackResult(outcome="recorded", given=request.rating)
        stored = self._records.read(use_case, str(item["at"])) or item
        return FeedbackResult(outcome="already-rated", given=stored["rating"])

    def _answer(self, use_case: str, request: FeedbackRequest) -> Mapping[str, Any]:
        answer = self._records.read(use_case, request.record)
        if answer is None or answer.get("outcome") not in _ANSWERS:
            raise LiveError(
                errors.FEEDBACK_UNKNOWN,
                f"{use_case!r} has no answer {request.record!r}: send `record` of an answer's result, within its retention",
            )
        return answer

    def _item(self, answer: Mapping[str, Any], request: FeedbackRequest) -> dict[str, Any]:
        now = self._now()
        carried = {
            name: answer[name]
            for name in (
                "environment",
                "user",
                "prompt",
                "prompt_version",
                "live_sequence",
                "manifest",
                "experiment",
                "arm",
            )
            if name in answer
        }
        return carried | {
            "use_case": answer["use_case"],
            "at": f"{answer['at']}#feedback",
            "kind": "feedback",
            "rating": request.rating,
            "given_at": now.isoformat(timespec="microseconds"),
            "expires_at": int((now + self._retention).timestamp()),
        }


def _use_case(function_arn: str) -> str:
    try:
        return use_case_of(function_arn)
    except RequestRejected as error:
        raise LiveError(errors.FEEDBACK_NO_ALIAS, error.message) from None


def _parsed(event: object) -> FeedbackRequest:
    try:
        return FeedbackRequest.model_validate(event)
    except ValidationError as error:
        found = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_url=False)]
        raise LiveError(
            errors.FEEDBACK_INVALID,
            f"the payload is no feedback: {'; '.join(found[:5])}: send record (of an answer's result) and rating (up or "
            "down), and nothing else",
        ) from None
