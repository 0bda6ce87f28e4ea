"""A release that is killed again and again, and that production takes back: what is live in the end is one whole release."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from foundation.demo.canary import answered_by
from foundation.demo.degrading_model import DegradingModel
from foundation.evaluation.access import LocalAccess
from foundation.local.layout import checkout
from foundation.release.context import Context
from foundation.release.people.live import LiveUseCase
from foundation.release.walker.executors.approval import Answer, Approvals
from foundation.release.walker.records import Execution
from foundation.release.walker.runs import Runs
from genai_runtime.release.ledger import Ledger
from genai_runtime.release.records import Promoted, Redeemed, Refused, Sealed, Warrant
from tests.local.platform.conftest import USE_CASE, Platform

pytestmark = pytest.mark.local
KILLED = ("Build/Seal", "Dev/Deploy", "PreProd/Activate")
"""Actions during which the process that walks is killed."""
PATIENCE_SECONDS = 420
MODEL = "amazon.nova-lite-v1:0"
APPROVALS = {"QA": Answer("release-manager@example.com"), "DomainExpert": Answer("underwriting-expert@example.com")}


@pytest.fixture(scope="module")
def assembly(platform: Platform) -> Path:
    return platform.out / "cdk.out"


@pytest.fixture(scope="module")
def interrupted(platform: Platform, assembly: Path) -> Execution:
    """A release that was killed in each of KILLED, up to its open approvals."""
    root = platform.target.folder.root
    command = [
        sys.executable, "-m", "foundation.cli", "release", "run", "--state", str(root), "--assembly", str(assembly),
        "--no-wait",
    ]  # fmt: skip
    start = ["--skip", "Test", "--commit", "c" * 40, "--author", "developer@example.com",
             "--date", "2026-11-04T09:00:00+00:00", "--subject", "The same again"]  # fmt: skip
    before = {each.id for each in Runs(platform.target, assembly).journal.all()}
    resumed = ["--resume"]
    walk(command + start, platform, assembly, before, KILLED[0])
    for action in KILLED[1:]:
        walk(command + resumed, platform, assembly, before, action)
    for _ in range(3):
        walk(command + resumed, platform, assembly, before, "")
        (found,) = [each for each in Runs(platform.target, assembly).journal.all() if each.id not in before]
        if found.status != "Failed":
            break
        # A warrant that a killed build redeemed is spent: the stage takes another.
        resumed = ["--resume", "--whole-stage"]
    return found


def walk(command: list[str], platform: Platform, assembly: Path, before: set[str], kill_in: str) -> None:
    """Run the command; kill it as soon as an action of the new execution is in progress."""
    environment = {**os.environ, "PYTHONPATH": str(checkout() / "tools")}
    journal = Runs(platform.target, assembly).journal
    process = subprocess.Popen(command, cwd=checkout(), env=environment, stdout=subprocess.DEVNULL)
    end = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < end:
        found = [each for each in journal.all() if each.id not in before]
        record = found[0].actions.get(kill_in) if found and kill_in else None
        if record and record.status == "InProgress":
            process.send_signal(signal.SIGKILL)
        time.sleep(0.1)
    if process.poll() is None:
        process.kill()
        pytest.fail(f"{' '.join(command)} took longer than {PATIENCE_SECONDS} s")
    process.wait()


def statements(platform: Platform, manifest: str) -> list[Any]:
    context = Context(platform.settings, LocalAccess(platform.settings, platform.target), local=True, variables={})
    ledger = Ledger(context.client("dynamodb"), context.ledger_table, context.keys)
    return [each.statement for each in ledger.entries(manifest)]


def test_a_release_that_is_killed_again_and_again_comes_to_its_approvals(
    platform: Platform, interrupted: Execution
) -> None:
    assert interrupted.status == "InProgress", [each.error for each in interrupted.actions.values() if each.error]
    assert interrupted.stages["PreProd"] == "Succeeded"
    assert [each.action for each in Runs(platform.target, platform.out / "cdk.out").open_approvals()] == [
        "QA",
        "DomainExpert",
    ]


def test_nothing_was_signed_or_handed_out_twice(platform: Platform, interrupted: Execution) -> None:
    found = statements(platform, interrupted.actions["Build/Build"].outputs["MANIFEST"])
    assert len([each for each in found if isinstance(each, Sealed)]) == 1
    assert sorted(each.environment for each in found if isinstance(each, Promoted)) == ["dev", "pre-prod"]
    # Each session was handed out for a warrant of its own.
    warrants = [each for each in found if isinstance(each, Warrant)]
    assert 2 <= len([each for each in found if isinstance(each, Redeemed)]) <= len(warrants)


def test_production_takes_a_release_back_that_does_worse_there(
    platform: Platform, assembly: Path, interrupted: Execution
) -> None:
    """The model answers uselessly from the approval on; it recovers while the stage goes back."""
    good, _ = platform.summary.releases
    with DegradingModel(1.0) as model:
        model.degrade()  # all answers are useless
        with answered_by(platform.target, model, MODEL) as recover:

            def watch(execution: Execution) -> None:
                if execution.type == "ROLLBACK":
                    recover()

            runs = Runs(platform.target, assembly, approvals=Approvals(APPROVALS, wait=False), watch=watch)
            ended = runs.resume(interrupted.id)
    assert ended.status == "Failed"
    assert ended.actions["Prod/Smoke"].status == "Failed"
    back = runs.journal.load(ended.rollback)
    assert (back.status, back.stage, back.target) == ("Succeeded", "Prod", good["execution"])
    manifest = ended.actions["Build/Build"].outputs["MANIFEST"]
    assert [each.environment for each in statements(platform, manifest) if isinstance(each, Refused)] == ["prod"]
    context = Context(platform.settings, LocalAccess(platform.settings, platform.target), local=True, variables={})
    history = LiveUseCase(context, "prod", USE_CASE).history()
    assert [each.document.manifest for each in history[-2:]] == [manifest, good["manifest"]]


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
