"""Ends an experiment that breached a limit: one record in the log, and AppConfig shows it."""

from collections.abc import Callable

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from genai_runtime.live import errors
from genai_runtime.live.changes import next_record
from genai_runtime.live.errors import LiveError
from genai_runtime.live.log import Log, SequenceTaken
from genai_runtime.live.reconcile import Reconciler
from genai_runtime.live.requests import Rollback

BY = "observe"
_ATTEMPTS = 5

logger = Logger(child=True)


class Ending:
    """Asked twice, it changes nothing the second time. What the experiment ends with was live before it, so that no check
    stands in its way.

    :param now: ISO 8601, UTC
    """

    def __init__(self, log: Log, reconciler: Reconciler, now: Callable[[], str]) -> None:
        self._log = log
        self._reconciler = reconciler
        self._now = now

    def rollback(self, use_case: str, experiment: str, reason: str) -> None:
        """Record it, and show it.

        Raises LiveError and botocore's errors where it can't be recorded. Where it can't be shown the log has it all the
        same, and the function Reconcile shows it within a minute.
        """
        request = Rollback(use_case=use_case, experiment=experiment, by=BY, reason=reason)
        self._record(request)
        try:
            self._reconciler.show(use_case)
        except (LiveError, ClientError, BotoCoreError):
            logger.exception("rollback not shown yet", extra={"use_case": use_case, "code": errors.NOT_SHOWN})

    def _record(self, request: Rollback) -> None:
        for left in reversed(range(_ATTEMPTS)):
            try:
                record = next_record(self._log.history(request.use_case), request, now=self._now())
                if record is not None:
                    self._log.append(record)
                    logger.warning("rolled back", extra={"use_case": request.use_case, "reason": request.reason})
                return
            except SequenceTaken:
                if not left:
                    raise
