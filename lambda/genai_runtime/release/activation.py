"""Makes a release's prompt, model and guardrail versions live in an environment, once it was deployed there."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from genai_runtime.release.bucket import ReleaseBucket
from genai_runtime.release.checks import check_seal
from genai_runtime.release.entries import redemption_key
from genai_runtime.release.errors import ACTIVATION_FAILED, NOT_DEPLOYED, NOTHING_LIVE, ReleaseRefused
from genai_runtime.release.jobs import ActionParameters
from genai_runtime.release.ledger import Ledger
from genai_runtime.release.manifest import Environment
from genai_runtime.release.records import Entry, Warrant

BY = "release-pipeline"
PATIENCE_SECONDS = 300.0
PAUSE_SECONDS = 2.0
Invoke = Callable[[Environment, bytes], tuple[bool, bytes]]
"""Invokes an environment's activate function with a payload: whether it failed, and what it answered."""


class ActivateParameters(ActionParameters):
    """Of the action Activate."""

    environment: Environment


class _Error(BaseModel):
    code: str = ""
    message: str = ""


class _UseCase(BaseModel):
    use_case: str
    error: _Error | None = None


class _Report(BaseModel):
    """Of `live.activation.Report`, what is used."""

    complete: bool
    refused: bool
    use_cases: tuple[_UseCase, ...] = ()

    def reasons(self) -> str:
        """Of each use case that has one."""
        return "; ".join(f"{e.use_case}: {e.error.code} {e.error.message}" for e in self.use_cases if e.error)


@dataclass(frozen=True)
class Activator:
    """Tells the environment's own function, which keeps the log of what is live."""

    releases: ReleaseBucket
    ledger: Ledger
    invoke: Invoke
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def activate(self, parameters: ActivateParameters) -> None:
        """Make the manifest's versions live. Repeated for the same execution it changes nothing. Raises ReleaseRefused."""
        hash_, environment = parameters.manifest, parameters.environment
        manifest = self.releases.manifest(hash_)
        entries = self.ledger.entries(hash_)
        check_seal(manifest, hash_, [each.statement for each in entries])
        check_deployed(entries, environment, parameters.execution)
        if environment not in manifest.live:
            raise ReleaseRefused(
                NOTHING_LIVE,
                f"the manifest doesn't say what is live in {environment}: build it with `foundation release build`",
            )
        live = {name: each.model_dump(mode="json") for name, each in manifest.live[environment].items()}
        if not live:
            return
        event = {
            "action": "release",
            "manifest": hash_,
            "live": live,
            "by": BY,
            "reason": f"{manifest.subject} ({manifest.commit[:12]} by {manifest.author})",
            "execution": parameters.execution,
        }
        self._until_shown(environment, json.dumps(event).encode())

    def _until_shown(self, environment: Environment, event: bytes) -> None:
        end = self.clock() + PATIENCE_SECONDS
        while True:
            report = _report(*self.invoke(environment, event))
            if report.complete and not report.refused:
                return
            if report.refused or self.clock() >= end:
                state = "refused" if report.refused else "not shown by AppConfig in time"
                raise ReleaseRefused(
                    ACTIVATION_FAILED,
                    f"the release could not be made live in {environment}, it is {state} "
                    f"({report.reasons() or 'no reason given'}): correct that and retry the stage",
                )
            self.sleep(PAUSE_SECONDS)


def check_deployed(entries: Sequence[Entry], environment: Environment, execution: str) -> None:
    """Raises ReleaseRefused unless this execution redeemed a warrant for the environment."""
    warrants = [each.statement for each in entries if isinstance(each.statement, Warrant)]
    own = [each for each in warrants if (each.environment, each.execution) == (environment, execution)]
    if {redemption_key(environment, each.nonce_sha256) for each in own} & {each.entry for each in entries}:
        return
    raise ReleaseRefused(
        NOT_DEPLOYED,
        f"execution {execution} didn't deploy this release to {environment}: its versions may not exist there, run the whole "
        "stage",
    )


def _report(failed: bool, answer: bytes) -> _Report:
    """What the function answered. Raises ReleaseRefused where it didn't do its work."""
    try:
        found: Any = json.loads(answer)
        if not failed:
            return _Report.model_validate(found)
        problem = str(found["errorMessage"])
    except (ValueError, KeyError, TypeError):  # pydantic's errors are ValueErrors
        problem = "its answer isn't a report on use cases"
    raise ReleaseRefused(
        ACTIVATION_FAILED,
        f"the function that makes versions live failed ({problem}): correct that and retry the stage",
    )
