"""Makes AppConfig show the newest record of a log.

Every step looks at what is there and does at most one thing about it, so a run that ends between any two calls, or two runs
at once, leave nothing that the next run doesn't put right.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from genai_runtime.live import errors
from genai_runtime.live.appconfig import UNDER_WAY, AppConfig, Deployment
from genai_runtime.live.errors import LiveError
from genai_runtime.live.log import Log
from genai_runtime.live.records import LogRecord

# AppConfig hands out a configuration that is deployed all at once within seconds.
PATIENCE_SECONDS = 20.0
_LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Shown:
    """What AppConfig shows of a use case.

    :param sequence: the newest record; 0 when there is none
    :param state: ``nothing`` to show, ``shown``, or ``deploying`` when patience ended before the deployment
    """

    use_case: str
    sequence: int
    state: Literal["nothing", "shown", "deploying"]


class Reconciler:
    """Brings one use case after the other up to date."""

    def __init__(
        self,
        log: Log,
        appconfig: AppConfig,
        *,
        patience: float = PATIENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._log = log
        self._appconfig = appconfig
        self._patience = patience
        self._clock = clock
        self._sleep = sleep

    def use_cases(self) -> Mapping[str, str]:
        """Ids of the configuration profiles by use case."""
        return self._appconfig.profiles()

    def show(self, use_case: str, profiles: Mapping[str, str] | None = None) -> Shown:
        """Show the newest record, also when there is a newer one by the time that the first one is shown.

        Raises LiveError when AppConfig refuses it or shows what the log doesn't have, and botocore's errors.
        """
        end = self._clock() + self._patience
        record = self._log.newest(use_case)
        if record is None:
            return Shown(use_case, 0, "nothing")
        profile = _profile(use_case, self.use_cases() if profiles is None else profiles)
        while True:
            done = self._step(profile, record)
            newest = self._log.newest(use_case) or record
            if done and newest.document.sequence == record.document.sequence:
                return Shown(use_case, record.document.sequence, "shown")
            if self._clock() >= end:
                return Shown(use_case, newest.document.sequence, "deploying")
            record = newest
            if not done:
                self._sleep(_LOOK_SECONDS)

    def _step(self, profile: str, record: LogRecord) -> bool:
        """Do the next thing. True when AppConfig shows the record and nothing is left to do."""
        document = record.document
        under_way, complete = self._deployments(document.use_case)
        own = [each for each in under_way if each.profile == document.use_case]
        if own:
            if record.action == "rollback" and own[0].sequence != document.sequence and own[0].state == "DEPLOYING":
                self._appconfig.stop(own[0].number)
            return False
        if complete and complete.sequence == document.sequence:
            return True
        if complete and complete.sequence > document.sequence:
            self._check_ahead(record, complete)
            return False
        if not under_way:  # AppConfig has one deployment at a time in an environment, of any profile
            version = self._appconfig.version(profile, document)
            self._appconfig.start(profile, version, document)
        return False

    def _deployments(self, use_case: str) -> tuple[list[Deployment], Deployment | None]:
        """Deployments under way, of any use case, and the last complete one of this use case."""
        under_way: list[Deployment] = []
        for each in self._appconfig.deployments():
            if each.state in UNDER_WAY:
                under_way.append(each)
            elif each.profile == use_case and each.state == "COMPLETE":
                return under_way, each
        return under_way, None

    def _check_ahead(self, record: LogRecord, complete: Deployment) -> None:
        """A later record may have been written and shown since the log was read; one that the log doesn't have may not."""
        use_case = record.document.use_case
        newest = self._log.newest(use_case) or record
        if newest.document.sequence < complete.sequence:
            raise LiveError(
                errors.AHEAD_OF_LOG,
                f"appconfig shows record {complete.sequence} of {use_case!r}, its log ends with {newest.document.sequence}: "
                "restore the table, or append what should be live",
            )


def _profile(use_case: str, profiles: Mapping[str, str]) -> str:
    if use_case not in profiles:
        raise LiveError(
            errors.PROFILE_MISSING,
            f"{use_case!r} has no configuration profile here: deploy the stack of the use case",
        )
    return profiles[use_case]
