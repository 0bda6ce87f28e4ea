"""The figures of security by construction: findings per 100 resources, before anything is acknowledged."""

from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from foundation.checks.assembly import Assembly
from foundation.checks.checkov import EXECUTABLE, run_checkov
from foundation.checks.iam import count_weaknesses
from foundation.checks.lint import LINTER, lint
from foundation.checks.tools import ToolResult
from foundation.report.validation import read_violations


@dataclass(frozen=True)
class Figure:
    """One count, as it is and per 100 resources. `aim` is the most that is meant to be, per 100 resources."""

    count: int
    per_100_resources: float
    aim: float


def figures(assembly: Assembly, cache: Path, checkov: Path = EXECUTABLE) -> dict[str, Any]:
    """Counts over all templates, acknowledged or not. Raises GateError where a tool couldn't look."""
    resources = sum(resource.type != "AWS::CDK::Metadata" for stack in assembly.stacks for resource in stack.resources)
    nag = {(each.rule, each.path) for each in read_violations(assembly) if each.pack == "AwsSolutions"}
    linted = [finding for finding in _all(lint(assembly, cache)) if finding.tool == LINTER]
    counts = {
        "aws_solutions": (len(nag), 8),
        "checkov": (len(_all(run_checkov(assembly, checkov))), 5),
        "iam": (sum(count_weaknesses(stack) for stack in assembly.stacks), 2),
        "cfn_lint_errors": (sum(finding.severity == "error" for finding in linted), 0),
        "cfn_lint_warnings": (sum(finding.severity == "warning" for finding in linted), 0),
    }
    return {
        "resources": resources,
        "templates": len(assembly.stacks),
        "cfn_lint": version("cfn-lint"),
        "figures": {
            name: asdict(Figure(count, round(100 * count / resources, 2), aim)) for name, (count, aim) in counts.items()
        },
    }


def _all(result: ToolResult) -> list[Any]:
    return [*result.open, *(finding for finding, _ in result.acknowledged)]
