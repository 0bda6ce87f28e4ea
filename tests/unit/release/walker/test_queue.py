"""Executions take turns in the order in which they came, across processes; a dead process holds nobody up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from foundation.release.walker.queue import turn
from foundation.release.walker.records import Execution
from tests.unit.release.walker.fakes import REVISION

HOLD = """
import sys, time
from pathlib import Path
from foundation.release.walker.queue import turn
from tests.unit.release.walker.test_queue import execution
folder, name, until = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
with turn(folder, execution(name), lambda other: Path(f"{until}-{name}-waits-{other}").touch()):
    Path(f"{until}-{name}").touch()
    while not until.exists():
        time.sleep(0.02)
    print(name, flush=True)
"""


def execution(name: str) -> Execution:
    return Execution(id=name, pipeline="p", version="1", number=1, started=0, updated=0, revision=REVISION)


def hold(folder: Path, name: str, until: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), name, str(until)], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )


def wait(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


def test_the_next_one_waits_and_says_for_whom(tmp_path: Path) -> None:
    folder, go = tmp_path / "queue", tmp_path / "go"
    first = hold(folder, "first", go)
    wait(lambda: Path(f"{go}-first").exists())
    second = hold(folder, "second", go)
    wait(lambda: Path(f"{go}-second-waits-first").exists())
    assert not Path(f"{go}-second").exists()
    go.touch()
    assert (first.communicate(timeout=20)[0], second.communicate(timeout=20)[0]) == ("first\n", "second\n")
    assert [each.name for each in folder.iterdir()] == ["lock"]


def test_a_killed_holder_frees_its_place(tmp_path: Path) -> None:
    folder, go = tmp_path / "queue", tmp_path / "go"
    first = hold(folder, "first", go)
    wait(lambda: Path(f"{go}-first").exists())
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    assert list(folder.glob("*-first")), "its ticket is left"
    waited: list[str] = []
    with turn(folder, execution("next"), waited.append):
        pass
    assert waited == []
    assert [each.name for each in folder.iterdir()] == ["lock"]
