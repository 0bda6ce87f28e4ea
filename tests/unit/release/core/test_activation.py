"""Activation of a release: only of what this execution deployed, until AppConfig shows it."""

import json
from typing import Any

import pytest

from genai_runtime.live.requests import ReleaseAll, parse
from genai_runtime.release.activation import ActivateParameters, Activator
from genai_runtime.release.bucket import ReleaseBucket
from genai_runtime.release.entries import redemption_key
from genai_runtime.release.errors import ACTIVATION_FAILED, NOT_DEPLOYED, NOT_SEALED, NOTHING_LIVE
from genai_runtime.release.ledger import Ledger
from genai_runtime.release.manifest import Environment, canonical, manifest_hash
from genai_runtime.release.records import Redeemed
from tests.unit.release.core import sample
from tests.unit.release.core.refusal import refuses
from tests.unit.release.core.sample import EARLIER, EXECUTION, HASH, at

PARAMETERS = ActivateParameters(execution=EXECUTION, manifest=HASH, environment="dev")
SHOWN = {"complete": True, "refused": False, "use_cases": [{"use_case": "claims", "state": "shown", "changed": True}]}
DEPLOYING = SHOWN | {"complete": False}
REFUSED = {
    "complete": False, "refused": True,
    "use_cases": [{"use_case": "claims", "state": "refused", "error": {"code": "GF-LIVE-120", "message": "isn't agreed"}}],
}  # fmt: skip


class Function:
    """The environment's activate function: gives its answers in turn, the last one for ever."""

    def __init__(self, *answers: object, failed: bool = False) -> None:
        self.answers = list(answers)
        self.failed = failed
        self.events: list[Any] = []
        self.slept = 0.0

    def invoke(self, environment: Environment, event: bytes) -> tuple[bool, bytes]:
        assert environment == "dev"
        self.events.append(json.loads(event))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return self.failed, answer if isinstance(answer, bytes) else json.dumps(answer).encode()

    def activator(self, releases: ReleaseBucket, ledger: Ledger) -> Activator:
        return Activator(releases, ledger, self.invoke, lambda: self.slept, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


def deploy(ledger: Ledger, hash_: str = HASH, execution: str = EXECUTION) -> None:
    ledger.append(sample.sealed(manifest=hash_))
    warrant = sample.warrant("dev", manifest=hash_, execution=execution)
    ledger.write(f"warrant#dev#{execution}#0", warrant)
    done = Redeemed(manifest=hash_, environment="dev", session="s", at=at(), execution=execution)
    ledger.write(redemption_key("dev", warrant.nonce_sha256), done)


def test_the_environment_s_function_is_told_what_is_live(releases: ReleaseBucket, ledger: Ledger) -> None:
    deploy(ledger)
    function = Function(SHOWN)
    function.activator(releases, ledger).activate(PARAMETERS)
    (event,) = function.events
    request = parse(event)
    assert isinstance(request, ReleaseAll)
    assert request.live == sample.MANIFEST.live["dev"]
    assert (request.manifest, request.execution, request.by) == (HASH, EXECUTION, "release-pipeline")
    assert request.reason == "Answers: cite the clause (aaaaaaaaaaaa by author@example.com)"


def test_it_asks_until_appconfig_shows_the_release(releases: ReleaseBucket, ledger: Ledger) -> None:
    deploy(ledger)
    function = Function(DEPLOYING, DEPLOYING, SHOWN)
    function.activator(releases, ledger).activate(PARAMETERS)
    assert len(function.events) == 3
    assert function.events[0] == function.events[2]


def test_fails_when_appconfig_does_not_show_it_in_time(releases: ReleaseBucket, ledger: Ledger) -> None:
    deploy(ledger)
    function = Function(DEPLOYING)
    with refuses(ACTIVATION_FAILED, "not shown", "retry the stage"):
        function.activator(releases, ledger).activate(PARAMETERS)
    assert function.slept <= 302


def test_fails_when_versions_are_refused(releases: ReleaseBucket, ledger: Ledger) -> None:
    deploy(ledger)
    with refuses(ACTIVATION_FAILED, "claims: GF-LIVE-120 isn't agreed"):
        Function(REFUSED).activator(releases, ledger).activate(PARAMETERS)


@pytest.mark.parametrize(
    ("answer", "failed", "said"),
    [
        ({"errorMessage": "GF-LIVE-100: no", "errorType": "LiveError"}, True, "GF-LIVE-100: no"),
        (b"", True, "isn't a report"),
        (b"nothing", False, "isn't a report"),
        ({"something": "else"}, False, "isn't a report"),
        ([], True, "isn't a report"),
    ],
)
def test_fails_when_the_function_does(
    releases: ReleaseBucket, ledger: Ledger, answer: object, failed: bool, said: str
) -> None:
    deploy(ledger)
    with refuses(ACTIVATION_FAILED, said):
        Function(answer, failed=failed).activator(releases, ledger).activate(PARAMETERS)


@pytest.mark.parametrize("execution", ["", EARLIER], ids=["never", "by another execution"])
def test_fails_when_this_execution_did_not_deploy_it(releases: ReleaseBucket, ledger: Ledger, execution: str) -> None:
    ledger.append(sample.sealed())
    if execution:
        deploy(ledger, execution=execution)
    function = Function(SHOWN)
    with refuses(NOT_DEPLOYED, EXECUTION):
        function.activator(releases, ledger).activate(PARAMETERS)
    assert function.events == []


def test_fails_when_a_warrant_was_not_redeemed(releases: ReleaseBucket, ledger: Ledger) -> None:
    ledger.append(sample.sealed())
    ledger.write(f"warrant#dev#{EXECUTION}#0", sample.warrant("dev"))
    with refuses(NOT_DEPLOYED):
        Function(SHOWN).activator(releases, ledger).activate(PARAMETERS)


def test_fails_when_the_release_is_not_sealed(releases: ReleaseBucket, ledger: Ledger) -> None:
    with refuses(NOT_SEALED):
        Function(SHOWN).activator(releases, ledger).activate(PARAMETERS)


@pytest.mark.parametrize(("live", "told"), [({"dev": {}}, None), ({}, NOTHING_LIVE)])
def test_an_environment_without_use_cases_has_nothing_to_activate(
    releases: ReleaseBucket, ledger: Ledger, s3: Any, bucket: str, live: Any, told: str | None
) -> None:
    manifest = sample.manifest(live=live)
    hash_ = manifest_hash(manifest)
    s3.put_object(Bucket=bucket, Key=f"releases/{hash_}/manifest.json", Body=canonical(manifest))
    deploy(ledger, hash_)
    function = Function(SHOWN)
    parameters = PARAMETERS.model_copy(update={"manifest": hash_})
    if told:
        with refuses(told, "dev"):
            function.activator(releases, ledger).activate(parameters)
    else:
        function.activator(releases, ledger).activate(parameters)
    assert function.events == []
