"""The document that is live for a use case, as AppConfig hands it out: asked at most once in an interval, for a second at most.

What was read last stays good while AppConfig can't be asked. A document that is malformed, or names anything beyond the use
case's contract, is not used: the one before it is.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.parameters import AppConfigProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.exceptions import ClientError
from pydantic import ValidationError

from genai_runtime.live.records import Document
from genai_runtime.live.versions import excess
from genai_runtime.model_access.contracts import UseCaseContract
from genai_runtime.model_access.deadline import Deadline

# AppConfig's least interval between two calls of a session (RequiredMinimumPollIntervalInSeconds).
MIN_POLL_SECONDS = 15
# A function that hasn't heard from AppConfig for this long doesn't know whether the candidate was rolled back: it goes on
# without the experiment.
UNCONFIRMED_SECONDS = 60.0
# The longest that a request waits: a new session is two calls, and the second starts only within the rest.
PATIENCE_SECONDS = 1.0
CONNECT_SECONDS = 0.25
READ_SECONDS = 0.35

Fault = Literal["unavailable", "malformed"]

logger = Logger(child=True)


@dataclass(frozen=True)
class Reading:
    """What is live.

    :param document: None where the contract's own versions are
    :param fault: why the document may not be the newest one
    """

    document: Document | None
    fault: Fault | None = None


class ContractsOnly:
    """Where nothing but a use case's contract says what is live."""

    def read(self, contract: UseCaseContract) -> Reading:  # noqa: ARG002
        """No document."""
        return Reading(None)


class Provider(Protocol):
    """Reads the configuration of a profile, in one session after the other."""

    def begin(self) -> None: ...

    def get(self, name: str, max_age: int | None = None, **sdk_options: Any) -> Any: ...

    def restart(self, name: str) -> None: ...


class PatientProvider(AppConfigProvider):
    """Powertools' provider with an end to its patience, and for sessions that can't go on.

    A token is good for one call and 24 hours; Powertools keeps it when the call failed.
    """

    def __init__(self, client: Any, *, application: str, environment: str) -> None:
        super().__init__(environment=environment, application=application, boto3_client=client)
        self._patience = Deadline()
        self._patience.guard(client, lambda: CONNECT_SECONDS + READ_SECONDS)

    def begin(self) -> None:
        """All calls from now on together take PATIENCE_SECONDS at most."""
        self._patience.start(PATIENCE_SECONDS)

    def restart(self, name: str) -> None:
        """Forget the session of a profile: the next call starts another one."""
        self._next_token.pop(name, None)


@dataclass
class _Known:
    """Of one use case."""

    raw: bytes | None = None
    current: Document | None = None  # what `raw` holds, None when it is malformed
    good: Document | None = None  # the last one that was used
    fault: Fault | None = None
    confirmed: float = float("-inf")
    again: float = float("-inf")


class Source:
    """Reads documents of use cases.

    :param max_age: seconds until AppConfig is asked again
    :param clock: of the wall: a monotonic one may stand still while Lambda keeps an environment frozen
    """

    def __init__(self, provider: Provider, *, max_age: int, clock: Callable[[], float] = time.time) -> None:
        self._provider = provider
        self._max_age = max_age
        self._clock = clock
        self._known: dict[str, _Known] = {}

    def read(self, contract: UseCaseContract) -> Reading:
        """What is live for the contract's use case, within the contract."""
        known = self._known.setdefault(contract.name, _Known())
        if self._clock() >= known.again:
            self._refresh(contract.name, known)
        document, fault = _usable(known, contract)
        if document and document.experiment and self._clock() - known.confirmed > UNCONFIRMED_SECONDS:
            document = document.model_copy(update={"experiment": None})
        return Reading(document, known.fault or fault)

    def _refresh(self, name: str, known: _Known) -> None:
        try:
            raw = self._fetched(name)
        except GetParameterError as error:
            logger.warning("live configuration unavailable", extra={"use_case": name, "cause": _cause(error)})
            raw, known.fault = known.raw, "unavailable"
        else:
            known.confirmed = self._clock()
            known.fault = "unavailable" if raw is None and known.raw is not None else None
        known.again = self._clock() + self._max_age
        if raw is not None and raw != known.raw:
            known.raw, known.current = raw, _parsed(name, raw)

    def _fetched(self, name: str) -> bytes | None:
        """The deployed configuration; None when none is. Raises GetParameterError."""
        self._provider.begin()
        try:
            return self._got(name)
        except GetParameterError as error:
            if _code(error) != "BadRequestException":
                raise
            return self._got(name)  # the token had expired

    def _got(self, name: str) -> bytes | None:
        try:
            return bytes(self._provider.get(name, max_age=0, RequiredMinimumPollIntervalInSeconds=MIN_POLL_SECONDS))
        except GetParameterError as error:
            if isinstance(error.__context__, KeyError):  # Powertools: the session has never returned anything
                return None
            self._provider.restart(name)
            if _nothing_there(error):
                return None
            raise


def _usable(known: _Known, contract: UseCaseContract) -> tuple[Document | None, Fault | None]:
    """The newest document within the contract. An older one, or none, although there is a newer one is a fault."""
    if known.raw is None:
        return None, None
    for document in (known.current, known.good):
        if document and not excess(document, contract):
            known.good = document
            return document, None if document is known.current else "malformed"
    return None, "malformed"


def _parsed(name: str, raw: bytes) -> Document | None:
    try:
        return Document.model_validate_json(raw)
    except ValidationError as error:
        logger.warning("live configuration malformed", extra={"use_case": name, "problems": error.error_count()})
        return None


def _nothing_there(error: GetParameterError) -> bool:
    """No profile, or nothing deployed of it. Without its application or environment the platform is broken."""
    cause = error.__context__
    if not isinstance(cause, ClientError) or _code(error) != "ResourceNotFoundException":
        return False
    return cause.response.get("ResourceType") not in ("Application", "Environment")


def _code(error: GetParameterError) -> str:
    cause = error.__context__  # Powertools raises inside its handler of the real error
    return cause.response["Error"]["Code"] if isinstance(cause, ClientError) else ""


def _cause(error: GetParameterError) -> str:
    return _code(error) or type(error.__context__).__name__
