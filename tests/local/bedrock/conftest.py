"""A local target of its own: these tests change the model's settings."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foundation.local.configuration import TargetSettings
from foundation.local.target import Target

DEV, PROD = "222222222222", "444444444444"
REGION, RECOVERY = "eu-west-1", "eu-central-1"
MODEL = "eu.amazon.nova-lite-v1:0"


@pytest.fixture(scope="session")
def bedrock_target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    target = Target(Path(tmp_path_factory.mktemp("bedrock-target")), port)
    target.up(TargetSettings(accounts={"dev": DEV, "prod": PROD}))
    yield target
    target.down(purge=True)


@pytest.fixture(autouse=True)
def _default_model(bedrock_target: Target) -> Iterator[None]:
    yield
    bedrock_target.call("DELETE", "/_foundation/model")


@pytest.fixture
def runtime(bedrock_target: Target) -> Any:
    return bedrock_target.client("bedrock-runtime", DEV, REGION)
