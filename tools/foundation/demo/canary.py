"""A canary in production that degrades: users notice, its limit is breached, it is rolled back without anybody's help."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from foundation.demo.caller import UseCaseCaller, use_case_caller
from foundation.demo.degrading_model import DegradingModel
from foundation.demo.requests import POLICY
from foundation.evaluation.access import LocalAccess
from foundation.local.target import Target
from foundation.release.context import Context
from foundation.release.errors import ReleaseError
from foundation.release.people.live import Candidate, LiveUseCase, current, started
from genai_runtime.live.online.harm import report
from genai_runtime.live.online.records import ExperimentState
from stacks.settings import Settings

ENVIRONMENT: Final = "prod"
USE_CASE: Final = "claims-assistant"
PROMPT: Final = "grounded-answer"
MODEL: Final = "amazon.nova-micro-v1:0"
"""The candidate: a smaller model of the contract."""
SHARE: Final = 0.5
LIMIT: Final = 0.1
"""At most this share of its rated answers may be disliked."""
DEGRADED: Final = 0.5
"""Share of useless answers once it degrades."""
HEALTHY: Final = 24
"""Requests before it does."""
MOST: Final = 400
FACT: Final = "75 euros"
_PACE_SECONDS: Final = 0.5
_SETTLE_SECONDS: Final = 40.0


@dataclass
class Seen:
    """What the users of the demo saw."""

    requests: int = 0
    candidate: int = 0
    harmed: int = 0
    late: int = 0
    """Of `requests`: of the candidate after the roll-back, until functions switched."""
    useless: list[str] = field(default_factory=list)
    rollback_seconds: float | None = None
    """From the log's roll-back, as the demo saw it, to the first answer without the experiment."""


def canary(settings: Settings, target: Target, progress: Callable[[int, int], None]) -> dict[str, Any]:
    """Start it, send traffic, let it degrade; a row for the summary once it is gone."""
    live = LiveUseCase(Context(settings, LocalAccess(settings, target), local=True), ENVIRONMENT, USE_CASE)
    region = settings.regions.primary.name
    model = {each.id: each for each in settings.models_for(ENVIRONMENT)}[MODEL].invocation_id(region)
    seen = Seen()
    with (
        DegradingModel(DEGRADED) as behind,
        answered_by(target, behind, MODEL),
        use_case_caller(target, ENVIRONMENT, region, USE_CASE) as caller,
    ):
        asked = started(
            live, "canary", Candidate({}, {PROMPT: model}), SHARE, [f"disliked={LIMIT}"], by="demo", reason="cheaper"
        )
        sequence = int(live.change(asked)["sequence"])
        _until(lambda: _ask(caller, Seen(), 0)["release"]["sequence"] == sequence)
        rolled_back = _traffic(caller, live, behind, seen, progress)
    counted = _counts(live, asked.experiment.id, seen)
    return _row(asked.experiment.id, seen, counted, rolled_back)


def _traffic(
    caller: UseCaseCaller, live: LiveUseCase, model: DegradingModel, seen: Seen, progress: Callable[[int, int], None]
) -> bool:
    """Requests with ratings until the roll-back has reached the function; whether it came."""
    over, since = False, 0.0
    for number in range(MOST):
        if number == HEALTHY:
            model.degrade()
        result = _ask(caller, seen, number, late=over)
        progress(number + 1, 0)
        if over:
            time.sleep(_PACE_SECONDS)  # users don't ask faster because nobody has told the functions yet
        if over and result["release"]["experiment"] is None:
            seen.rollback_seconds = round(time.monotonic() - since, 1)
            return True
        document = current(live)
        if not over and (document is None or document.experiment is None):
            over, since = True, time.monotonic()
    return over


def _ask(caller: UseCaseCaller, seen: Seen, number: int, *, late: bool = False) -> dict[str, Any]:
    """A question and the user's opinion of the answer."""
    variables = {"context": POLICY, "question": "What is the excess for the replacement of a windscreen?"}
    result, _ = caller.ask({"use_case": USE_CASE, "prompt": PROMPT, "variables": variables, "user": f"user-{number}"})
    helped = FACT in str(result.get("answer"))
    seen.requests += 1
    if result["release"]["arm"] == "candidate":
        seen.candidate += 1
        seen.harmed += not helped
        seen.late += late
    elif not helped:
        seen.useless.append(str(result.get("answer") or result.get("error")))
    if result["release"]["experiment"] is not None:
        caller.rate(result["record"], "up" if helped else "down")
    return result


def _counts(live: LiveUseCase, experiment: str, seen: Seen) -> ExperimentState:
    """What the platform counted, once it has seen every request of the candidate."""

    def complete() -> ExperimentState | None:
        found = live.counts(experiment)
        return found if found and found.counts("candidate").requests + found.late.requests >= seen.candidate else None

    found: ExperimentState = _until(complete)
    return found


def _until(found: Callable[[], Any]) -> Any:
    end = time.monotonic() + _SETTLE_SECONDS
    while not (value := found()):
        if time.monotonic() > end:
            raise ReleaseError(
                "GF-DEMO-001",
                f"functions of {ENVIRONMENT} didn't see the experiment of {USE_CASE} within {_SETTLE_SECONDS:.0f} s: look into "
                "the target's log, and run the demo again",
            )
        time.sleep(0.2)
    return value


@contextmanager
def answered_by(target: Target, model: DegradingModel, pattern: str) -> Iterator[Callable[[], Any]]:
    """Models answer from the degrading one for the time of the block, or until what it gives is called."""
    before = target.call("GET", "/_foundation/model")
    rule = {"pattern": pattern, "model": model.source}
    target.call("PUT", "/_foundation/model", {**before, "rules": [rule, *before.get("rules", [])]})

    def recover() -> Any:
        return target.call("PUT", "/_foundation/model", before)

    try:
        yield recover
    finally:
        recover()


def _row(experiment: str, seen: Seen, counted: ExperimentState, rolled_back: bool) -> dict[str, Any]:
    (harm,) = report(counted)
    breach = counted.breach
    return {
        "environment": ENVIRONMENT,
        "use_case": USE_CASE,
        "experiment": experiment,
        "requests": seen.requests,
        "candidate_requests": seen.candidate,
        "harmed_requests": seen.harmed,
        "harmed_after_detection": harm.late.bad,
        "counted_harm": harm.harmed,
        "late_requests": counted.late.requests,
        "detected_at": breach.request if breach else None,
        "why": breach.reason if breach else "",
        "rolled_back": rolled_back,
        "rollback_seconds": seen.rollback_seconds,
        "as_expected": rolled_back and breach is not None and harm.harmed == seen.harmed and not seen.useless,
    }
