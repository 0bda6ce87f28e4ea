"""A release that is interrupted before and after every action, and that production takes back: one whole release is live."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from foundation.demo.canary import answered_by
from foundation.demo.degrading_model import DegradingModel
from foundation.evaluation.access import LocalAccess
from foundation.local.layout import checkout
from foundation.release.context import Context
from foundation.release.people.live import LiveUseCase
from foundation.release.walker.calls import Interrupted
from foundation.release.walker.executors.approval import Answer, Approvals
from foundation.release.walker.model import key
from foundation.release.walker.records import Execution
from foundation.release.walker.revisions import Given, revision
from foundation.release.walker.runs import Runs
from genai_runtime.release.ledger import Ledger
from genai_runtime.release.records import Promoted, Redeemed, Refused, Sealed, Warrant
from tests.local.platform.conftest import USE_CASE, Platform
from tests.local.platform.interruptions import Interrupting, gone_on_with

pytestmark = pytest.mark.local
KILLED = ("Build/Seal", "Dev/Deploy", "PreProd/Activate")
"""Actions during which the process that walks is killed, beside the interruptions before and after each."""
BUILDS = ("Dev/Deploy",)
"""Those of them that CodeBuild runs."""
UNDER_WAY_SECONDS = 0.5
SKIPPED = "Build/Test"
"""The tests of the tests."""
PATIENCE_SECONDS = 420
MODEL = "amazon.nova-lite-v1:0"
APPROVALS = {"QA": Answer("release-manager@example.com"), "DomainExpert": Answer("underwriting-expert@example.com")}
COMMIT = Given("c" * 40, "developer@example.com", "2026-11-04T09:00:00+00:00", "The same again", "main")


@pytest.fixture(scope="module")
def assembly(platform: Platform) -> Path:
    return platform.out / "cdk.out"


@dataclass(frozen=True)
class Interruption:
    """A release up to its open approvals, and when it was interrupted."""

    execution: Execution
    interrupting: Interrupting


@pytest.fixture(scope="module")
def interrupted(platform: Platform, assembly: Path) -> Interruption:
    """Ended before and after every action, killed in each of KILLED."""
    interrupting = Interrupting()
    runs = Runs(platform.target, assembly, approvals=Approvals({}, wait=False), around=interrupting.around)
    known = {each.id for each in runs.journal.all()}
    with pytest.raises(Interrupted):
        runs.start(revision(checkout(), COMMIT), skip=[SKIPPED])
    (begun,) = (each.id for each in runs.journal.all() if each.id not in known)
    killed: list[str] = []

    def kill_during(action: str) -> None:
        if action in KILLED and action not in killed:
            killed.append(action)
            go_on_and_be_killed(platform, assembly, runs, begun, action)

    found = gone_on_with(runs, interrupting, begun, kill_during)
    assert tuple(killed) == KILLED
    return Interruption(found, interrupting)


def go_on_and_be_killed(platform: Platform, assembly: Path, runs: Runs, execution: str, action: str) -> None:
    """By the command, in a process of its own, that is killed once the action is under way."""
    log = runs.journal.folder(execution) / f"{action.replace('/', '-')}-1" / "build.log"
    command = [
        sys.executable, "-m", "foundation.cli", "release", "run", "--state", str(platform.target.folder.root),
        "--assembly", str(assembly), "--no-wait", "--resume", "--execution", execution,
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(checkout() / "tools")}
    began, end = time.time(), time.monotonic() + PATIENCE_SECONDS
    process = subprocess.Popen(command, cwd=checkout(), env=environment, stdout=subprocess.DEVNULL)
    try:
        while runs.journal.load(execution).updated < began or (action in BUILDS and not log.exists()):
            assert process.poll() is None, f"{action} ended before it could be killed"
            assert time.monotonic() < end
            time.sleep(0.02)
        time.sleep(UNDER_WAY_SECONDS)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def statements(platform: Platform, manifest: str) -> list[Any]:
    context = Context(platform.settings, LocalAccess(platform.settings, platform.target), local=True, variables={})
    ledger = Ledger(context.client("dynamodb"), context.ledger_table, context.keys)
    return [each.statement for each in ledger.entries(manifest)]


def test_a_release_that_is_killed_again_and_again_comes_to_its_approvals(
    platform: Platform, interrupted: Interruption
) -> None:
    found = interrupted.execution
    assert found.status == "InProgress", [each.error for each in found.actions.values() if each.error]
    assert found.stages["PreProd"] == "Succeeded"
    assert [each.action for each in Runs(platform.target, platform.out / "cdk.out").open_approvals()] == [
        "QA",
        "DomainExpert",
    ]


def test_nothing_was_signed_or_handed_out_twice(platform: Platform, interrupted: Interruption) -> None:
    found = statements(platform, interrupted.execution.actions["Build/Build"].outputs["MANIFEST"])
    assert len([each for each in found if isinstance(each, Sealed)]) == 1
    assert sorted(each.environment for each in found if isinstance(each, Promoted)) == ["dev", "pre-prod"]
    # Each session was handed out for a warrant of its own.
    warrants = [each for each in found if isinstance(each, Warrant)]
    assert 2 <= len([each for each in found if isinstance(each, Redeemed)]) <= len(warrants)


def test_production_takes_a_release_back_that_does_worse_there(
    platform: Platform, assembly: Path, interrupted: Interruption
) -> None:
    """The model answers uselessly from the approval on; it recovers while the stage goes back. Interrupted as before."""
    good, _ = platform.summary.releases
    with DegradingModel(1.0) as model:
        model.degrade()  # all answers are useless
        with answered_by(platform.target, model, MODEL) as recover:

            def watch(execution: Execution) -> None:
                if execution.type == "ROLLBACK":
                    recover()

            interrupting = interrupted.interrupting
            runs = Runs(
                platform.target, assembly, approvals=Approvals(APPROVALS, wait=False), watch=watch,
                around=interrupting.around,
            )  # fmt: skip
            ended = gone_on_with(runs, interrupting, interrupted.execution.id)
    assert ended.status == "Failed"
    assert ended.actions["Prod/Smoke"].status == "Failed"
    back = runs.journal.load(ended.rollback)
    assert (back.status, back.stage, back.target) == ("Succeeded", "Prod", good["execution"])
    manifest = ended.actions["Build/Build"].outputs["MANIFEST"]
    assert [each.environment for each in statements(platform, manifest) if isinstance(each, Refused)] == ["prod"]
    context = Context(platform.settings, LocalAccess(platform.settings, platform.target), local=True, variables={})
    history = LiveUseCase(context, "prod", USE_CASE).history()
    assert [each.document.manifest for each in history[-2:]] == [manifest, good["manifest"]]
    every = {name for name in ended.actions if name != SKIPPED}
    assert {name for execution, name in interrupting.before if execution == ended.id} == every
    assert {name for execution, name in interrupting.after if execution == ended.id} == every
    assert {name for execution, name in interrupting.after if execution == back.id} == set(back.actions)
    reached = [stage for stage in runs.definition.pipeline.stages if ended.stages.get(stage.name)]
    assert reached[-1].name == "Prod"
    assert {key(stage.name, action.name) for stage in reached for action in stage.actions} == set(ended.actions)


def test_two_releases_at_once_queue(platform: Platform, assembly: Path) -> None:
    """The second waits for the first: both stop at a build that can't work, one after the other."""
    root = platform.target.folder.root
    command = [
        sys.executable, "-m", "foundation.cli", "release", "run", "--state", str(root), "--assembly", str(assembly),
        "--no-wait", "--json", "--skip", "Test", "--author", "developer@example.com", "--date", "2026-11-05T09:00:00+00:00",
        "--subject", "Broken", "--config", str(platform.out / "no-such-configuration"),
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(checkout() / "tools")}
    both = [
        subprocess.Popen([*command, "--commit", each * 40], cwd=checkout(), env=environment, stdout=subprocess.PIPE)
        for each in ("d", "e")
    ]
    said = [json.loads(each.communicate(timeout=PATIENCE_SECONDS)[0]) for each in both]
    assert [each.returncode for each in both] == [1, 1]
    journal = Runs(platform.target, assembly).journal
    first, second = sorted(
        (journal.load(each["id"]) for each in said), key=lambda each: each.actions["Build/Build"].started
    )
    assert first.actions["Build/Build"].ended <= second.actions["Source/Source"].started
