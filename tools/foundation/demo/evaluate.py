"""The demo's evaluations: candidates that must be promoted, rejected and held, through the deployed pipeline."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from foundation.evaluation.access import LocalAccess
from foundation.evaluation.evaluate import evaluate, save
from foundation.evaluation.options import suite_folder
from foundation.evaluation.publish import publish
from foundation.evaluation.resolve import Asked
from foundation.evaluation.runs import Runs
from foundation.evaluation.suites import load_suite
from foundation.local.target import Target
from genai_foundation.catalog import load_prompt
from genai_runtime.evaluation.verdict import Decision, RunResult
from stacks.settings import Settings

SUITE: Final = "bedrock-api-reference"
ENVIRONMENT: Final = "dev"
WEAKENED: Final = Path(__file__).parent / "weakened-prompt.yaml"
FEW: Final = 40
"""Cases of the ambiguous run: too few for intervals that clear the suite's thresholds."""


@dataclass(frozen=True)
class Expected:
    """An evaluation with the decision that it must lead to."""

    shows: str
    asked: Asked
    decision: Decision


def expectations() -> tuple[Expected, ...]:
    """What the demo evaluates."""
    return (
        Expected("the released prompt", Asked(), "PROMOTE"),
        Expected("a weakened prompt", Asked(prompt=load_prompt(WEAKENED)), "REJECT"),
        Expected(f"the released prompt, {FEW} cases only", Asked(cases=FEW), "HOLD"),
    )


def evaluations(
    settings: Settings, target: Target, out: Path, progress: Callable[[int, int], None]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Publish the suite, run every expectation; returns one row each for the summary, and what was not as expected."""
    access = LocalAccess(settings, target)
    folder = suite_folder(settings, SUITE)
    publish(folder, settings, access)
    loaded = load_suite(folder)
    console = Console(quiet=True)
    rows: list[dict[str, Any]] = []
    wrong: list[str] = []
    plan = expectations()
    for expected in plan:
        result = evaluate(settings, access, ENVIRONMENT, loaded, expected.asked, console)
        place = out / "evaluations" / result.run
        save(Runs(access, ENVIRONMENT), result.run, place)
        rows.append(_row(expected, result, place))
        if result.decision != expected.decision:
            wrong.append(f"{expected.shows}: {result.decision}, not {expected.decision}; see {place / 'result.html'}")
        progress(len(rows), len(plan))
    return rows, wrong


def _row(expected: Expected, result: RunResult, place: Path) -> dict[str, Any]:
    candidate = result.gate.candidates[0]
    return {
        "suite": result.suite,
        "run": result.run,
        "shows": expected.shows,
        "decision": result.decision,
        "as_expected": result.decision == expected.decision,
        "cases": candidate.cases,
        "failed_cases": len(candidate.failed_cases),
        "first_failed": list(candidate.failed_cases[:5]),
        "cases_needed": candidate.cases_needed,
        "calls": result.calls,
        "report": str(place / "result.html"),
    }
