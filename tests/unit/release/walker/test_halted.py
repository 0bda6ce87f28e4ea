"""A full disk, or a way to the target that breaks, is no failure of an action: the walk ends where it is, and is gone on with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from foundation.release.errors import ReleaseError
from foundation.release.walker.calls import Call, Halted, Outcome
from foundation.release.walker.definition import Definition
from foundation.release.walker.engine import Walker
from foundation.release.walker.executors import TargetExecutor
from foundation.release.walker.executors.approval import Approvals
from foundation.release.walker.journal import Journal
from foundation.release.walker.model import Pipeline, Stage
from foundation.release.walker.queue import turn
from foundation.release.walker.records import Execution
from tests.unit.release.walker.fakes import REVISION, World, action, pipeline, release, walker

GIVEN = pipeline(
    Stage("Build", (action("Build"),)),
    Stage("Prod", (action("Deploy"), action("Smoke", 2)), rolls_back=True),
)
FULL = Path("/dev/full")
"""Every write to it fails for want of space, as the kernel has it."""


class Filling:
    """The disk is full as soon as `name` had its effect."""

    def __init__(self, world: World, record: Path, name: str) -> None:
        self._world, self._record, self._name = world, record, name

    def run(self, call: Call) -> Outcome:
        outcome = self._world.act(call)
        if call.name == self._name:
            self._record.with_suffix(".partial").symlink_to(FULL)
        return outcome

    def stop(self) -> None: ...


@pytest.mark.parametrize("name", ["Build/Build", "Prod/Deploy", "Prod/Smoke"])
def test_fails_on_a_full_disk_and_loses_nothing(tmp_path: Path, name: str) -> None:
    world = World()
    release(GIVEN, tmp_path, world, "good")
    record = tmp_path / "one" / "execution.json"
    walk = Walker(GIVEN, Filling(world, record, name), Journal(tmp_path))
    with pytest.raises(Halted) as error:
        walk.walk(walk.new(REVISION, id="one"))
    assert error.value.code == "GF-REL-347"
    for said in (str(record), "No space left on device", "make room", "--resume"):
        assert said in str(error.value)
    left = Journal(tmp_path).load("one")
    assert (left.status, left.actions[name].status, left.rollback) == ("InProgress", "InProgress", "")
    before = list(world.order)
    record.with_suffix(".partial").unlink()
    found = walker(GIVEN, tmp_path, world).resume(left)
    assert (found.status, found.actions[name].attempt, found.rollback) == ("Succeeded", 1, "")
    assert world.order[: len(before)] == before
    assert len(world.order) == len(set(world.order)) == 6


def test_fails_without_an_execution_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Halted) as error:
        walker(GIVEN, tmp_path / "file", World()).new(REVISION)
    assert error.value.code == "GF-REL-347"


def test_fails_without_a_place_in_the_queue(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    given = Execution(id="one", pipeline="p", version="1", number=1, started=0, updated=0, revision=REVISION)
    with pytest.raises(Halted) as error, turn(tmp_path / "file" / "queue", given, lambda _: None):
        pass
    assert error.value.code == "GF-REL-347"


class Broken:
    """A target that nobody answers at, or a folder that can't be written."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def action_session(self, _: Call) -> Any:
        raise self._error

    def client(self, *_: object) -> None: ...


def executor(made: Pipeline, error: Exception) -> TargetExecutor:
    cloud: Any = Broken(error)
    return TargetExecutor(Definition(made, ()), cloud, Approvals())


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="http://127.0.0.1:1/"),
        OSError(28, "No space left on device"),
        ConnectionResetError(104, "Connection reset by peer"),
    ],
)
def test_fails_on_the_way_to_the_target_without_a_failed_action(tmp_path: Path, error: Exception) -> None:
    world = World()
    release(GIVEN, tmp_path, world, "good")
    walk = Walker(GIVEN, executor(GIVEN, error), Journal(tmp_path))
    with pytest.raises(Halted) as halted:
        walk.walk(walk.new(REVISION, id="one"))
    assert halted.value.code == "GF-REL-348"
    assert "Build/Build" in str(halted.value)
    assert "--resume" in str(halted.value)
    left = Journal(tmp_path).load("one")
    assert (left.status, left.actions["Build/Build"].status) == ("InProgress", "InProgress")
    assert walker(GIVEN, tmp_path, world).resume(left).status == "Succeeded"


def test_an_error_of_the_action_is_its_failure(tmp_path: Path) -> None:
    walk = Walker(GIVEN, executor(GIVEN, ReleaseError("GF-REL-334", "refused")), Journal(tmp_path))
    found = walk.walk(walk.new(REVISION))
    assert (found.status, found.actions["Build/Build"].error) == ("Failed", "GF-REL-334: refused")
