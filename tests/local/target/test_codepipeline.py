"""A pipeline that is deployed from a template is walked: by whom each action acts, and what CodePipeline's API says of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from foundation.local.target import Target
from foundation.release.walker.calls import Call, Executor, Interrupted, Outcome
from foundation.release.walker.executors.approval import Answer, Approvals
from foundation.release.walker.records import Execution, Revision
from foundation.release.walker.revisions import Given, revision
from foundation.release.walker.runs import Runs
from tests.local.target.deployment import REGION
from tests.local.target.release_pipeline import MANIFEST, SHARED, deployed, source

pytestmark = pytest.mark.local

ANN, BOB = "ann@example.com", "bob@example.com"
BOTH = {"QA": Answer(ANN), "Expert": Answer(BOB)}
COMMIT = Given("a" * 40, "carol@example.com", "2026-01-01T00:00:00Z", "a change", "main")


@pytest.fixture(scope="module")
def assembly(own_target: Target, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return deployed(own_target, tmp_path_factory.mktemp("assembly"), "walk")[0]


def runs(target: Target, assembly: Path, **given: Any) -> Runs:
    return Runs(target, assembly, approvals=Approvals(**{"given": BOTH, "wait": False, **given}))


def change(folder: Path, mode: str = "good", wish: str = "") -> Revision:
    return revision(source(folder / "source", mode, wish), COMMIT)


def states(target: Target) -> dict[str, dict[str, Any]]:
    api = target.client("codepipeline", SHARED, REGION)
    found = api.get_pipeline_state(name="walk")["stageStates"]
    return {each["actionName"]: each.get("latestExecution", {}) for stage in found for each in stage["actionStates"]}


def test_every_action_really_runs_and_shows_in_the_api(own_target: Target, assembly: Path, tmp_path: Path) -> None:
    ended = runs(own_target, assembly).start(change(tmp_path))
    actions = ended.actions
    assert ended.status == "Succeeded", {name: each.error for name, each in actions.items()}
    assert actions["Source/Source"].outputs["CommitId"] == "a" * 40
    assert actions["Build/Build"].outputs == {"MANIFEST": MANIFEST, "SUCCEEDING": "1", "MODE": "good"}
    assert Path(actions["Build/Build"].artifacts["Made"], "made.txt").read_text() == f"{MANIFEST}\n"
    assert actions["Dev/Authorize"].outputs == {
        "seen": MANIFEST,
        "job": actions["Dev/Authorize"].token,
        "token": "none",
    }
    machine = own_target.client("stepfunctions", SHARED, REGION)
    ran = machine.describe_execution(executionArn=actions["Dev/Evaluate"].outputs["ExecutionArn"])
    assert (json.loads(ran["input"]), ran["name"]) == ({"manifest": MANIFEST}, actions["Dev/Evaluate"].token)

    shown = states(own_target)
    assert {each["status"] for each in shown.values()} == {"Succeeded"}
    by, said = shown["QA"]["lastUpdatedBy"], shown["QA"]["summary"]
    assert by.startswith(f"arn:aws:sts::{SHARED}:assumed-role/walk-ApproverQa-")
    assert by.endswith(f"/{ANN}")
    assert said == MANIFEST
    api = own_target.client("codepipeline", SHARED, REGION)
    one = api.get_pipeline_execution(pipelineName="walk", pipelineExecutionId=ended.id)["pipelineExecution"]
    assert (one["status"], one["executionMode"], one["executionType"]) == ("Succeeded", "QUEUED", "STANDARD")
    assert one["artifactRevisions"][0]["revisionId"] == "a" * 40
    assert (
        api.list_pipeline_executions(pipelineName="walk")["pipelineExecutionSummaries"][0]["pipelineExecutionId"]
        == ended.id
    )


def test_a_function_may_answer_in_parts(own_target: Target, assembly: Path, tmp_path: Path) -> None:
    ended = runs(own_target, assembly).start(change(tmp_path, "again"))
    assert ended.actions["Dev/Authorize"].outputs["token"] == "part two"


@pytest.mark.parametrize(
    ("mode", "said"),
    [("fail", "GF-REL-199: told to"), ("raise", "ValueError: told to"), ("silent", "without PutJobSuccessResult")],
)
def test_fails_as_the_function_does(own_target: Target, assembly: Path, tmp_path: Path, mode: str, said: str) -> None:
    ended = runs(own_target, assembly).start(change(tmp_path, mode))
    assert (ended.status, ended.stages["Dev"]) == ("Failed", "Failed")
    assert said in ended.actions["Dev/Authorize"].error
    assert states(own_target)["Authorize"]["status"] == "Failed"


def test_fails_with_the_cause_of_a_state_machine(own_target: Target, assembly: Path, tmp_path: Path) -> None:
    ended = runs(own_target, assembly).start(change(tmp_path, wish="export MANIFEST=bad"))
    assert ended.actions["Dev/Evaluate"].error == "GateRefused: GF-REL-299: no"


def test_fails_with_the_end_of_a_build_s_log(own_target: Target, assembly: Path, tmp_path: Path) -> None:
    ended = runs(own_target, assembly).start(change(tmp_path, wish="echo what went wrong; false"))
    error = ended.actions["Build/Build"].error
    assert error.startswith("GF-REL-341")
    assert "failed in build with status 1" in error
    assert "what went wrong" in error


def test_an_approval_stays_open_for_the_person_and_no_other(own_target: Target, assembly: Path, tmp_path: Path) -> None:
    said: list[str] = []
    walk = runs(own_target, assembly, given={"QA": Answer(ANN)}, say=said.append)
    open_ = walk.start(change(tmp_path))
    assert (open_.status, open_.actions["Approval/Expert"].status) == ("InProgress", "InProgress")
    token = states(own_target)["Expert"]["token"]
    person = own_target.call("POST", "/_foundation/sessions", {"account": SHARED, "email": BOB})
    for api in (own_target.client_with("codepipeline", REGION, person), approver(own_target, walk, "QA", BOB)):
        with pytest.raises(ClientError) as error:
            put(api, "Expert", token)
        assert error.value.response["Error"]["Code"] == "AccessDeniedException"
    with pytest.raises(ClientError) as error:
        approver(own_target, walk, "Expert", ANN, person=person)
    assert error.value.response["Error"]["Code"] == "AccessDenied"
    api = approver(own_target, walk, "Expert", BOB)
    with pytest.raises(ClientError) as error:
        put(api, "Expert", "00000000-0000-0000-0000-000000000000")
    assert error.value.response["Error"]["Code"] == "InvalidApprovalTokenException"

    # It waits for a person, not for a process or a target that runs on.
    cuts = own_target.call("GET", "/_foundation/journal")["cuts"]
    own_target.client("ssm", SHARED, REGION).put_parameter(Name="/a-change", Value="1", Type="String", Overwrite=True)
    until(lambda: own_target.call("GET", "/_foundation/journal")["cuts"] > cuts)
    own_target.kill()
    own_target.up()
    assert states(own_target)["Expert"]["token"] == token
    api = approver(own_target, walk, "Expert", BOB)
    put(api, "Expert", token)
    with pytest.raises(ClientError) as error:
        put(api, "Expert", token)
    assert error.value.response["Error"]["Code"] == "ApprovalAlreadyCompletedException"
    assert walk.resume().status == "Succeeded"
    assert states(own_target)["Expert"]["lastUpdatedBy"].endswith(f"/{BOB}")


def test_a_rejection_fails_the_stage(own_target: Target, assembly: Path, tmp_path: Path) -> None:
    walk = runs(own_target, assembly, given={**BOTH, "QA": Answer(ANN, approved=False, comment="not yet")})
    ended = walk.start(change(tmp_path))
    assert ended.status == "Failed"
    assert ended.actions["Approval/QA"].error.endswith(f"{MANIFEST} not yet")
    again = walk.resume(ended.id)
    assert (again.actions["Approval/QA"].attempt, again.actions["Approval/Expert"].attempt) == (2, 1)


def approver(target: Target, walk: Runs, action: str, email: str, person: Any = None) -> Any:
    person = person or target.call("POST", "/_foundation/sessions", {"account": SHARED, "email": email})
    role = walk.definition.approver_role("Approval", action)
    session = target.client_with("sts", REGION, person).assume_role(RoleArn=role, RoleSessionName=email)["Credentials"]
    return target.client_with("codepipeline", REGION, session)


def put(api: Any, action: str, token: str) -> None:
    api.put_approval_result(
        pipelineName="walk", stageName="Approval", actionName=action, token=token,
        result={"summary": MANIFEST, "status": "Approved"},
    )  # fmt: skip


def command(target: Target, assembly: Path, *arguments: str) -> subprocess.Popen[str]:
    """`foundation release run` in a process of its own."""
    code = "import typer; from foundation.release.walker.command import run; typer.run(run)"
    where = ["--assembly", str(assembly), "--state", str(target.folder.root), "--no-wait"]
    return subprocess.Popen(
        [sys.executable, "-c", code, *where, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def of(folder: Path) -> list[str]:
    said = ["--commit", "b" * 40, "--author", "carol@example.com", "--date", "2026-01-01", "--subject", "by command"]
    return ["--source", str(folder), *said, "--approve", f"QA={ANN}", "--approve", f"Expert={BOB}"]


def test_a_killed_walker_is_gone_on_with_and_the_next_one_waits(
    own_target: Target, assembly: Path, tmp_path: Path
) -> None:
    slow = source(tmp_path / "slow", wish="echo $$ >> pids; [ -f go ] || sleep 60")
    first = command(own_target, assembly, *of(slow))
    try:
        until(lambda: (slow / "pids").exists())
        second = command(own_target, assembly, *of(source(tmp_path / "quick")))
        walk = runs(own_target, assembly)
        until(lambda: bool(list((walk.journal.root / "queue").glob("*-*"))[1:]))
        os.kill(first.pid, signal.SIGKILL)
        waited, _ = second.communicate(timeout=60)
    finally:
        first.kill()
        first.communicate()
    by_folder = {each.revision.folder: each for each in walk.journal.all()}
    killed, quick = by_folder[str(slow)], by_folder[str(tmp_path / "quick")]
    assert second.returncode == 0, waited
    assert f"waits for execution {killed.id}" in waited
    assert (killed.status, quick.status) == ("InProgress", "Succeeded")
    build = int((slow / "pids").read_text())
    assert Path(f"/proc/{build}").exists(), "kill -9 leaves the build behind"

    os.killpg(build, signal.SIGKILL)
    overtaken = command(own_target, assembly, "--resume", "--execution", killed.id)
    said, _ = overtaken.communicate(timeout=60)
    assert overtaken.returncode == 1
    assert "GF-REL-332" in said


def works(pid: int) -> bool:
    """Whether a process is there and isn't only waiting for its parent to notice its end."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_an_interrupted_walker_ends_its_build_and_goes_on_with_the_same_jobs(
    own_target: Target, assembly: Path, tmp_path: Path
) -> None:
    slow = source(tmp_path / "slow", wish="echo $$ >> pids; [ -f go ] || sleep 60")
    for ended_by in (signal.SIGTERM, signal.SIGKILL):
        arguments = of(slow) if ended_by == signal.SIGTERM else ["--resume"]
        ran = command(own_target, assembly, *arguments)
        count = 1 if ended_by == signal.SIGTERM else 2
        until(lambda count=count: (slow / "pids").exists() and len((slow / "pids").read_text().split()) == count)  # type: ignore[misc]
        os.kill(ran.pid, ended_by)
        said, _ = ran.communicate(timeout=30)
        assert ran.returncode in (130, -signal.SIGKILL), said
    interrupted, orphan = (int(pid) for pid in (slow / "pids").read_text().split())
    until(lambda: not works(interrupted))
    left = runs(own_target, assembly).journal.all()[-1]
    (slow / "go").touch()
    last = command(own_target, assembly, "--resume", "--approve", f"QA={ANN}", "--approve", f"Expert={BOB}")
    said, _ = last.communicate(timeout=60)
    assert last.returncode == 0, said
    until(lambda: not works(orphan))
    ended: Execution = runs(own_target, assembly).journal.load(left.id)
    assert ended.status == "Succeeded"
    assert ended.actions["Build/Build"].token == left.actions["Build/Build"].token
    assert {each.attempt for each in ended.actions.values()} == {1}


def test_a_build_that_ended_is_not_run_again(own_target: Target, assembly: Path, tmp_path: Path) -> None:
    """The walker is ended after the build's effect, before anybody wrote down that it ended."""
    changed = change(tmp_path, wish="echo $$ >> pids")
    lost: list[Outcome] = []

    class Losing:
        def __init__(self, inner: Executor) -> None:
            self.inner, self.stop = inner, inner.stop

        def run(self, call: Call) -> Outcome:
            outcome = self.inner.run(call)
            if call.name == "Build/Build" and not lost:
                lost.append(outcome)
                raise Interrupted
            return outcome

    walk = Runs(own_target, assembly, approvals=Approvals(BOTH, wait=False), around=Losing)
    with pytest.raises(Interrupted):
        walk.start(changed)
    ended = walk.resume()
    assert ended.status == "Succeeded"
    assert len(Path(changed.folder, "pids").read_text().split()) == 1
    record = ended.actions["Build/Build"]
    assert (record.outputs, record.external, record.attempt) == (lost[0].outputs, lost[0].external, 1)


def until(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.05)
