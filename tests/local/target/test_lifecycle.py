"""up, down, status and env: one target per state folder, nothing left behind."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from foundation.local import process
from foundation.local.cli import app
from foundation.local.errors import LocalTargetError
from foundation.local.process import ProcessRecord
from foundation.local.target import Target
from tests.local.conftest import SETTINGS, free_port
from tests.local.target.deployment import DEV, REGION, deploy, function, invoke, role

pytestmark = pytest.mark.local


def test_up_twice_is_one_target(own_target: Target) -> None:
    before = own_target.status()
    assert own_target.up() is False
    assert own_target.status().pid == before.pid


def test_two_folders_are_two_targets(own_target: Target, target: Target) -> None:
    assert own_target.status().pid != target.status().pid
    target.client("ssm", DEV, REGION).put_parameter(Name="/only/here", Value="1", Type="String")
    assert own_target.client("ssm", DEV, REGION).get_parameters(Names=["/only/here"])["Parameters"] == []


def test_fails_on_a_port_that_another_program_holds(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(LocalTargetError, match=f"GF-LOCAL-002: port {port} .* in use by another program") as failed:
            Target(tmp_path, port).up(SETTINGS)
    assert failed.value.code == "GF-LOCAL-002"
    assert not Target(tmp_path, port).status().running


def test_fails_on_a_port_that_another_target_holds_and_names_it(own_target: Target, tmp_path: Path) -> None:
    with pytest.raises(LocalTargetError, match=f"in use by the local target of {own_target.folder.root}"):
        Target(tmp_path, own_target.port).up(SETTINGS)


def test_fails_when_the_folder_s_target_runs_on_another_port(own_target: Target) -> None:
    with pytest.raises(LocalTargetError, match="GF-LOCAL-003"):
        Target(own_target.folder.root, free_port()).up()


def test_status_and_env_of_the_command(own_target: Target) -> None:
    state = ["--state", str(own_target.folder.root)]
    shown = json.loads(CliRunner().invoke(app, ["status", "--json", *state]).stdout)
    assert (shown["running"], shown["port"]) == (True, own_target.port)
    printed = CliRunner().invoke(app, ["env", "dev", REGION, *state]).stdout
    assert f"export AWS_ACCESS_KEY_ID={DEV}" in printed
    assert f"export AWS_ENDPOINT_URL=http://127.0.0.1:{own_target.port}" in printed
    as_json = json.loads(CliRunner().invoke(app, ["env", "prod", REGION, "--json", *state]).stdout)
    assert as_json == own_target.environment("444444444444", REGION)


def test_fails_to_name_an_account_that_nobody_has(own_target: Target) -> None:
    result = CliRunner().invoke(app, ["env", "staging", REGION, "--state", str(own_target.folder.root)])
    assert result.exit_code == 1
    assert "GF-LOCAL-011: account 'staging' is no stage name (shared, dev," in result.stderr


def test_a_stale_pid_file_is_no_running_target(tmp_path: Path) -> None:
    made = Target(tmp_path, free_port())
    made.folder.create()
    ProcessRecord(os.getpid(), 1, "not-our-token", 0.0).write(made.folder.process)
    assert not made.status().running
    assert CliRunner().invoke(app, ["status", "--state", str(tmp_path)]).exit_code == 3
    assert made.down() is False
    made.folder.process.write_text("{", encoding="utf-8")
    assert not made.status().running


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Target]:
    """A running target that the test ends; if it fails to, this does."""
    target = Target(tmp_path / "state", free_port())
    target.up(SETTINGS)
    yield target
    target.down(purge=True)


def test_down_leaves_no_process_and_no_temporary_folder(made: Target) -> None:
    sleeper = "import time\ndef handler(event, context):\n    time.sleep(60) if event else None\n    return 'ready'\n"
    stack = deploy(made, "leftovers", {"Role": role(), "F": function(sleeper)})
    assert invoke(made, stack.resources["F"]) == "ready"
    made.client("lambda", DEV, REGION).invoke(
        FunctionName=stack.resources["F"], InvocationType="Event", Payload=b"true"
    )
    assert len(list(process.leftovers(made.folder))) >= 2
    assert list(made.folder.temporary.iterdir())
    assert made.down() is True
    assert list(process.leftovers(made.folder)) == []
    assert list(made.folder.temporary.iterdir()) == []
    assert not made.folder.process.exists()
    assert made.down(purge=True) is False
    assert not made.folder.root.exists()


def test_down_cleans_up_after_a_crash(made: Target) -> None:
    sleeper = "import time\ndef handler(event, context):\n    time.sleep(60)\n"
    stack = deploy(made, "crashed", {"Role": role(), "F": function(sleeper)})
    made.client("lambda", DEV, REGION).invoke(FunctionName=stack.resources["F"], InvocationType="Event")
    limit = time.monotonic() + 30
    while len(list(process.leftovers(made.folder))) < 2 and time.monotonic() < limit:
        time.sleep(0.05)
    made.kill()
    assert len(list(process.leftovers(made.folder))) == 1
    made.down()
    assert list(process.leftovers(made.folder)) == []
    assert list(made.folder.temporary.iterdir()) == []


def test_fails_to_start_on_a_state_that_is_no_database(tmp_path: Path) -> None:
    made = Target(tmp_path, free_port())
    made.folder.create()
    made.folder.journal.write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(LocalTargetError, match=r"GF-LOCAL-050: the state in .* can't be restored"):
        made.up(SETTINGS)
    assert not made.status().running
