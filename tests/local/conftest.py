"""A local target for the tests: one process per session, on a free port, below a temporary folder."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from foundation.local.configuration import TargetSettings
from foundation.local.target import Target

ACCOUNTS = {
    "shared": "111111111111",
    "dev": "222222222222",
    "pre-prod": "333333333333",
    "prod": "444444444444",
    "data-governance": "555555555555",
    "data-producer-crm": "666666666666",
}
SETTINGS = TargetSettings(organization_id="o-exampleorg1", accounts=ACCOUNTS, regions=("eu-west-1", "eu-central-1"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def started(state_parent: pytest.TempPathFactory) -> Iterator[Target]:
    """A running target that is gone, with its state, afterwards."""
    made = Target(state_parent.mktemp("target"), free_port())
    made.up(SETTINGS)
    try:
        yield made
    finally:
        made.down(purge=True)


@pytest.fixture(autouse=True)
def _own_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Handlers that a test imports get clients with its credentials, not those of a test that the process ran before."""
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The session's target. Tests share it: give resources names of their own."""
    yield from started(tmp_path_factory)


@pytest.fixture(scope="module")
def own_target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A target that a module may kill and restart."""
    yield from started(tmp_path_factory)
