"""Messages of the shadow queue."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from genai_runtime.live.online import errors
from genai_runtime.live.online.errors import OnlineError
from genai_runtime.live.online.shadowing import Items, Shadowing
from genai_runtime.live.records import ShadowCopy
from genai_runtime.model_access.request import Invocation
from genai_runtime.model_access.shadow import ShadowAccess

METRICS = {
    "scored": "ShadowScored",
    "unanswered": "ShadowUnanswered",
    "over": "ShadowOver",
    "repeated": "ShadowRepeated",
}

logger = Logger(child=True)


class Copies:
    """Reads messages, and meters what became of each."""

    def __init__(
        self,
        access: ShadowAccess,
        items: Items,
        metrics: Metrics,
        *,
        retention_days: int,
        now: Callable[[], datetime],
    ) -> None:
        self._access = access
        self._items = items
        self._metrics = metrics
        self._retention_days = retention_days
        self._now = now

    def handle(self, body: str, context: LambdaContext) -> None:
        """Handle one message. Raises OnlineError for one that is no copy, and what `Shadowing.handle` raises."""
        copy = parsed(body)
        invocation = Invocation(
            function_arn=context.invoked_function_arn,
            request_id=context.aws_request_id,
            trace_id=context.aws_request_id,
            seconds=context.get_remaining_time_in_millis() / 1000,
        )

        def ask(copy: ShadowCopy) -> Mapping[str, Any] | None:
            return self._access.ask(copy, invocation)

        shadowing = Shadowing(ask, self._items, retention_days=self._retention_days, now=self._now)
        outcome = shadowing.handle(copy)
        logger.info("shadow", extra={"use_case": copy.use_case, "experiment": copy.experiment, "outcome": outcome})
        self._metrics.add_metric(METRICS[outcome], MetricUnit.Count, 1)


def parsed(body: str) -> ShadowCopy:
    """A message's copy. Raises OnlineError (GF-LIVE-203), whose message repeats no value."""
    try:
        return ShadowCopy.model_validate_json(body)
    except ValidationError as error:
        found = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_url=False)]
        raise OnlineError(
            errors.COPY_INVALID,
            f"the message is no copy of a request: {'; '.join(found)}: deploy ModelAccess and Shadow from the same release",
        ) from None
