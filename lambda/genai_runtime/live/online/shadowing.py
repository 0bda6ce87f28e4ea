"""One copy of a request: the candidate is asked once, and its answer scored beside the one that was returned."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, Protocol

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from genai_runtime.live.online.agreement import Agreement, Answer, agreement
from genai_runtime.live.records import ShadowCopy
from genai_runtime.model_access.errors import RequestFailed

Outcome = Literal["scored", "unanswered", "over", "repeated"]
"""`unanswered`: the candidate's audit record says why. `over`: its experiment has ended. `repeated`: asked before."""
_ANSWERS = frozenset({"answered", "masked", "blocked"})

logger = Logger(child=True)


class Items(Protocol):
    """The audit table: adds items under new keys. Raises botocore's errors."""

    def claim(self, item: Mapping[str, Any]) -> bool:
        """Add an item that isn't there, or take one that was given back; False when somebody has it."""

    def put(self, item: Mapping[str, Any]) -> None:
        """Add or replace an item."""


class AuditItems:
    """Items in DynamoDB.

    :param table: boto3's resource
    """

    def __init__(self, table: Any) -> None:
        self._table = table

    def claim(self, item: Mapping[str, Any]) -> bool:
        """One conditional write."""
        try:
            self._table.put_item(
                Item=dict(item),
                ConditionExpression="attribute_not_exists(use_case) OR given_back = :yes",
                ExpressionAttributeValues={":yes": True},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def put(self, item: Mapping[str, Any]) -> None:
        """One write."""
        self._table.put_item(Item=dict(item))


class Shadowing:
    """Asks at most once for each copy, however often it is delivered: a question is paid, a lost score is not missed.

    Before the question the copy is claimed under `COPY.AT#shadow-claim`; the score lies under `COPY.AT#scored`. A function
    that is killed in between leaves the claim: the copy is then neither asked again nor scored.

    :param ask: asks the candidate: ModelAccess' result, None when the experiment is over; raises RequestFailed when that
        can't be found out
    """

    def __init__(
        self,
        ask: Callable[[ShadowCopy], Mapping[str, Any] | None],
        items: Items,
        *,
        retention_days: int,
        now: Callable[[], datetime],
    ) -> None:
        self._ask = ask
        self._items = items
        self._retention = timedelta(days=retention_days)
        self._now = now

    def handle(self, copy: ShadowCopy) -> Outcome:
        """Ask, and score. Raises RequestFailed and botocore's errors: have the copy delivered again."""
        if not self._items.claim(self._item(copy, "shadow-claim")):
            logger.info("copy was asked before", extra={"use_case": copy.use_case, "at": copy.at})
            return "repeated"
        try:
            result = self._ask(copy)
        except RequestFailed:  # nothing was asked
            self._items.put(self._item(copy, "shadow-claim") | {"given_back": True})
            raise
        if result is None:
            return "over"
        if result["outcome"] not in _ANSWERS:
            return "unanswered"
        shadow = Answer(str(result["outcome"]), str(result["answer"]), str(result["stop_reason"]))
        self._items.put(self._scored(copy, agreement(Answer(copy.outcome, copy.answer), shadow)))
        return "scored"

    def _scored(self, copy: ShadowCopy, found: Agreement) -> dict[str, Any]:
        return self._item(copy, "scored") | {
            "kind": "scored",
            "experiment": copy.experiment,
            "arm": "shadow",
            "score": Decimal(f"{found.score:.4f}"),
            "disagrees": found.disagrees,
        }

    def _item(self, copy: ShadowCopy, kind: str) -> dict[str, Any]:
        now = self._now()
        return {
            "use_case": copy.use_case,
            "at": f"{copy.at}#{kind}",
            "written_at": now.isoformat(timespec="microseconds"),
            "expires_at": int((now + self._retention).timestamp()),
        }
