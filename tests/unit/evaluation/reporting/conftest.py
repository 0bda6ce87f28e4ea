"""Runs that are built once."""

import pytest

from genai_runtime.evaluation.reporting.data import RunData
from genai_runtime.evaluation.reporting.page import render_report
from tests.unit.evaluation.reporting.builder import Plan, World, build


@pytest.fixture(scope="session")
def one() -> RunData:
    """One candidate with a baseline; some cases failed."""
    return build(World())


@pytest.fixture(scope="session")
def five() -> RunData:
    """Five candidates, of which one has no price."""
    return build(
        World(
            cases=120,
            plans=(
                Plan(),
                Plan(
                    name="v2-nova-micro", model="amazon.nova-micro-v1:0", quality=0.7, milliseconds=700, price=0.00003
                ),
                Plan(name="v2-nova-pro", model="amazon.nova-pro-v1:0", quality=0.99, milliseconds=1900, price=0.0003),
                Plan(name="v3-nova-lite", quality=0.5, errors=0.1),
                Plan(name="v3-own", quality=0.97, price=None),
            ),
        )
    )


@pytest.fixture(scope="session")
def lost() -> RunData:
    """Every call was throttled."""
    return build(World(cases=40, plans=(Plan(errors=1.1),)))


@pytest.fixture(scope="session")
def empty() -> RunData:
    """No case at all."""
    return build(World(cases=0, dataset=0))


@pytest.fixture(scope="session", params=["one", "five", "lost", "empty"])
def each_run(request: pytest.FixtureRequest) -> RunData:
    """All of them in turn."""
    found: RunData = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def each_page(each_run: RunData) -> str:
    """Its report."""
    return render_report(each_run)


@pytest.fixture(scope="session")
def page(one: RunData) -> str:
    """The report of `one`."""
    return render_report(one)
