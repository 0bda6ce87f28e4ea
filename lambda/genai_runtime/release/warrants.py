"""Warrants: the right to deploy one release to one environment, once, soon, by the execution that it was issued to."""

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from genai_runtime.base import Record, Sha256, Text
from genai_runtime.release.accounts import DEPLOY_SECONDS, Accounts
from genai_runtime.release.admission import Admissions
from genai_runtime.release.checks import instant, stamp
from genai_runtime.release.entries import redemption_key, warrant_key
from genai_runtime.release.errors import (
    ENTRY_DIFFERS,
    REQUEST_INVALID,
    WARRANT_EXPIRED,
    WARRANT_OF_OTHER_ENVIRONMENT,
    WARRANT_OF_OTHER_EXECUTION,
    WARRANT_REDEEMED,
    WARRANT_UNKNOWN,
    ReleaseRefused,
)
from genai_runtime.release.jobs import ActionParameters
from genai_runtime.release.ledger import Ledger
from genai_runtime.release.manifest import Environment
from genai_runtime.release.records import Entry, Redeemed, Sealed, Warrant

_MOST_WARRANTS = 1000


class AuthorizeParameters(ActionParameters):
    """Of the action Authorize."""

    environment: Environment


class RedeemRequest(Record):
    """Event of the function that redeems."""

    manifest: Sha256
    execution: Text
    warrant: Text
    """The secret that Authorize handed out."""


@dataclass(frozen=True)
class Authorizer:
    """Issues warrants that end after `minutes`."""

    admissions: Admissions
    ledger: Ledger
    minutes: int
    now: Callable[[], datetime]
    nonce: Callable[[], str] = lambda: secrets.token_urlsafe(32)

    def authorize(self, parameters: AuthorizeParameters) -> dict[str, str]:
        """{"warrant": secret}. A repeated call gives another one: only the last is handed on. Raises ReleaseRefused."""
        admitted = self.admissions.admit(parameters.manifest, parameters.environment, parameters.execution)
        nonce = self.nonce()
        now = self.now()
        warrant = Warrant(
            manifest=parameters.manifest,
            environment=parameters.environment,
            nonce_sha256=nonce_hash(nonce),
            expires_at=stamp(now + timedelta(minutes=self.minutes)),
            at=stamp(now),
            execution=parameters.execution,
        )
        self._write(warrant, {each.entry for each in admitted.entries})
        return {"warrant": nonce}

    def _write(self, warrant: Warrant, taken: set[str]) -> None:
        for number in range(_MOST_WARRANTS):
            key = warrant_key(warrant.environment, warrant.execution, number)
            if key in taken:
                continue
            try:
                self.ledger.write(key, warrant)
            except ReleaseRefused as refused:
                if refused.code != ENTRY_DIFFERS:
                    raise
            else:
                return
        raise ReleaseRefused(
            ENTRY_DIFFERS,
            f"execution {warrant.execution} has {_MOST_WARRANTS} warrants for {warrant.environment} already: start a new "
            "execution of the pipeline",
        )


