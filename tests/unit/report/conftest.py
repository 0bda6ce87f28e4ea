"""Synthesized samples for the report, each once a session."""

from pathlib import Path

import pytest

from foundation.checks.assembly import Assembly, load_assembly
from tests.unit.report.sample import Faults, synthesize


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Every finding is acknowledged."""
    return load_assembly(synthesize(tmp_path_factory.mktemp("clean") / "cdk.out"))


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """One finding open, one acknowledgement without owner, one stale."""
    faults = Faults(open_finding=True, no_owner=True, stale=True)
    return load_assembly(synthesize(tmp_path_factory.mktemp("faulty") / "cdk.out", faults))


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """A reason that tries to be markup and a formula, in an assembly whose template lacks the acknowledgements."""
    faults = Faults(not_written=True, reason="=cmd()</script><script>alert('x')</script>")
    return load_assembly(synthesize(tmp_path_factory.mktemp("hostile") / "cdk.out", faults))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for pages."""
    return tmp_path / "report"
