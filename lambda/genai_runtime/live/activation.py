"""A change of what is live, from the request to what AppConfig shows."""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from genai_runtime.base import Record, Sha256
from genai_runtime.live import errors
from genai_runtime.live.changes import Readiness, next_record
from genai_runtime.live.errors import LiveError
from genai_runtime.live.log import Log, SequenceTaken
from genai_runtime.live.reconcile import Reconciler
from genai_runtime.live.records import Document, LogRecord
from genai_runtime.live.requests import Change, Promote, Release, ReleaseAll

_ATTEMPTS = 5

logger = Logger(child=True)


class Checks(Protocol):
    """Refuses documents that may not go live here, with a LiveError."""

    def check(self, document: Document) -> None: ...


class Refusal(Record):
    """Why a use case's change was refused, or isn't shown."""

    code: str
    message: str


class Changed(Record):
    """What came of a request for one use case."""

    use_case: str
    changed: bool = False
    """A record was appended; False when it was fulfilled before, or is refused."""
    sequence: int = 0
    """The newest record."""
    manifest: Sha256 | None = None
    """Of the newest record."""
    state: Literal["refused", "deploying", "shown"]
    """`deploying`: AppConfig doesn't show the newest record yet; the schedule goes on with it."""
    error: Refusal | None = None


class Report(Record):
    """Result of the function Activate."""

    complete: bool
    """Everything that was asked for is recorded and shown."""
    refused: bool
    """Something is refused: asking again gives the same. Of a release, then no use case was changed."""
    use_cases: tuple[Changed, ...]


class Activation:
    """Decides, appends and shows. Asked twice, it changes nothing the second time.

    :param readiness: of a use case's experiment, by their names; None where nothing was observed yet
    :param now: ISO 8601, UTC
    """

    def __init__(
        self,
        *,
        log: Log,
        validator: Checks,
        reconciler: Reconciler,
        readiness: Callable[[str, str], Readiness | None],
        now: Callable[[], str],
    ) -> None:
        self._log = log
        self._validator = validator
        self._reconciler = reconciler
        self._readiness = readiness
        self._now = now

    def change(self, request: Change | ReleaseAll) -> Report:
        """Fulfil a request. A release of several use cases changes none of them when one is refused.

        Raises RequestFailed and botocore's errors where the log or the contracts can't be read: ask again.
        """
        requests = request.each() if isinstance(request, ReleaseAll) else (request,)
        refused = self._refused(requests) if len(requests) > 1 else {}
        if refused:
            return _report([_refusal(each, refused.get(each.use_case)) for each in requests])
        outcomes = {each.use_case: self._appended(each) for each in requests}
        return _report([self._shown(each, outcomes[each.use_case]) for each in requests])

    def _refused(self, requests: Sequence[Change]) -> dict[str, LiveError]:
        found = {}
        for each in requests:
            try:
                self._decided(each)
            except LiveError as error:
                found[each.use_case] = error
        return found

    def _decided(self, request: Change) -> LogRecord | None:
        history = self._log.history(request.use_case)
        readiness = None
        if isinstance(request, Promote):
            readiness = self._readiness(request.use_case, request.experiment)
        record = next_record(history, request, now=self._now(), readiness=readiness)
        if record and not narrows(record, history[-1] if history else None):
            self._validator.check(record.document)
        return record

    def _appended(self, request: Change) -> bool | LiveError:
        """Whether a record was appended, or why not."""
        for _ in range(_ATTEMPTS):
            try:
                record = self._decided(request)
                if record is None:
                    return False
                self._log.append(record)
            except SequenceTaken as error:
                if request.expected_sequence is not None:
                    return error
                logger.info("decided again", extra={"use_case": request.use_case, "code": error.code})
            except LiveError as error:
                return error
            else:
                logger.info("recorded", extra={"use_case": request.use_case, "sequence": record.document.sequence})
                return True
        return SequenceTaken(
            errors.SEQUENCE_TAKEN,
            f"{_ATTEMPTS} times someone else was faster to change {request.use_case!r}: look at what is live now, and ask again",
        )

    def _shown(self, request: Change, outcome: bool | LiveError) -> Changed:
        if isinstance(outcome, LiveError):
            return _refusal(request, outcome)
        error: Refusal | None = None
        state: Literal["refused", "deploying", "shown"] = "deploying"
        try:
            if self._reconciler.show(request.use_case).state == "shown":
                state = "shown"
        except LiveError as found:
            error = _told(found)
        except (ClientError, BotoCoreError) as found:
            logger.exception("not shown yet", extra={"use_case": request.use_case, "code": errors.NOT_SHOWN})
            error = Refusal(
                code=errors.NOT_SHOWN, message=f"appconfig can't be used: {found}: the schedule tries again"
            )
        newest = self._log.newest(request.use_case)
        if isinstance(request, Release) and newest and newest.document.manifest != request.manifest:
            state, error = "refused", _told(_replaced(request, newest))
        return Changed(
            use_case=request.use_case,
            changed=outcome,
            sequence=newest.document.sequence if newest else 0,
            manifest=newest.document.manifest if newest else None,
            state=state,
            error=error,
        )


def narrows(record: LogRecord, before: LogRecord | None) -> bool:
    """Whether a record only ends an experiment: nothing new goes live, and no check may stand in the way of that."""
    if before is None or record.document.experiment is not None:
        return False
    return record.document.stable == before.document.stable


def _replaced(request: Release, newest: LogRecord) -> LiveError:
    return LiveError(
        errors.REPLACED,
        f"manifest {request.manifest} was live for {request.use_case!r}, and record {newest.document.sequence} took its "
        f"place ({newest.action} by {newest.by}: {newest.reason or 'no reason given'}): start a new execution to release it "
        "again",
    )


def _told(error: LiveError) -> Refusal:
    return Refusal(code=error.code, message=error.message)


def _refusal(request: Change, error: LiveError | None) -> Changed:
    return Changed(use_case=request.use_case, state="refused", error=_told(error) if error else None)


def _report(changed: Sequence[Changed]) -> Report:
    return Report(
        complete=all(each.state == "shown" for each in changed),
        refused=any(each.state == "refused" for each in changed),
        use_cases=tuple(changed),
    )