@dataclass(frozen=True)
class Redeemer:
    """Turns warrants for one environment into sessions of its deployer role."""

    environment: Environment
    admissions: Admissions
    ledger: Ledger
    accounts: Accounts
    now: Callable[[], datetime]
    unique: Callable[[], str] = field(default=lambda: secrets.token_hex(8))

    def redeem(self, event: object) -> dict[str, Any]:
        """Credentials in the form of the AWS CLI's `credential_process`, and the seal as `Sealed` (an Entry).

        Raises ReleaseRefused. All that admitted the warrant is verified again; whoever writes the redemption first has it.
        """
        request = _request(event)
        admitted = self.admissions.admit(request.manifest, self.environment, request.execution)
        warrant = check_warrant(admitted.entries, self.environment, request, self.now())
        session = f"{request.manifest[:12]}-{self.unique()}"
        # First the session, then the redemption: a call to STS that fails doesn't spend the warrant, and a session is
        # handed out only by whose redemption was written.
        credentials = self.accounts.assume(
            self.environment,
            "deployer",
            session,
            seconds=DEPLOY_SECONDS,
            tags={"manifest": request.manifest, "environment": self.environment, "execution": request.execution},
        )
        self._spend(warrant, session)
        seal = next(each for each in admitted.entries if isinstance(each.statement, Sealed))
        return {
            "Version": 1,
            "AccessKeyId": credentials.access_key_id,
            "SecretAccessKey": credentials.secret_access_key,
            "SessionToken": credentials.session_token,
            "Expiration": credentials.expiration.isoformat(),
            "Sealed": seal.model_dump(mode="json"),
        }

    def _spend(self, warrant: Warrant, session: str) -> None:
        redeemed = Redeemed(
            manifest=warrant.manifest,
            environment=warrant.environment,
            session=session,
            at=stamp(self.now()),
            execution=warrant.execution,
        )
        try:
            self.ledger.write(redemption_key(warrant.environment, warrant.nonce_sha256), redeemed)
        except ReleaseRefused as refused:
            if refused.code != ENTRY_DIFFERS:
                raise
            raise _redeemed(warrant) from None


def nonce_hash(nonce: str) -> str:
    """What the ledger holds of a warrant's secret."""
    return hashlib.sha256(nonce.encode()).hexdigest()


def check_warrant(entries: Iterable[Entry], environment: Environment, request: RedeemRequest, now: datetime) -> Warrant:
    """The warrant with this secret. Raises ReleaseRefused unless it is for this release, environment and execution, in time
    and not redeemed."""
    found = list(entries)
    secret = nonce_hash(request.warrant)
    warrants = [each.statement for each in found if isinstance(each.statement, Warrant)]
    warrant = next((each for each in warrants if each.nonce_sha256 == secret), None)
    if warrant is None or warrant.manifest != request.manifest:
        raise ReleaseRefused(
            WARRANT_UNKNOWN,
            f"release {request.manifest} has no such warrant: only the deploy action of the pipeline gets one, from Authorize of "
            "the same stage",
        )
    if warrant.environment != environment:
        raise ReleaseRefused(
            WARRANT_OF_OTHER_ENVIRONMENT,
            f"this warrant is for {warrant.environment}, not for {environment}: each stage has its own, from its Authorize",
        )
    if warrant.execution != request.execution:
        raise ReleaseRefused(
            WARRANT_OF_OTHER_EXECUTION,
            f"this warrant was issued to execution {warrant.execution}, not to {request.execution}: run the stage of "
            f"{environment} with its Authorize",
        )
    # Before the time: that it was used is what a reader of the log has to know.
    if any(each.entry == redemption_key(environment, secret) for each in found):
        raise _redeemed(warrant)
    if now >= instant(warrant.expires_at):
        raise ReleaseRefused(
            WARRANT_EXPIRED,
            f"this warrant ended at {warrant.expires_at}: retry the whole stage of {environment}, its Authorize issues another",
        )
    return warrant


def _redeemed(warrant: Warrant) -> ReleaseRefused:
    return ReleaseRefused(
        WARRANT_REDEEMED,
        f"the warrant of execution {warrant.execution} for {warrant.environment} was redeemed already, each is good once: retry "
        "the whole stage, its Authorize issues another; if no deployment of yours redeemed it, tell the security team",
    )


def _request(event: object) -> RedeemRequest:
    try:
        return RedeemRequest.model_validate(event)
    except ValidationError as error:
        names = ", ".join(".".join(map(str, each["loc"])) or "the event" for each in error.errors())
        # Without the values: one of them is a secret.
        raise ReleaseRefused(
            REQUEST_INVALID,
            f"the event is no request ({names}): send manifest, execution and warrant as `foundation release deploy` does",
        ) from None
