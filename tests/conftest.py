"""The app as shipped, synthesized once by the real CLI and shared by every test that reads templates."""

import os
from pathlib import Path

import pytest

from foundation.checks.assembly import Assembly, load_assembly
from stacks.settings import Settings, load_settings
from tests.synth.app import CHECKOUT, Run, cli_synth


@pytest.fixture(scope="session")
def synthesis(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`cdk synth '**'` of the shipped configuration; its exit code and output are what test_findings judges."""
    return cli_synth(tmp_path_factory.mktemp("shipped"))


@pytest.fixture(scope="session")
def assembly(synthesis: Run) -> Assembly:
    """Every template of the shipped configuration."""
    if synthesis.code:
        pytest.fail(f"the shipped configuration does not synthesize:\n{synthesis.output}", pytrace=False)
    return load_assembly(synthesis.outdir)


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The shipped configuration."""
    return load_settings(CHECKOUT / "config")


PLATFORM = Path(__file__).parent / "local" / "platform"
NICENESS = 10


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in a hook of the same name
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Workers share out files, so that a module's fixtures are made once; the platform is deployed by one of them, first."""
    for item in items:
        group = "platform" if PLATFORM in item.path.parents else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: PLATFORM not in item.path.parents)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """The platform's tests take longest and wait for each other: all others leave them the processor when they want it."""
    if PLATFORM not in item.path.parents and os.getpriority(os.PRIO_PROCESS, 0) < NICENESS:
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
