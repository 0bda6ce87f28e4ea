"""One synthesized sample for all template checks."""

from collections.abc import Callable

import pytest

from foundation.checks.assembly import Assembly, load_assembly
from foundation.checks.templates import check_templates
from tests.unit.checks.breaking import Found, Template, broken
from tests.unit.checks.sample import synthesize


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """The sample as synthesized."""
    return load_assembly(synthesize(tmp_path_factory.mktemp("sample") / "cdk.out"))


@pytest.fixture
def found(good: Assembly) -> Found:
    """Ids of the findings after a change to the template."""

    def run(change: Callable[[Template], None]) -> list[str]:
        return [judged.finding.id for judged in check_templates(broken(good, change))]

    return run
