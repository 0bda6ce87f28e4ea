"""`foundation release integration` and `foundation release performance`: exit code 1 when a test fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from foundation.evaluation.options import AsJson, Place, at_place
from foundation.release.acceptance.caller import AliasCaller
from foundation.release.acceptance.inputs import use_cases_under_test
from foundation.release.acceptance.integration import integration as integration_tests
from foundation.release.acceptance.results import Test, write_results
from foundation.release.bundle.requirements import pipeline_of
from foundation.release.context import Context
from foundation.release.options import Hash, Stage, context, reported

OUT: Final = Path("build/tests")
Out = Annotated[Path, typer.Option(help="Folder for the results as JUnit XML and JSON.")]
_COLOURS: Final = {"passed": "green", "failed": "red", "skipped": "yellow"}


@at_place
def integration(
    place: Place,
    environment: Stage,
    manifest: Hash,
    out: Out = OUT,
    as_json: AsJson = False,
) -> None:
    """Ask every prompt of every use case: answers come from the release, and what must be refused is."""
    console = Console(stderr=as_json)
    with reported(console):
        platform, caller = _opened(environment, place)
        release = platform.releases.manifest(manifest)
        use_cases = use_cases_under_test(platform.settings, release, environment)
        tests = []
        for test in integration_tests(caller, use_cases, manifest):
            _show(console, test)
            tests.append(test)
        found = {"manifest": manifest, "environment": environment}
        _end(console, out, "integration", tests, found, as_json)


@at_place
def performance(
    place: Place,
    environment: Stage,
    manifest: Hash,
    out: Out = OUT,
    as_json: AsJson = False,
) -> None:
    """Load the release as release.performance of the configuration says, and hold it against its limits."""
    # Statistics: the other commands don't wait for them.
    from foundation.release.acceptance.performance import performance as performance_tests

    console = Console(stderr=as_json)
    with reported(console):
        platform, caller = _opened(environment, place)
        release = platform.releases.manifest(manifest)
        use_cases = use_cases_under_test(platform.settings, release, environment)
        tests, figures = performance_tests(caller, use_cases, pipeline_of(platform.settings).performance)
        for test in tests:
            _show(console, test)
        found = {"manifest": manifest, "environment": environment, "figures": figures}
        _end(console, out, "performance", tests, found, as_json)


def _opened(environment: Stage, place: Place) -> tuple[Context, AliasCaller]:
    platform = context(place)
    return platform, AliasCaller(platform, environment, frozenset(place.named))


def _show(console: Console, test: Test) -> None:
    why = test.problem or test.skipped
    console.print(f"[{_COLOURS[test.result]}]{test.result:7}[/] ", end="", highlight=False)
    said = f"{test.group}: {test.name}{f': {why}' if why else ''} ({test.seconds:.1f} s)"
    console.print(said, highlight=False, markup=False, soft_wrap=True)


def _end(console: Console, out: Path, suite: str, tests: list[Test], more: dict[str, Any], as_json: bool) -> None:
    found = write_results(out, suite, tests, more)
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    if figures := more.get("figures"):
        p95, failed = figures["p95_ms"], figures["failed"]
        console.print(
            f"p95 {p95['estimate']:.0f} ms (at most {p95['high'] or float('inf'):.0f}), limit {p95['limit']} ms; "
            f"{failed['requests']} of {figures['requests']} failed",
            highlight=False,
        )
    console.print(f"{out / suite}.xml", highlight=False)
    raise typer.Exit(0 if found["passed"] else 1)
