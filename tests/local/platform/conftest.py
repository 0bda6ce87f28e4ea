"""The whole platform as shipped, deployed once by the demo's own code to a target of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from foundation.demo.run import Demo, Summary
from foundation.local.target import Target
from stacks.settings import Settings
from tests.local.conftest import free_port
from tests.local.platform.evaluations import Evaluations

PRIMARY = "eu-west-1"
RECOVERY = "eu-central-1"
USE_CASE = "claims-assistant"


@dataclass(frozen=True)
class Platform:
    """A deployed platform and how its demo went."""

    target: Target
    settings: Settings
    out: Path
    summary: Summary

    def run_demo(self) -> Summary:
        """The demo once more, on the same target, without further releases."""
        demo = Demo(self.settings, self.target, self.out, lambda _name, _done, _total: None)
        return demo.run(without=("release", "canary"))


@pytest.fixture(scope="package")
def platform(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Every account in both Regions; gone, with its state, afterwards."""
    folder = tmp_path_factory.mktemp("platform")
    target = Target(folder / "state", free_port())
    try:
        summary = Demo(settings, target, folder / "out", lambda _name, _done, _total: None).run()
        if not summary.ok:
            pytest.fail(f"the demo failed: {summary.error}", pytrace=False)
        yield Platform(target, settings, folder / "out", summary)
    finally:
        target.down(purge=True)


@pytest.fixture(scope="package")
def evaluations(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Evaluations:
    """The tests' own suites on the platform."""
    return Evaluations(platform.target, tmp_path_factory.mktemp("evaluations"))
