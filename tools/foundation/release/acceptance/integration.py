"""Whether every prompt of every use case answers from the release that was deployed, and refuses what it must."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from foundation.release.acceptance.caller import Answer, Caller
from foundation.release.acceptance.inputs import Ask, TestedUseCase
from foundation.release.acceptance.results import Test, timed
from genai_runtime.model_access.errors import OTHER_USE_CASE, PROMPT_NOT_AGREED

PATIENCE_SECONDS: Final = 90.0
"""Longest wait for functions to hear of the release: they ask AppConfig every 15 s at most often."""
_PAUSE_SECONDS: Final = 3.0
NO_PROMPT: Final = "no-such-prompt"
_ANSWERED: Final = ("answered", "masked")


def integration(
    caller: Caller,
    use_cases: list[TestedUseCase],
    manifest: str,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Test]:
    """Every test with its result, as they end."""
    for use_case in use_cases:
        for prompt, asks in use_case.asks.items():
            answers = partial(_answers, caller, use_case, asks[0], manifest, clock, sleep)
            yield timed(use_case.name, f"{prompt} answers from the release", answers)
        yield timed(use_case.name, "a prompt outside of the contract is rejected", partial(_rejects, caller, use_case))
        yield timed(use_case.name, "a request for another use case is refused", partial(_keeps_apart, caller, use_case))
        yield _attacked(caller, use_case)


def _attacked(caller: Caller, use_case: TestedUseCase) -> Test:
    name = "a known attack is blocked"
    if use_case.attack is None:
        reason = (
            f"guardrail {use_case.versions.guardrail.name} stops neither attacks nor topics, or no prompt takes a text"
        )
        return Test(use_case.name, name, 0.0, skipped=reason)
    return timed(use_case.name, name, partial(_blocks, caller, use_case, use_case.attack))


def _answers(
    caller: Caller,
    use_case: TestedUseCase,
    ask: Ask,
    manifest: str,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> str:
    """What is wrong; empty when nothing is."""
    answer = _fresh(caller, ask, manifest, clock, sleep)
    if answer.outcome not in _ANSWERED:
        return f"{answer.said()}, not answered ({ask.origin})"
    if answer.manifest != manifest:
        return f"answers from release {answer.manifest or 'none'} {PATIENCE_SECONDS:.0f} s after {manifest} went live"
    expected = use_case.versions.prompts[ask.prompt]
    found = answer.result.get("prompt", {}).get("version")
    if found != expected:
        return f"answers with version {found} of the prompt, the release has {expected}"
    guardrail, wanted = answer.result.get("guardrail", {}), use_case.versions.guardrail
    if (guardrail.get("name"), guardrail.get("version")) != (wanted.name, wanted.version):
        return f"guardrail {guardrail.get('name')} v{guardrail.get('version')}, the release has {wanted.name} v{wanted.version}"
    return ""


def _fresh(
    caller: Caller, ask: Ask, manifest: str, clock: Callable[[], float], sleep: Callable[[float], None]
) -> Answer:
    """The first answer from the release, or the last one from an earlier."""
    end = clock() + PATIENCE_SECONDS
    while True:
        answer = caller.ask(ask.use_case, ask.payload())
        if answer.outcome not in _ANSWERED or answer.manifest == manifest or clock() >= end:
            return answer
        sleep(_PAUSE_SECONDS)


def _rejects(caller: Caller, use_case: TestedUseCase) -> str:
    payload = {"use_case": use_case.name, "prompt": NO_PROMPT, "variables": {}, "user": "release-test"}
    return _coded(caller.ask(use_case.name, payload), PROMPT_NOT_AGREED)


def _keeps_apart(caller: Caller, use_case: TestedUseCase) -> str:
    ask = next(iter(use_case.asks.values()))[0]
    other = {**ask.payload(), "use_case": f"other-than-{use_case.name}"[:32]}
    return _coded(caller.ask(use_case.name, other), OTHER_USE_CASE)


def _coded(answer: Answer, code: str) -> str:
    if (answer.outcome, answer.code) == ("rejected", code):
        return ""
    return f"{answer.said()}, not rejected ({code})"


def _blocks(caller: Caller, use_case: TestedUseCase, attack: Ask) -> str:
    answer = caller.ask(use_case.name, attack.payload())
    return "" if answer.outcome == "blocked" else f"{answer.said()}, not blocked: {attack.prompt}"
